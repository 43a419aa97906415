"""Async tests, threads and clients that outlive a test: recorded, replayed, and their line is told."""

from typing import Any

import pytest

from tests.support.project import SANDBOX, Project, no_traceback

TRACKS = '["11dFghVXANMlKmJXsNCbNl", "7ouMYWpwJ422jRcDASZB7P", "4VqPOruhp5EdPBeR92t6lQ"]'
ASYNCIO = {
    "asyncio_mode": "auto",
    "asyncio_default_fixture_loop_scope": "session",
    "asyncio_default_test_loop_scope": "session",
}


class AsyncProject(Project):
    """A project with pytest-asyncio."""

    def run(self, *arguments: object, **options: Any) -> pytest.RunResult:
        """Run pytest in this process, with pytest-asyncio."""
        return super().run("-p", "pytest_asyncio.plugin", *arguments, **options)

    def both(self, passed: int) -> None:
        """Record and replay; every test passes."""
        self.run(*SANDBOX).assert_outcomes(passed=passed)
        self.run().assert_outcomes(passed=passed)


@pytest.fixture
def async_project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> AsyncProject:
    pytester.makeini("[pytest]\n" + "\n".join(f"{key} = {value}" for key, value in ASYNCIO.items()))
    return AsyncProject(pytester, monkeypatch)


def test_clients_that_outlive_a_test(async_project: AsyncProject):
    """One aiohttp and one httpx client for the session: each test has a recording of its own."""
    async_project.file(
        "test_it.py",
        f"""
        import asyncio, aiohttp, httpx, pytest, pytest_asyncio

        pytestmark = pytest.mark.spotify
        TRACKS, URL = {TRACKS}, "https://api.spotify.com/v1/tracks/"

        @pytest_asyncio.fixture(scope="session")
        async def one(spotify_token):
            header = {{"Authorization": f"Bearer {{spotify_token.reveal()}}"}}
            async with aiohttp.ClientSession(headers=header) as client:
                yield client

        @pytest_asyncio.fixture(scope="session")
        async def other(spotify_token):
            header = {{"Authorization": f"Bearer {{spotify_token.reveal()}}"}}
            async with httpx.AsyncClient(headers=header) as client:
                yield client

        async def name(client, track):
            async with client.get(URL + track) as answer:
                return (await answer.json())["name"]

        async def test_gather(one):
            assert len(set(await asyncio.gather(*(name(one, track) for track in TRACKS)))) == 3

        async def test_tasks(one):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(name(one, track)) for track in TRACKS]
            assert all(task.result() for task in tasks)

        async def test_httpx(other):
            answers = await asyncio.gather(*(other.get(URL + track) for track in TRACKS))
            assert [answer.json()["id"] for answer in answers] == TRACKS
        """,
    )
    async_project.both(passed=3)
    assert len(async_project.cassettes()) == 3


def test_the_line_of_a_coroutine(async_project: AsyncProject):
    """Awaited, it is the line that sent; handed to `gather` or `create_task`, it is the test function's."""
    async_project.file(
        "test_it.py",
        """
        import asyncio, httpx, pytest

        URL = "https://api.spotify.com/v1/albums"

        async def ask(token):
            async with httpx.AsyncClient() as client:
                await client.get(URL, headers={"Authorization": f"Bearer {token.reveal()}"})

        @pytest.mark.spotify
        async def test_awaited(spotify_token):
            await ask(spotify_token)

        @pytest.mark.spotify
        async def test_gathered(spotify_token):
            async with httpx.AsyncClient() as client:
                await asyncio.gather(client.get(URL), client.get(URL))

        @pytest.mark.spotify
        async def test_task(spotify_token):
            async with httpx.AsyncClient() as client:
                await asyncio.create_task(client.get(URL))
        """,
    )
    result = async_project.run("--spotify-sandbox")
    result.assert_outcomes(failed=3)
    told = [line for line in result.outlines if line.startswith("sent by ")]
    assert [line.rpartition(":")[2] for line in told] == ["7", "14", "14", "19"]


def test_what_a_wider_async_fixture_asks(async_project: AsyncProject):
    """API traffic in the set-up of a session's async fixture ends in the error that says what to do."""
    async_project.file(
        "test_it.py",
        """
        import aiohttp, pytest, pytest_asyncio

        @pytest_asyncio.fixture(scope="session")
        async def me():
            async with aiohttp.ClientSession() as client:
                async with client.get("https://api.spotify.com/v1/me") as answer:
                    return await answer.json()

        @pytest.mark.spotify
        async def test_it(me):
            assert me
        """,
    )
    for arguments in ((), SANDBOX):
        result = async_project.run(*arguments)
        result.assert_outcomes(errors=1)
        no_traceback(result)
        result.stdout.fnmatch_lines(
            ["GET https://api.spotify.com/v1/me: not sent. The fixture 'me' (scope session) outlives *"]
        )


def test_anyio(project: Project):
    """The plugin of anyio runs the tests; tekore and a task group send."""
    project.file(
        "test_it.py",
        f"""
        import anyio, pytest, tekore

        pytestmark = [pytest.mark.spotify(access="extended"), pytest.mark.anyio]

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        async def test_it(spotify_token):
            client, names = tekore.Spotify(spotify_token.reveal(), sender=tekore.AsyncSender()), []

            async def ask(track):
                names.append((await client.track(track)).name)

            async with anyio.create_task_group() as group:
                for track in {TRACKS}:
                    group.start_soon(ask, track)
            assert len(set(names)) == 3
            await client.close()
        """,
    )
    project.run("-p", "anyio.pytest_plugin", *SANDBOX).assert_outcomes(passed=1)
    project.run("-p", "anyio.pytest_plugin").assert_outcomes(passed=1)


def test_threads(project: Project):
    """Eight threads send through one session each; the line in the thread's own function is told."""
    project.file(
        "test_it.py",
        f"""
        from concurrent.futures import ThreadPoolExecutor
        import pytest, requests

        def ask(header, path):
            return requests.get("https://api.spotify.com/v1" + path, headers=header).status_code

        @pytest.mark.spotify
        def test_it(spotify_token):
            header = {{"Authorization": f"Bearer {{spotify_token.reveal()}}"}}
            paths = [f"/tracks/{{track}}" for track in {TRACKS} for _ in range(8)]
            with ThreadPoolExecutor(8) as pool:
                assert set(pool.map(lambda path: ask(header, path), paths)) == {{200}}

        @pytest.mark.spotify
        def test_wrong(spotify_token):
            with ThreadPoolExecutor(1) as pool:
                pool.submit(ask, {{}}, "/markets").result()
        """,
    )
    result = project.run(*SANDBOX)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["GET /markets was removed *", "sent by    test_it.py:5"])
    project.run("-k", "not wrong").assert_outcomes(passed=1)


def test_nobody_waits_in_replay(project: Project):
    """A client that was told to come back in a minute does so at once: Retry-After replays as 0."""
    test = """
        import pytest, requests

        @pytest.mark.spotify
        def test_it():
            answer = requests.get("https://api.spotify.com/v1/me")
            assert (answer.status_code, answer.headers.get("Retry-After")) == {}
    """.format
    project.file("test_it.py", test((401, None)))
    project.record()
    (name,) = project.cassettes()
    project.edit(f"cassettes/{name}", "code: 401, message: Unauthorized", "code: 429, message: Wait")
    project.edit(f"cassettes/{name}", '"status": 401', '"status": 429')
    type_ = "      Content-Type: [application/json; charset=utf-8]\n"
    project.edit(f"cassettes/{name}", type_, f'{type_}      Retry-After: ["60"]\n')
    project.file("test_it.py", test((429, "0")))
    project.run().assert_outcomes(passed=1)
