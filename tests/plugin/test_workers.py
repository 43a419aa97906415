"""pytest-xdist: the same words and results as without it, one shared token, one budget."""

import re

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project, no_traceback

OPERATIONS = ("get-track", "get-an-album", "get-current-users-profile", "get-playlist")


IS_VERDICT = re.compile('/type: expected "track"').match


def lines_of_ours(result: pytest.RunResult) -> list[str]:
    """Return the header, the summary's lines and pytest's own short one."""
    start = next(i for i, line in enumerate(result.outlines) if line.startswith("=") and " spotify " in line)
    header = [line for line in result.outlines if line.startswith("spotify: ")]
    return header + result.outlines[start + 1 : -1]


def test_replay_reads_the_same(project: Project):
    """Header, results, failures and summary are those of a run without workers, each said once."""
    project.bundled("get-track", "get-current-users-profile")
    project.record()
    project.edit("cassettes/development/tracks/get-track/track.yaml", '"type": "track"', '"type": "rock"')
    alone = project.run()
    shared = project.run("-n2")
    no_traceback(shared)
    assert shared.parseoutcomes() == alone.parseoutcomes()
    assert shared.parseoutcomes()["failed"] == 1
    assert lines_of_ours(alone)
    assert lines_of_ours(shared) == lines_of_ours(alone)
    text = alone.outlines[alone.outlines.index(failure := next(filter(IS_VERDICT, alone.outlines))) :][:12]
    assert shared.outlines[shared.outlines.index(failure) :][:12] == text


@pytest.mark.parametrize(
    "arguments", [("-n2",), pytest.param(("-n2", "--spotify-live"), marks=pytest.mark.slow)]
)
def test_a_refusal_reads_the_same(project: Project, arguments: tuple[str, ...]):
    """What cannot work is a usage error here too, in the same words; no test has run."""
    project.bundled("get-track", "get-current-users-profile")
    alone, shared = project.run(*arguments, "-n0"), project.run(*arguments)
    no_traceback(shared)
    assert shared.ret == alone.ret == pytest.ExitCode.USAGE_ERROR
    assert any(alone.errlines)
    # The commands that it names repeat the options of the run.
    options = re.compile(r" --basetemp=\S+| -n[02]")
    told = [options.sub("", "\n".join(each.errlines)).strip() for each in (shared, alone)]
    assert told[0] == told[1]
    assert "passed" not in shared.stdout.str()


def test_a_live_run_that_records(project: Project, sandbox: Sandbox, live: list[str]):
    """Two workers ask for one user's token and one app's in all; rotation does not revoke the grant.

    Workers write each case and marked test to its own file; together they leave what replays.
    """
    sandbox.rotate_refresh_tokens = True
    project.bundled("get-track", "get-current-users-profile")
    tests = "\n".join(f"def test_{n}(spotify_session):\n    spotify_session.get('/me')\n" for n in range(4))
    project.file("test_it.py", tests)
    result = project.run("-n2", *live, "--record-mode=rewrite", "-v")
    assert result.ret == 0, result.stdout.str()
    assert set(re.findall(r"^\[(gw\d)\].* PASSED", result.stdout.str(), re.MULTILINE)) == {"gw0", "gw1"}
    asked = [exchange for exchange in sandbox.exchanges if exchange.path.endswith("/api/token")]
    assert len(asked) == 2
    mode = "live, recording (rewrite), access development, 2 of 96 operations"
    assert f"spotify: {mode}, target {sandbox.api_url}" in result.outlines
    assert len(project.cassettes()) == result.parseoutcomes()["passed"] == 14
    assert project.run().parseoutcomes() == result.parseoutcomes()
    sandbox.expire_tokens()
    assert project.run(*live, "-k", "profile").ret == 0


def test_one_budget_for_all(project: Project, sandbox: Sandbox, live: list[str]):
    """`--spotify-max-requests` counts what all workers send together."""
    project.bundled(*OPERATIONS)
    result = project.run("-n2", *live, "--spotify-max-requests=5", "-k", "no-token or bad-token")
    result.assert_outcomes(passed=5, failed=1, skipped=2)
    no_traceback(result)
    assert len([exchange for exchange in sandbox.exchanges if exchange.path.startswith("/v1")]) == 5
    result.stdout.fnmatch_lines(["5 requests sent", "1 failed: --spotify-max-requests is used up*"])
