"""Clients raise over what breaks a contract: the violation comes first, then what the client made of it."""

import re
from xml.etree import ElementTree

import pytest

from tests.support.project import Project

TRACK = "11dFghVXANMlKmJXsNCbNl"
APP = f"""
    import httpx
    import requests
    import spotipy

    ADDRESS = "https://api.spotify.com/v1"

    class ClientError(Exception):
        pass

    def headers(token):
        return {{"Authorization": f"Bearer {{token.reveal()}}"}}

    def spotipy_search(token):
        return spotipy.Spotify(auth=token.reveal()).search("love", limit=50)

    def httpx_search(token):
        url = f"{{ADDRESS}}/search?q=love&type=track&limit=50"
        return httpx.get(url, headers=headers(token)).raise_for_status()

    def search_of_a_library(token):
        url = f"{{ADDRESS}}/search?q=love&type=track&limit=50"
        try:
            requests.get(url, headers=headers(token)).json()["tracks"]
        except KeyError:
            raise ClientError("no tracks") from None

    def popularity(token):
        return requests.get(f"{{ADDRESS}}/tracks/{TRACK}", headers=headers(token)).json()["popularity"]

    def program(token):
        requests.get(f"{{ADDRESS}}/albums?ids=4aawyAB9vmqN3uQ7FjRGTy", headers=headers(token))
        raise SystemExit(2)
"""
LIMIT = "/query/limit: expected at most 10, got 50"
HEADLINES = {
    "spotipy_search": (LIMIT, "SpotifyException"),
    "httpx_search": (LIMIT, "HTTPStatusError"),
    "search_of_a_library": (LIMIT, "ClientError"),
    "popularity": ("/popularity: development apps are not sent it (the test reads it)", "KeyError"),
    "program": (
        "GET /albums was removed for development apps on 2026-02-11; use GET /albums/{id}",
        "SystemExit",
    ),
}
REMOVED = "GET /albums was removed for development apps on 2026-02-11; use GET /albums/{id}"
NOT_SENT = "are not sent it"  # a field that the model of a client demands
MORE_CLIENTS = f"""
    import asyncio
    import json
    import urllib.request
    from concurrent.futures import ThreadPoolExecutor
    from dataclasses import dataclass
    from types import SimpleNamespace

    import aiohttp
    import httpx
    import requests
    import spotifyaio
    import spotipy
    import tekore

    ADDRESS = "https://api.spotify.com/v1"
    ALBUMS = f"{{ADDRESS}}/albums?ids=4aawyAB9vmqN3uQ7FjRGTy"
    SEARCH = f"{{ADDRESS}}/search?q=love&type=track&limit=50"

    @dataclass
    class Page:
        tracks: dict

    def headers(token):
        return {{"Authorization": f"Bearer {{token.reveal()}}"}}

    def answer(token, url=SEARCH):
        return requests.get(url, headers=headers(token))

    def spotipy_albums(token):
        return spotipy.Spotify(auth=token.reveal()).albums(["4aawyAB9vmqN3uQ7FjRGTy"])

    def tekore_search(token):
        return tekore.Spotify(token.reveal()).search("love", limit=50)

    def tekore_albums(token):
        return tekore.Spotify(token.reveal()).albums(["4aawyAB9vmqN3uQ7FjRGTy"])

    def tekore_model(token):
        return tekore.Spotify(token.reveal()).track("{TRACK}")

    def spotifyaio_albums(token):
        async def get_albums():
            async with spotifyaio.SpotifyClient() as client:
                client.authenticate(token.reveal())
                return await client.get_albums(["4aawyAB9vmqN3uQ7FjRGTy"])

        return asyncio.run(get_albums())

    def spotifyaio_model(token):
        async def get_playlist():
            async with spotifyaio.SpotifyClient() as client:
                client.authenticate(token.reveal())
                return await client.get_playlist("1iWsP6nWfzh0pIOIyttQwB")

        return asyncio.run(get_playlist())

    def requests_status(token):
        answer(token).raise_for_status()

    def requests_status_of_removed(token):
        answer(token, ALBUMS).raise_for_status()

    def httpx_async(token):
        async def get():
            async with httpx.AsyncClient() as client:
                (await client.get(SEARCH, headers=headers(token))).raise_for_status()

        asyncio.run(get())

    def aiohttp_status(token):
        async def get():
            async with aiohttp.ClientSession(raise_for_status=True) as client:
                await client.get(SEARCH, headers=headers(token))

        asyncio.run(get())

    def task_group(token):
        async def get(client):
            (await client.get(SEARCH, headers=headers(token))).raise_for_status()

        async def get_both():
            async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
                group.create_task(get(client))

        asyncio.run(get_both())

    def urllib_error(token):
        urllib.request.urlopen(urllib.request.Request(SEARCH, headers=headers(token)))

    def thread(token):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(requests_status, token).result()

    def no_json(token):
        json.loads(answer(token, ALBUMS).text or "<")["albums"]

    def none(token):
        answer(token).json().get("tracks")["items"]

    def attribute(token):
        SimpleNamespace(**answer(token).json()).tracks

    def model(token):
        Page(**answer(token).json())

    def index(token):
        list(answer(token).json().get("tracks", []))[0]

    def caught_and_raised(token):
        try:
            requests_status(token)
        except requests.HTTPError as error:
            raise RuntimeError("no answer") from error
"""
MORE_HEADLINES = {
    "spotipy_albums": REMOVED,
    "tekore_search": LIMIT,
    "tekore_albums": REMOVED,
    "tekore_model": NOT_SENT,
    "spotifyaio_albums": REMOVED,
    "spotifyaio_model": NOT_SENT,
    "requests_status": LIMIT,
    "requests_status_of_removed": REMOVED,
    "httpx_async": LIMIT,
    "aiohttp_status": LIMIT,
    "task_group": LIMIT,
    "urllib_error": LIMIT,
    "thread": LIMIT,
    "no_json": REMOVED,
    "none": LIMIT,
    "attribute": LIMIT,
    "model": LIMIT,
    "index": LIMIT,
    "caught_and_raised": LIMIT,
}
TESTS = """
    import app
    import pytest

    pytestmark = [pytest.mark.spotify, pytest.mark.parametrize("name", {names})]

    @pytest.fixture
    def before(spotify_token, name):
        getattr(app, name)(spotify_token)

    @pytest.fixture
    def after(spotify_token, name):
        yield
        getattr(app, name)(spotify_token)

    def test_call(spotify_token, name):
        getattr(app, name)(spotify_token)

    def test_setup(before): pass

    def test_teardown(after): pass
"""


@pytest.fixture(scope="module", autouse=True)
def _imported_once() -> None:
    """Import what apps import: a run in this process forgets what it was the first to import."""
    import spotipy  # noqa: F401


@pytest.fixture
def client(project: Project) -> Project:
    """A project whose app raises, in each phase of a test, over what breaks a contract."""
    project.file("app.py", APP)
    project.file("pytest.ini", "[pytest]\npythonpath = .")
    return project


@pytest.mark.parametrize(
    ("workers", "names"),
    [
        pytest.param((), list(HEADLINES), id="here"),
        pytest.param(("-n1",), ["popularity"], id="worker-one"),
        pytest.param(("-n1",), list(HEADLINES), id="worker", marks=pytest.mark.slow),
    ],
)
def test_the_violation_comes_first(client: Project, workers: tuple[str, ...], names: list[str]):
    """In the failure, the short summary, junit and the count of causes, whatever is raised and when."""
    client.file("test_it.py", TESTS.format(names=names))
    result = client.run("--spotify-sandbox", "--junitxml=report.xml", *workers)
    result.assert_outcomes(passed=len(names), failed=len(names), errors=2 * len(names))
    output = result.stdout.str()
    for sign in ("site-packages", "pytest_spotify/", "_pytest/"):
        assert sign not in output
    for name in names:
        headline, error = HEADLINES[name]
        assert f"FAILED test_it.py::test_call[{name}] - {headline}\n" in output
        assert f"ERROR test_it.py::test_setup[{name}] - {headline}\n" in output
        assert f"ERROR test_it.py::test_teardown[{name}] - {headline}\n" in output
        block = output.partition(f" test_call[{name}] _")[2].partition("\n____")[0]
        text, _, traceback = block.partition("\nIt made the code of the test fail:\n")
        assert headline in text.splitlines()[1:3]  # a worker's name comes before it
        assert error in traceback
        assert "app.py:" in traceback
    cases = ElementTree.parse(client.path / "report.xml").iter("testcase")
    failures = {case.get("name"): case.find("*[@message]") for case in cases}
    messages = {name: failure.get("message", "") for name, failure in failures.items() if failure is not None}
    for name in names:
        headline, _ = HEADLINES[name]
        for phase in ("call", "setup", "teardown"):
            assert headline in messages[f"test_{phase}[{name}]"]
    result.stdout.fnmatch_lines([f"{3 * len(names)} failed: the exchange violates its contract"])


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n1",), marks=pytest.mark.slow)], ids=["here", "worker"]
)
def test_exceptions_of_many_clients(project: Project, workers: tuple[str, ...]):
    """In the failure, the short summary, junit and the count of causes, whichever client raises what."""
    project.file("app.py", MORE_CLIENTS)
    project.file("pytest.ini", "[pytest]\npythonpath = .")
    tests = TESTS.format(names=list(MORE_HEADLINES))
    project.file("test_it.py", tests)
    result = project.run("--spotify-sandbox", "--junitxml=report.xml", "-k", "test_call", *workers)
    assert result.parseoutcomes()["failed"] == len(MORE_HEADLINES)
    output = result.stdout.str()
    for name, headline in MORE_HEADLINES.items():
        (summary,) = re.findall(rf"^FAILED test_it\.py::test_call\[{name}\] - (.*)$", output, re.MULTILINE)
        assert headline in summary, name
    cases = ElementTree.parse(project.path / "report.xml").iter("testcase")
    messages = {case.get("name"): case[-1].get("message", "") for case in cases}
    for name, headline in MORE_HEADLINES.items():
        assert headline in messages[f"test_call[{name}]"]
    result.stdout.fnmatch_lines([f"{len(MORE_HEADLINES)} failed: the exchange violates its contract"])


def test_the_whole_traceback(client: Project):
    """With -vv the lines of libraries and the errors before the last are shown."""
    client.file("test_it.py", TESTS.format(names=["spotipy_search"]))
    result = client.run("--spotify-sandbox", "-vv", "-k", "test_call")
    result.stdout.fnmatch_lines(
        [LIMIT, "It made the code of the test fail:", "*requests.exceptions.HTTPError: *"]
    )
    result.stdout.fnmatch_lines(["*/spotipy/client.py:*: SpotifyException"])


@pytest.mark.parametrize("failure", ["assert False, 'not found'", "pytest.fail('not found')"])
def test_an_assertion_of_the_test(client: Project, failure: str):
    """The test fails for what it is about; the violation is a section of its report, in each phase."""
    lines = f"""
    import app
    import pytest

    def verify(token):
        with pytest.raises(app.spotipy.SpotifyException):
            app.spotipy_search(token)
        {failure}
    """
    client.file("verification.py", lines)
    tests = TESTS.format(names=["verify"]).replace("import app", "import verification as app")
    client.file("test_it.py", tests)
    result = client.run("--spotify-sandbox")
    result.assert_outcomes(passed=1, failed=1, errors=2)
    output = result.stdout.str()
    for phase in ("setup", "call", "teardown"):
        section = output.partition(f"- Captured spotify {phase} -")[2]
        assert section.splitlines()[1] == LIMIT
    result.stdout.fnmatch_lines(
        ["3 failed: an error of the test's own", "FAILED *::test_call* - *: not found"]
    )


def test_an_expected_client_error(client: Project):
    """`xfail(raises=...)` is about what the client raises."""
    tests = TESTS.format(names=["spotipy_search"]).replace(
        "    def test_call", "    @pytest.mark.xfail(raises=app.spotipy.SpotifyException)\n    def test_call"
    )
    client.file("test_it.py", tests)
    client.run("--spotify-sandbox", "-k", "test_call").assert_outcomes(xfailed=1)


def test_a_missing_recording_that_a_client_hides(client: Project):
    """An error of ours that a client made one of its own of is the cause as well."""
    client.file("test_it.py", TESTS.format(names=["popularity"]))
    result = client.run("-k", "test_call")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_call?popularity? has no recording of its traffic with Spotify"])
    client.file(
        "app.py",
        APP.replace("def popularity(token):\n", "def popularity(token):\n        hidden(token)\n")
        + """
    def hidden(token):
        try:
            requests.get(f"{ADDRESS}/me", headers=headers(token))
        except Exception as error:
            raise ClientError("no answer") from error
""",
    )
    result = client.run("-k", "test_call")
    result.assert_outcomes(failed=1)
    headline = "test_call[[]popularity[]] has no recording of its traffic with Spotify"
    result.stdout.fnmatch_lines(
        [
            headline,
            "*ClientError: no answer",
            "1 failed: the cassette is missing, damaged or out of date",
            f"FAILED * - {headline}",
        ]
    )
