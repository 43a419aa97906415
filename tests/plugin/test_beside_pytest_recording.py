"""Tests that pytest-recording records for other hosts work as if this plugin were not there."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.support.inner_run import NO_CACHE, PLUGINS
from tests.support.loopback_server import LoopbackServer, Reply

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A server that is not Spotify's, which numbers its answers."""
    numbers = count(1)
    with LoopbackServer(lambda _: Reply(body=f"answer {next(numbers)}".encode())) as server:
        yield server


@pytest.fixture
def recorded(pytester: pytest.Pytester, server: LoopbackServer) -> None:
    """Somebody's project: one test with a cassette, and one line of configuration."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="module")
        def vcr_config():
            return {"filter_headers": [("X-Asked-For", "hidden")]}
        """
    )
    pytester.makepyfile(
        test_other=f"""
        import pytest, requests

        @pytest.mark.vcr
        def test_answer():
            answer = requests.get({server.url!r}, headers={{"X-Asked-For": "a-secret"}}, timeout=5)
            assert answer.text.startswith("answer")
        """
    )


def cassette(pytester: pytest.Pytester) -> str:
    return (pytester.path / "cassettes/test_other/test_answer.yaml").read_text(encoding="utf-8")


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess(*NO_CACHE, *PLUGINS, *options)


@pytest.mark.usefixtures("recorded")
def test_a_recording_is_written_and_replayed(pytester: pytest.Pytester, server: LoopbackServer):
    """`--record-mode=once` asks the server once; replay asks it no more."""
    run(pytester, "--record-mode=once").assert_outcomes(passed=1)
    assert [request.all("X-Asked-For") for request in server.received] == [["a-secret"]]
    assert "answer 1" in cassette(pytester)
    run(pytester).assert_outcomes(passed=1)
    run(pytester, "--block-network").assert_outcomes(passed=1)
    assert len(server.received) == 1


@pytest.mark.usefixtures("recorded")
def test_a_recording_is_rewritten(pytester: pytest.Pytester, server: LoopbackServer):
    """`--record-mode=rewrite` without `--spotify-live` speaks of other people's cassettes."""
    run(pytester, "--record-mode=once").assert_outcomes(passed=1)
    run(pytester, "--record-mode=rewrite").assert_outcomes(passed=1)
    assert len(server.received) == 2
    assert "answer 2" in cassette(pytester)
    assert "answer 1" not in cassette(pytester)


@pytest.mark.usefixtures("recorded")
def test_new_episodes_are_recorded(pytester: pytest.Pytester, server: LoopbackServer):
    """A record mode that live Spotify tests do not know stays possible for others."""
    run(pytester, "--record-mode=new_episodes").assert_outcomes(passed=1)
    assert len(server.received) == 1


@pytest.mark.usefixtures("recorded")
def test_a_projects_own_configuration_holds(pytester: pytest.Pytester):
    """`vcr_config` filters what it filtered before; nothing of ours is written into the cassette."""
    run(pytester, "--record-mode=once").assert_outcomes(passed=1)
    assert "hidden" in cassette(pytester)
    assert "a-secret" not in cassette(pytester)
    assert "pytest-spotify" not in cassette(pytester)


@pytest.mark.usefixtures("recorded")
def test_a_missing_recording_is_refused_as_ever(pytester: pytest.Pytester, server: LoopbackServer):
    """Without a cassette pytest-recording's own error is raised, and nothing is sent."""
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*CannotOverwriteExistingCassetteException*"])
    assert server.received == []


@pytest.mark.usefixtures("recorded")
def test_the_cassette_is_the_same_with_and_without_us(pytester: pytest.Pytester):
    """What is recorded does not depend on this plugin being installed."""
    run(pytester, "--record-mode=once", "-p", "no:spotify").assert_outcomes(passed=1)
    without = cassette(pytester)
    run(pytester, "--record-mode=rewrite").assert_outcomes(passed=1)
    assert _without_what_changes(cassette(pytester)) == _without_what_changes(without)


def _without_what_changes(text: str) -> list[str]:
    return [line for line in text.splitlines() if "answer" not in line and "GMT" not in line]


def test_a_test_without_any_mark_keeps_its_network(pytester: pytest.Pytester, server: LoopbackServer):
    """Who does not ask for recording is not recorded, and reaches whom it likes."""
    pytester.makepyfile(f"import requests\ndef test_it(): assert requests.get({server.url!r}, timeout=5).ok")
    run(pytester).assert_outcomes(passed=1)
    assert len(server.received) == 1
    assert not (pytester.path / "cassettes").exists()
