"""Plugins that run a test again, as pytest-rerunfailures does: no attempt knows of the one before."""

import pytest

from pytest_spotify.cassettes import load
from tests.support.project import SANDBOX, Project

# What pytest-rerunfailures does, for up to three attempts.
RERUNS = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        for attempt in range(3):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            again = attempt < 2 and any(report.failed for report in reports)
            for report in reports:
                if again and report.failed:
                    report.outcome = "rerun"
                item.ihook.pytest_runtest_logreport(report=report)
            if not again:
                return True

    def pytest_report_teststatus(report):
        if report.outcome == "rerun":
            return "rerun", "R", "RERUN"
"""

FLAKY = """
    ATTEMPTS = []

    def test_it(spotify_session):
        ATTEMPTS.append(1)
        if len(ATTEMPTS) < {attempts}:
            spotify_session.get("/me/playlists")
            assert False
        spotify_session.get("/me")
"""


@pytest.fixture
def reruns(project: Project) -> Project:
    """A project whose failed tests are run again, twice at most."""
    project.file("conftest.py", RERUNS)
    return project


def test_the_attempt_that_passed_is_recorded(reruns: Project):
    """It is recorded alone, without what failed attempts asked, and replays from the beginning each time."""
    reruns.file("test_it.py", FLAKY.format(attempts=3))
    result = reruns.run(*SANDBOX)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["4 requests sent for 1 exchange of tests, *"])  # of the attempt that counts
    result.stdout.no_fnmatch_line("* failed: *")
    cassette = load(reruns.path / "cassettes/development/test_it/test_it.spotify.yaml")
    assert [each.request.url for each in cassette.exchanges] == ["https://api.spotify.com/v1/me"]
    reruns.file("test_it.py", FLAKY.format(attempts=3).replace("/me/playlists", "/me"))
    result = reruns.run("--spotify-strict")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 operation answered with success and checked*"])
    result.stdout.no_fnmatch_line("recorded, but not sent any more*")


def test_the_last_attempt_counts(reruns: Project):
    """A case and a marked test that fail each time are two failures in the summary, not six."""
    reruns.bundled("get-track")
    reruns.file("test_it.py", "def test_it(spotify_session):\n    spotify_session.get('/me')")
    reruns.record()
    reruns.edit("cassettes/development/tracks/get-track/track.yaml", '"type": "track"', '"type": "rock"')
    reruns.edit("cassettes/development/test_it/test_it.spotify.yaml", '"type": "user"', '"type": "rock"')
    result = reruns.run()
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["2 failed: the exchange violates its contract"])
