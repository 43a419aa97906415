"""No client goes unseen: what a marked test sends past the guard is refused, or told at the end."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import SANDBOX, Project, no_traceback

ALBUM = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy"
HEAD = f"""
    import json, subprocess, sys
    import pytest, requests

    ALBUM = "{ALBUM}"

    @pytest.fixture
    def headers(spotify_token):
        return {{"Authorization": f"Bearer {{spotify_token.reveal()}}"}}
"""


@pytest.mark.parametrize("arguments", [(), ("--spotify-sandbox",)])
def test_a_test_that_sends_nothing(project: Project, arguments: tuple[str, ...]):
    """A marked test that sent Spotify nothing is told in the summary, and fails in a strict run."""
    project.file("test_it.py", HEAD + "    @pytest.mark.spotify\n    def test_it(): pass\n")
    result = project.run(*arguments)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["marked `spotify`, but sent Spotify nothing:", "  test_it.py::test_it"])
    result = project.run(*arguments, "--spotify-strict")
    result.assert_outcomes(passed=1, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["*sent Spotify no request that could be checked", "test       test_it.py::test_it"]
    )


def test_what_counts_as_sent(project: Project):
    """A token request counts as sent, and a test that is not marked, or is skipped, is not told."""
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify(strict=True)
    def test_token():
        url = "https://accounts.spotify.com/api/token"
        assert requests.post(url, data={"grant_type": "client_credentials"}, auth=("a", "b")).ok

    @pytest.mark.spotify(strict=True)
    def test_skipped():
        pytest.skip("for another day")

    def test_other(): pass
    """,
    )
    result = project.run()
    result.assert_outcomes(passed=2, skipped=1)
    result.stdout.no_fnmatch_line("*sent Spotify nothing*")


MOCKS = {
    "responses": """
        import responses
        with responses.RequestsMock() as mock:
            mock.get(ALBUM, json={"type": "mock"})
            body = requests.get(ALBUM).json()
    """,
    "requests_mock": """
        import requests_mock
        with requests_mock.Mocker() as mock:
            mock.get(ALBUM, json={"type": "mock"})
            body = requests.get(ALBUM).json()
    """,
    "httpx": """
        import httpx
        mock = httpx.MockTransport(lambda request: httpx.Response(200, json={"type": "mock"}))
        body = httpx.Client(transport=mock).get(ALBUM).json()
    """,
    "respx": """
        import httpx, respx
        with respx.mock:
            respx.get(ALBUM).respond(json={"type": "mock"})
            body = httpx.get(ALBUM).json()
    """,
    "aioresponses": """
        import asyncio, aiohttp, aioresponses
        async def run():
            with aioresponses.aioresponses() as mock:
                mock.get(ALBUM, payload={"type": "mock"})
                async with aiohttp.ClientSession() as session, session.get(ALBUM) as response:
                    return await response.json()
        body = asyncio.run(run())
    """,
}


@pytest.mark.parametrize("package", MOCKS)
def test_a_mock_wins_and_is_told(project: Project, package: str):
    """A mock of the test's own responds, whatever library it is of, and the summary says so."""
    if package == "aioresponses":
        reason = "aioresponses 0.7.9, the last one, cannot make responses of aiohttp 3.14"
    else:
        reason = f"{package} is not installed; `tox -e clients` has it"
    pytest.importorskip(package, reason=reason)
    body = MOCKS[package].replace("\n        ", "\n            ")
    project.file(
        "test_it.py",
        HEAD
        + f"""
    @pytest.mark.spotify(strict=True)
    def test_it():
        {body.strip()}
        assert body == {{"type": "mock"}}
    """.replace("\n            ", "\n        "),
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["answered by a mock or a cache of the client's, so not checked:", f"  GET {ALBUM}  by *"]
    )
    result.stdout.no_fnmatch_line("*sent Spotify nothing*")


def test_what_was_received_is_no_answer_of_a_mock(project: Project):
    """Requests that the guard answered are not told as a mock's, redirects and our own session's neither."""
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify
    def test_it(headers, spotify_session):
        import httpx
        with requests.Session() as session:
            session.send(session.prepare_request(requests.Request("GET", ALBUM, headers=headers)))
        httpx.get(ALBUM, headers=headers)
        spotify_session.get("/me")
    """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*by a mock*")


@pytest.mark.parametrize("arguments", [(), ("--spotify-sandbox",)])
def test_a_client_that_is_not_intercepted(project: Project, arguments: tuple[str, ...]):
    """Its look-up of Spotify's name is refused with a sentence that names the client, live too."""
    library = project.path / "site-packages" / "otherclient.py"
    project.file(
        str(library),
        """
        import asyncio
        async def get(host):
            await asyncio.open_connection(host, 443)
        """,
    )
    project.pytester.syspathinsert(library.parent)
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify
    def test_it():
        import asyncio, otherclient
        asyncio.run(otherclient.get("api.spotify.com"))
    """,
    )
    result = project.run(*arguments)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*otherclient is not intercepted*"])


def test_isolation_that_is_switched_off(project: Project):
    """With `spotify_isolation = false` no name is refused in a live run either."""
    project.file("pytest.ini", "[pytest]\nspotify_isolation = false")
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify
    def test_it(monkeypatch):
        import socket
        from pytest_spotify.intercept import network
        assert network._live_tests == network._blocks == []
    """,
    )
    project.run("--spotify-sandbox").assert_outcomes(passed=1)


CHILD = """
        code = "import json, sys, urllib.request as u; url, fields = json.loads(sys.argv[1]); "
        code += "print(u.urlopen(u.Request(url, headers=fields)).read().decode())"
        argument = json.dumps([ALBUM, headers])
        made = subprocess.run([sys.executable, "-c", code, argument], capture_output=True, text=True)
        assert '"album_type"' in made.stdout, made.stderr
"""
CURL = """
        fields = ["-H", f"Authorization: {headers['Authorization']}"]
        made = subprocess.run(["curl", "-sS", *fields, ALBUM], capture_output=True, text=True)
        assert '"album_type"' in made.stdout, made.stderr
"""
PYCURL = """
        import io, certifi, pycurl
        body, curl = io.BytesIO(), pycurl.Curl()
        for option, value in (
            (curl.URL, ALBUM), (curl.CAINFO, certifi.where()), (curl.WRITEDATA, body),
            (curl.HTTPHEADER, [f"Authorization: {headers['Authorization']}"]),
        ):
            curl.setopt(option, value)
        curl.perform()
        assert b'"album_type"' in body.getvalue()
"""
CURL_CFFI = """
        from curl_cffi import requests as curl_requests
        assert curl_requests.get(ALBUM, headers=headers).json()["album_type"]
"""


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        (CHILD, ""),
        (CURL, "the program curl"),
        (PYCURL, "pycurl"),
        (CURL_CFFI, "curl_cffi"),
    ],
    ids=["python", "curl", "pycurl", "curl_cffi"],
)
def test_processes_and_native_clients_by_the_proxy(project: Project, code: str, needed: str):
    """With `processes=True` what they send is recorded from the sandbox, checked, and replayed offline."""
    if needed == "the program curl":
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")
    elif needed and importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed; `tox -e clients` has it")
    project.file(
        "test_it.py",
        HEAD + f"\n    @pytest.mark.spotify(processes=True)\n    def test_it(headers):{code}\n",
    )
    for arguments in (SANDBOX, ("--spotify-strict",)):
        result = project.run(*arguments)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["1 operation answered with success and checked*"])
        result.stdout.no_fnmatch_line("*not seen*")
    (text,) = project.cassettes().values()
    assert b"127.0.0.1" not in text


def test_what_a_process_lacks_fails_the_test(project: Project):
    """A request of a process that has no recording fails the test, whatever the process makes of it."""
    project.file(
        "test_it.py",
        HEAD
        + f"""
    @pytest.mark.spotify(processes=True)
    def test_it(headers):
        try:{CHILD.replace(chr(10) + "        ", chr(10) + "            ")}
        except AssertionError:
            pass
    """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["test_it has no recording of its traffic with Spotify"])


def test_clients_of_this_process_beside_the_proxy(project: Project):
    """With `processes=True` clients that are intercepted go on as ever, and so does our own session."""
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify(processes=True)
    def test_it(headers, spotify_session):
        import httpx
        for get in (requests.get, httpx.get, spotify_session.get):
            assert get(ALBUM, headers=headers).json()["type"] == "album"
    """,
    )
    project.run("--spotify-sandbox").assert_outcomes(passed=1)


def test_a_process_that_is_not_led_to_the_proxy(project: Project):
    """A process that a marked test starts is told at the end, as its traffic is not seen."""
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify
    def test_it():
        subprocess.run(["true"], check=True)
    """,
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["not seen, whatever they send (docs/clients.md):", "  true, started by test_it.py::test_it"]
    )


def test_a_native_client_that_is_loaded(project: Project, monkeypatch: pytest.MonkeyPatch):
    """A loaded client with network code of its own is told at the end, once."""
    monkeypatch.setitem(__import__("sys").modules, "primp", pytest)
    project.file(
        "test_it.py",
        HEAD
        + "    @pytest.mark.spotify\n    @pytest.mark.parametrize('n', [1, 2])\n    def test_it(n): pass\n",
    )
    result = project.run()
    result.assert_outcomes(passed=2)
    assert result.stdout.lines.count("  primp is loaded") == 1


def test_the_sandbox_refuses_as_the_test_arranged(project: Project):
    """A 429 or 503 that the test arranged reaches its client at once, is recorded, and replayed."""
    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify
    def test_it(headers, request):
        if request.config.getoption("--spotify-sandbox"):
            sandbox = request.getfixturevalue("spotify_sandbox")
            sandbox.fail_next(429, {"Retry-After": "3600"})
        first = requests.get(ALBUM, headers=headers)
        assert first.status_code == 429
        assert "Retry-After" in first.headers
        assert requests.get(ALBUM, headers=headers).status_code == 200
    """,
    )
    project.run(*SANDBOX).assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_a_client_that_waits_itself(project: Project, sandbox: Sandbox, live: list[str]):
    """With `retries="client"` a 429 of a live run reaches the client, which need not wait for the run."""

    class Arrangement:
        @pytest.fixture
        def refused(self) -> None:
            sandbox.fail_next(429, {"Retry-After": "3600"})

    project.file(
        "test_it.py",
        HEAD
        + """
    @pytest.mark.spotify(retries="client")
    def test_it(headers, refused):
        assert requests.get(ALBUM, headers=headers).status_code == 429
        assert requests.get(ALBUM, headers=headers).status_code == 200
    """,
    )
    project.run(*live, plugins=[Arrangement()]).assert_outcomes(passed=1)


EXPECTING = """
    @pytest.mark.spotify
    def test_it(spotify_session, spotify_expect):
        with spotify_expect(status={status}):
            spotify_session.get("/albums/{id}")
        {after}
"""


@pytest.mark.parametrize(
    ("status", "after", "outcome", "line"),
    [
        (400, "pass", "passed", "*"),
        (404, "pass", "failed", "*expected a response with status 404, found 400*"),
        (400, 'spotify_session.get("/albums/BadID")', "failed", "/path/id: *"),
    ],
)
def test_a_request_that_is_meant_to_be_wrong(
    project: Project, status: int, after: str, outcome: str, line: str
):
    """Within `spotify_expect` a request may be wrong, if it is answered with that status, and no other."""
    project.file("test_it.py", HEAD + EXPECTING.format(status=status, id="BadID", after=after))
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([line])


def test_a_wrong_request_is_recorded_and_replayed(project: Project):
    """A request that is meant to be wrong is recorded with its response, and replays."""
    project.file("test_it.py", HEAD + EXPECTING.format(status=400, id="BadID", after="pass"))
    project.record()
    project.run("--spotify-strict").assert_outcomes(passed=1)
