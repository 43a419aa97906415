"""A live run that Spotify does not answer: one cause, told once, with an exit status of its own."""

import time
from xml.etree import ElementTree

import pytest

from pytest_spotify.plugin.items.live_run import NOT_ANSWERED
from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project, no_traceback

OPERATIONS = ("get-track", "get-an-album", "get-current-users-profile", "get-playlist")


def causes(project: Project) -> list[str | None]:
    """Return the cause that junit has of each failure, as a property of the test case."""
    cases = ElementTree.parse(project.path / "junit.xml").iter("testcase")
    found = [case.find("properties/property[@name='spotify_cause']") for case in cases]
    return [each.get("value") for each in found if each is not None]


def trouble(sandbox: Sandbox, name: str) -> str:
    """Let Spotify fail in some way, and return why nothing more is asked then."""
    match name:
        case "network down":
            sandbox.stop()
            return "not asked: Spotify cannot be reached"
        case "quota used up":
            body = {"error": {"status": 429, "message": "x", "reason": "QUOTA_EXCEEDED"}}
            sandbox.fail_next(429, body=body)
            return "not asked: limited for a time that it does not name"
        case "long limit":
            sandbox.fail_next(429, {"Retry-After": "79892"})
            return "not asked: limited until * UTC"
        case _:
            sandbox.fail_next(500, times=1000)
            return "not asked: Spotify answers 500"


@pytest.mark.parametrize("name", ["network down", "quota used up", "long limit", "service down"])
def test_a_run_that_is_not_answered(project: Project, sandbox: Sandbox, live: list[str], name: str):
    """The first failures tell the cause and the rest is not asked; status and junit tell it apart."""
    project.bundled(*OPERATIONS)
    project.record("-k", "track")
    before = project.cassettes()
    reason = trouble(sandbox, name)
    began = time.monotonic()
    result = project.run(*live, "--record-mode=rewrite", "--junitxml=junit.xml", "-rs")
    elapsed = time.monotonic() - began
    no_traceback(result)
    failed = result.parseoutcomes()["failed"]
    assert failed <= 2
    assert result.ret == NOT_ANSWERED == 75
    assert causes(project) == ["service"] * failed
    skipped = result.parseoutcomes()["skipped"]
    result.stdout.fnmatch_lines(
        [f"{skipped} {reason}", f"{failed} failed: outage, *", f"SKIPPED [[]{skipped}] *{reason}"]
    )
    result.stdout.no_fnmatch_line("*drift*")
    assert project.cassettes() == before
    assert elapsed < 5


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "workers"])
def test_a_wrong_secret(
    project: Project, live: list[str], monkeypatch: pytest.MonkeyPatch, workers: list[str]
):
    """What needs no token is checked; the refusal is told once, and is no outage."""
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "0" * 32)
    project.bundled(*OPERATIONS)
    result = project.run(*live, *workers)
    no_traceback(result)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes()["failed"] == 1
    assert result.parseoutcomes()["passed"] == 9
    result.stdout.fnmatch_lines(
        ["* not asked: the accounts service refused the credentials", "1 failed: credentials *"]
    )


def test_going_on(project: Project, sandbox: Sandbox, live: list[str]):
    """With `--spotify-keep-going` each item is asked, and fails by itself."""
    project.bundled("get-track")
    sandbox.fail_next(500, times=1000)
    result = project.run(*live, "--spotify-keep-going", "-k", "token")
    result.assert_outcomes(failed=2, deselected=4)
    assert result.ret == NOT_ANSWERED


def test_a_failure_of_a_contract_beside(project: Project, sandbox: Sandbox, live: list[str]):
    """What fails for another cause counts: the exit status is pytest's own."""
    project.bundled("get-track")
    project.file("test_it.py", "def test_it(): assert False")
    sandbox.fail_next(500, times=1)
    result = project.run(*live, "-k", "no-token or test_it", "--spotify-keep-going")
    result.assert_outcomes(failed=2, deselected=5)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


MARKED = """
import pytest
import requests

pytestmark = pytest.mark.spotify

def test_status(spotify_session):
    spotify_session.get("/me").raise_for_status()

def test_assertion(spotify_session):
    assert spotify_session.get("/tracks/11dFghVXANMlKmJXsNCbNl").status_code == 200

def test_body(spotify_session):
    spotify_session.get("/albums/4aawyAB9vmqN3uQ7FjRGTy").json()["name"]

def test_swallowed(spotify_session):
    try:
        spotify_session.get("/playlists/3cEYpjA9oz9GiPac4AsH4n")
    except Exception:
        pass
    raise RuntimeError("no playlist")
"""


@pytest.mark.parametrize(
    ("name", "option"), [("answers", ()), ("nothing", ()), ("answers", ("--spotify-keep-going",))]
)
def test_marked_tests_whose_client_raises(
    project: Project, sandbox: Sandbox, live: list[str], name: str, option: tuple[str, ...]
):
    """A failure over an outage is the service's, whatever the test's client or an assertion makes of it."""
    project.file("test_it.py", MARKED)
    project.run(*live).assert_outcomes(passed=3, failed=1)
    if name == "answers":
        sandbox.fail_next(500, body={"error": {"status": 500, "message": "Server error"}}, times=1000)
    else:
        sandbox.stop()
    result = project.run(*live, *option, "--junitxml=junit.xml")
    failed = result.parseoutcomes()["failed"]
    assert failed == 4 if option else failed <= 2
    assert causes(project) == ["service"] * failed
    assert result.ret == NOT_ANSWERED


def test_cheap_cases_come_first(project: Project, sandbox: Sandbox, live: list[str]):
    """Checks without a token, then requests alone, then those for which the account is read first."""
    project.bundled("get-playlist", "get-track", "get-the-users-currently-playing-track")
    project.file("test_it.py", "def test_it(): pass")
    lines = [line for line in project.run(*live, "--collect-only", "-q", ".").outlines if "::" in line]
    names = [line.partition("::")[2] for line in lines if "contract.json" in line]
    replayed = [line for line in project.run("--collect-only", "-q", ".").outlines if "::" in line]
    assert sorted(lines) == sorted(replayed)
    assert lines.index("test_it.py::test_it") == replayed.index("test_it.py::test_it")
    assert set(names[:6]) == {"no-token", "bad-token"}
    assert "track" in names[6:-6]
    playing = [name for name in names if name.startswith(("playing-", "idle-"))]
    assert names[-6:] == [*playing, "own"]


def test_a_wait_is_told_and_counted(project: Project, sandbox: Sandbox, live: list[str]):
    """While Spotify has the run wait, the terminal says so."""
    project.bundled("get-track")
    sandbox.fail_next(429, {"Retry-After": "1"})
    result = project.run(*live, "-k", "no-token")
    result.assert_outcomes(passed=1, deselected=5)
    result.stdout.fnmatch_lines(["waiting 1 s: Spotify asks for it (429)"])


def test_a_long_limit_stops_all_workers(project: Project, sandbox: Sandbox, live: list[str]):
    """One worker is told to wait for hours: no worker asks again."""
    project.bundled(*OPERATIONS)
    sandbox.fail_next(429, {"Retry-After": "79892"}, times=1000)
    result = project.run("-n2", *live)
    asked = [exchange for exchange in sandbox.exchanges if exchange.path.startswith("/v1")]
    assert len(asked) <= 2  # both may have been on their way
    assert 1 <= result.parseoutcomes()["failed"] <= len(asked)
    assert result.ret == NOT_ANSWERED
