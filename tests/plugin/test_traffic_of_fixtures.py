"""What the fixtures of a marked test ask: theirs is the test's traffic, unless they outlive it."""

import pytest

from tests.support.project import SANDBOX, Project, no_traceback

ALBUM = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy"
RECORDING = "cassettes/development/test_it/test_it.spotify.yaml"


def test_what_fixtures_ask(project: Project):
    """Traffic of set-up and tear-down belongs to the test: recorded, replayed, and checked."""
    project.file(
        "test_it.py",
        """
        import pytest

        @pytest.fixture
        def own(spotify_session):
            spotify_session.get("/me")
            yield
            spotify_session.get("/me/playlists")

        def test_it(own, spotify_session):
            spotify_session.get("/me/tracks")
        """,
    )
    project.record()
    (text,) = project.cassettes().values()
    asked = [line.split("/v1")[1] for line in text.decode().splitlines() if line.startswith("    uri: ")]
    assert asked == ["/me", "/me/tracks", "/me/playlists"]
    project.run().assert_outcomes(passed=1)
    project.edit(RECORDING, '"collaborative": false', '"collaborative": 0')
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["/items/0/collaborative: expected *", "sent by    test_it.py:7"])


WIDER = [pytest.param(scope, marks=pytest.mark.slow) for scope in ("class", "module")]


@pytest.mark.parametrize("scope", [*WIDER, "session"])
def test_setup_of_a_wider_fixture(project: Project, scope: str):
    """A fixture that outlives the test may sign in during set-up; any other request of it fails the test."""
    fixture = f"""
        import os, pytest, requests

        @pytest.fixture(scope="{scope}")
        def token():
            url = "https://accounts.spotify.com/api/token"
            pair = os.environ["SPOTIFY_CLIENT_ID"], os.environ["SPOTIFY_CLIENT_SECRET"]
            answer = requests.post(url, data={{"grant_type": "client_credentials"}}, auth=pair)
            return answer.json()["access_token"]
    """
    test = """
        @pytest.mark.spotify
        def test_it({fixture}, token):
            header = {{"Authorization": f"Bearer {{token}}"}}
            assert requests.get("{album}", headers=header).ok
    """.format
    project.file("test_it.py", fixture + test(fixture="request", album=ALBUM))
    project.run(*SANDBOX).assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
    asking = f"""
        @pytest.fixture(scope="{scope}")
        def album(token):
            requests.get("{ALBUM}", headers={{"Authorization": f"Bearer {{token}}"}})
    """
    project.file("test_it.py", fixture + asking + test(fixture="album", album=ALBUM))
    for arguments in ((), SANDBOX):
        result = project.run(*arguments)
        result.assert_outcomes(errors=1)
        no_traceback(result)
        result.stdout.fnmatch_lines(
            [f"GET {ALBUM}: not sent. The fixture 'album' (scope {scope}) outlives *", "at * test_it.py:12"]
        )


@pytest.mark.parametrize("arguments", [(), SANDBOX])
@pytest.mark.parametrize("last", ["test_marked", "test_other"])
def test_teardown_of_a_wider_fixture(project: Project, last: str, arguments: tuple[str, ...]):
    """A request in a wider fixture's tear-down is refused where there is a recording, caught or not."""
    tests = [
        "@pytest.mark.spotify\ndef test_marked(one, two): pass\n",
        "def test_other(one, two): pass\n",
    ]
    first, second = sorted(tests, key=lambda test: last in test)
    project.file(
        "test_it.py",
        f"""
import pytest, requests
from contextlib import suppress

def ask(path):
    requests.get(f"https://api.spotify.com/v1/{{path}}", headers={{"Authorization": "Bearer x"}})

@pytest.fixture(scope="module")
def one():
    yield
    ask("me")

@pytest.fixture(scope="session")
def two():
    yield
    with suppress(Exception):
        ask("me/playlists")

{first}
{second}
""",
    )
    result = project.run(*arguments)
    result.assert_outcomes(passed=2, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            f"*teardown*{last}*",
            "GET */me: not sent. The fixture 'one' (scope module) outlives the test, so its requests *",
            "at         test_it.py:5",
            f"*test_it.py::{last}*GET *: not sent. *",
        ]
    )
    project.file("test_it.py", (project.path / "test_it.py").read_text().replace('ask("me")', "pass"))
    result = project.run(*arguments)
    result.assert_outcomes(passed=2, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["GET */me/playlists: not sent. The fixture 'two' (scope session) outlives *"]
    )


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_a_wider_fixture_where_nothing_is_recorded(project: Project, scope: str):
    """A fixture that outlives the test may send requests where nothing is recorded, and they are checked."""
    project.file(
        "test_it.py",
        f"""
        import pytest, requests

        @pytest.fixture(scope="{scope}")
        def album(spotify_token):
            header = {{"Authorization": f"Bearer {{spotify_token.reveal()}}"}}
            yield requests.get("{ALBUM}", headers=header).json()
            requests.get("{ALBUM}/tracks?limit=70", headers=header)

        @pytest.mark.spotify
        def test_it(album):
            assert album["type"] == "album"
        """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["/query/limit: *", "sent by    test_it.py:7", "1 operation answered *"])
    assert project.cassettes() == {}


def test_what_the_tear_down_of_a_class_asks(project: Project):
    """It outlives the test as a fixture does, and is told by what it is and not by pytest's name for it."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.mark.spotify
        class TestIt:
            @classmethod
            def teardown_class(cls):
                requests.get("https://api.spotify.com/v1/me")

            def test_it(self): pass
        """,
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["GET */me: not sent. The set-up or tear-down (scope class) outlives *"])


def test_what_fixtures_ask_after_ctrl_c(project: Project):
    """Fixtures of an interrupted test end with the session; what they still ask goes to the run's target."""
    project.file(
        "test_it.py",
        """
        import pytest, requests
        from pathlib import Path

        @pytest.fixture
        def own(spotify_session):
            yield
            answers = [requests.get("https://api.spotify.com/v1/me"), spotify_session.get("/me")]
            Path("answered.txt").write_text(" ".join(str(answer.status_code) for answer in answers))

        def test_it(own):
            raise KeyboardInterrupt
        """,
    )
    result = project.run(*SANDBOX, no_reraise_ctrlc=True)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert (project.path / "answered.txt").read_text() == "401 200"
    assert project.cassettes() == {}
