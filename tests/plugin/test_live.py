"""Live runs against a sandbox that was started apart: credentials, skips, writes, budget, drift."""

import json
import re

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project, live_at, no_traceback

ID = "11dFghVXANMlKmJXsNCbNl"
TRACK = "contracts/tracks/get-track.contract.json"
PROFILE = "contracts/users/get-current-users-profile.contract.json"


def refreshes(sandbox: Sandbox) -> int:
    return sum(exchange.path.endswith("/api/token") for exchange in sandbox.exchanges)


def refused(result: pytest.RunResult, *lines: str) -> None:
    """Assert a usage error with these lines, and that no test has run."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines([f"*{lines[0]}", *lines[1:]])
    assert not re.search("passed|failed|skipped", result.stdout.str())


def test_a_live_run(project: Project, sandbox: Sandbox, live: list[str]):
    """Real requests with one refreshed token; the header names the target; nothing is written."""
    project.bundled("get-track", "get-current-users-profile")
    result = project.run(*live)
    result.assert_outcomes(passed=10)
    assert (
        f"spotify: live, access development, 2 of 96 operations, target {sandbox.api_url}" in result.outlines
    )
    result.stdout.fnmatch_lines(["10 requests sent, 5 with a token"])
    assert refreshes(sandbox) == 2
    assert project.cassettes() == {}


def test_a_live_run_with_spotipys_variables(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch
):
    """Where SPOTIFY_CLIENT_ID and SECRET are not set, a live run takes SPOTIPY_*, and the header says so."""
    for name in ("CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"SPOTIFY_{name}")
        monkeypatch.setenv(f"SPOTIPY_{name}", getattr(sandbox, name.lower()))
    project.bundled("get-track")
    result = project.run(*live)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(
        ["spotify: live, *, target *, credentials of SPOTIPY_CLIENT_ID, SPOTIPY_CLIENT_SECRET"]
    )


def test_the_bundled_sandbox(project: Project, monkeypatch: pytest.MonkeyPatch):
    """`--spotify-sandbox` needs nothing, heeds no credentials of the environment, and stands beside live."""
    project.bundled("get-track", "get-current-users-profile")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "not the sandbox's\n")
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", "nor this")
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(passed=10)
    result.stdout.fnmatch_lines(["spotify: live, access development, 2 of 96 operations, target sandbox"])
    project.run("--spotify-sandbox", "--spotify-live").assert_outcomes(passed=10)
    assert not (project.path / "home").exists()


def test_the_sandbox_has_the_access_of_the_run(project: Project):
    """A removed operation is asked for once under development, and has its cases under extended."""
    project.bundled("get-new-releases")
    development = project.run("--spotify-sandbox", "-v")
    development.assert_outcomes(passed=3)
    development.stdout.fnmatch_lines(["*::refused *", "*2 unauthenticated checks, 1 refusal"])
    extended = project.run("--spotify-sandbox", "--spotify-access=extended", "-v")
    extended.stdout.no_fnmatch_line("*::refused*")
    assert extended.ret == 0


def test_no_credentials(project: Project):
    """A usage error at once: the variables by name and the next command."""
    project.bundled("get-track", "get-current-users-profile")
    project.file("test_other.py", "def test_other(): pass")
    refused(
        project.run("--spotify-live"),
        "*SPOTIFY_CLIENT_ID and SPOTIFY_REFRESH_TOKEN are not set or empty.*pytest-spotify login*",
    )


def test_no_credentials_for_a_session_of_a_test(project: Project):
    """The same where a test asks for a session of ours or a token."""
    for fixture in ("spotify_session", "spotify_token"):
        project.file("test_it.py", f"import pytest\n\n@pytest.mark.spotify\ndef test_it({fixture}): pass")
        refused(project.run("--spotify-live"), "*SPOTIFY_CLIENT_ID and SPOTIFY_REFRESH_TOKEN are not set*")
    project.file("test_it.py", "def test_it(spotify_app_session): pass")
    refused(project.run("--spotify-live"), "*SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are not set*")
    project.file("test_it.py", "def test_it(spotify_anonymous_session): pass")
    project.run("--spotify-live").assert_outcomes(passed=1)


def test_unauthenticated_checks_need_no_credentials(project: Project, sandbox: Sandbox):
    """`-k no-token` runs with nothing set, asks for no token and leaves no store behind."""
    project.bundled("get-track", "get-current-users-profile")
    project.run(*live_at(sandbox), "-k", "no-token").assert_outcomes(passed=2, deselected=8)
    project.run(*live_at(sandbox), "-k", "no-token or bad-token or basic").assert_outcomes(
        passed=5, deselected=5
    )
    assert refreshes(sandbox) == 0
    assert not (project.path / "home").exists()


def test_unauthenticated_checks_do_not_look_at_credentials(
    project: Project, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    """What is not needed is not demanded to be well-formed either."""
    project.bundled("get-track")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "mal formed")
    project.run(*live_at(sandbox), "-k", "no-token").assert_outcomes(passed=1, deselected=5)


def test_an_app_without_a_user(project: Project, live: list[str], monkeypatch: pytest.MonkeyPatch):
    """With id and secret alone app cases run; what needs a user is skipped, counted with the reason."""
    monkeypatch.delenv("SPOTIFY_REFRESH_TOKEN")
    project.bundled("get-track", "get-current-users-profile")
    project.file(
        "test_it.py", "def test_session(spotify_session): pass\n\ndef test_token(spotify_token): pass"
    )
    result = project.run(*live)
    result.assert_outcomes(passed=9, skipped=3)
    result.stdout.fnmatch_lines(["2 skipped: needs a user's token; `pytest-spotify login` gets one"])


def test_a_user_without_a_secret(project: Project, live: list[str], monkeypatch: pytest.MonkeyPatch):
    """A refresh token of a PKCE sign-in needs no secret, and serves app cases too."""
    monkeypatch.delenv("SPOTIFY_CLIENT_SECRET")
    project.bundled("get-track", "get-current-users-profile")
    project.run(*live).assert_outcomes(passed=10)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SPOTIFY_CLIENT_ID", "one:two", "SPOTIFY_CLIENT_ID*colon*"),
        ("SPOTIFY_CLIENT_SECRET", "sesame-open\n", "SPOTIFY_CLIENT_SECRET*line break*"),
        ("SPOTIFY_REFRESH_TOKEN", '"sesame-open"', "SPOTIFY_REFRESH_TOKEN*quotation mark*"),
        ("SPOTIFY_REFRESH_TOKEN_DATE", "yesterday", "SPOTIFY_REFRESH_TOKEN_DATE*2026-06-18*"),
    ],
)
def test_a_malformed_variable(
    project: Project, live: list[str], monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, says: str
):
    """A usage error names the variable and its fault, and does not show the value."""
    project.bundled("get-track")
    monkeypatch.setenv(name, value)
    result = project.run(*live)
    refused(result, f"*{says}")
    assert "sesame-open" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--spotify-write"], "--spotify-write has no effect in replay*"),
        (["--spotify-api-url=https://example.org"], "*need --spotify-live"),
        (["--spotify-accounts-url=https://example.org"], "*need --spotify-live"),
        (["--spotify-sandbox", "--spotify-api-url=https://example.org"], "*a target of its own*"),
        (["--spotify-live", "--spotify-api-url=http://example.org"], "--spotify-api-url: expected https*"),
        (["--spotify-live", "--spotify-accounts-url=ftp://[::1]"], "--spotify-accounts-url: *"),
        (["--spotify-live", "--record-mode=new_episodes"], "--record-mode=new_episodes cannot be used*"),
        (["--spotify-sandbox", "--record-mode=new_episodes"], "--record-mode=new_episodes cannot be used*"),
        (["--spotify-live", "--spotify-max-requests=-1"], "--spotify-max-requests=-1: expected*"),
    ],
)
def test_what_does_not_go_together(project: Project, arguments: list[str], says: str):
    """Options that contradict each other are a usage error, before anything is collected."""
    project.bundled("get-track")
    refused(project.run(*arguments), says)


def test_an_unusable_token_store(project: Project, live: list[str], monkeypatch: pytest.MonkeyPatch):
    """A store that others may read is refused with the remedy, before any test."""
    monkeypatch.delenv("SPOTIFY_REFRESH_TOKEN")
    project.bundled("get-track", "get-current-users-profile")
    project.run(*live, "-k", "track").assert_outcomes(passed=6, deselected=4)
    (store,) = (project.path / "home").rglob("*.json")
    store.chmod(0o644)
    refused(project.run(*live), "*.json: the token store is not read: *chmod 600*")


def test_credentials_that_are_refused(project: Project, sandbox: Sandbox, live: list[str]):
    """An ended sign-in fails user cases, is asked about once, and the summary blames the credentials."""
    sandbox.revoke_refresh_tokens()
    project.bundled("get-track", "get-current-users-profile")
    result = project.run(*live, "-k", "profile")
    result.assert_outcomes(passed=3, failed=1, deselected=6)
    no_traceback(result)
    assert sandbox.refresh_token not in result.stdout.str()
    result.stdout.fnmatch_lines(["*invalid_grant*pytest-spotify login*", "1 failed: credentials *"])
    result = project.run(*live, "-k", "track")
    assert refreshes(sandbox) == 2, "one for the user; the app's own token is still to be had"


def test_an_outage(project: Project, sandbox: Sandbox, live: list[str]):
    """What the service answers while it is down is not blamed on the contract, nor is it drift."""
    project.bundled("get-track")
    project.record()
    sandbox.fail_next(500, times=1)
    result = project.run(*live, "-k", "no-token")
    result.assert_outcomes(failed=1, deselected=5)
    no_traceback(result)
    result.stdout.fnmatch_lines(["1 failed: outage, *"])
    result.stdout.no_fnmatch_line("*drift*")


def test_a_quota_that_is_used_up(project: Project, sandbox: Sandbox, live: list[str]):
    """A Retry-After that is longer than a test may wait ends it at once, and says until when."""
    project.bundled("get-track")
    sandbox.fail_next(429, {"Retry-After": "79892"})
    result = project.run(*live, "-k", "track")
    no_traceback(result)
    result.stdout.fnmatch_lines(["*Spotify accepts no more requests until 20*", "1 failed: outage, *"])


def test_a_service_that_is_not_there(project: Project, sandbox: Sandbox, live: list[str]):
    """A connection that is refused is the service's fault, said in a line."""
    project.bundled("get-track")
    sandbox.stop()
    result = project.run(*live, "-k", "no-token")
    result.assert_outcomes(failed=1, deselected=5)
    no_traceback(result)
    result.stdout.fnmatch_lines(["1 failed: outage, *"])


def test_an_expired_token_is_refreshed(project: Project, sandbox: Sandbox, live: list[str]):
    """A stored token that the API refuses is renewed once and the request sent once more."""
    project.bundled("get-current-users-profile")
    project.run(*live).assert_outcomes(passed=4)
    sandbox.expire_tokens()
    project.run(*live).assert_outcomes(passed=4)
    assert refreshes(sandbox) == 2


def test_the_budget_of_a_run(project: Project, sandbox: Sandbox, live: list[str]):
    """No request leaves once the budget is spent: the first that would fails, and the rest is not asked."""
    project.bundled("get-track")
    result = project.run(*live, "--spotify-max-requests=3")
    result.assert_outcomes(passed=3, failed=1, skipped=2)
    no_traceback(result)
    asked = [exchange for exchange in sandbox.exchanges if "/tracks/" in exchange.path]
    assert len(asked) == 3
    result.stdout.fnmatch_lines(
        [
            "*--spotify-max-requests=3*",
            "2 not asked: --spotify-max-requests=3 is used up",
            "1 failed: --spotify-max-requests is used up*",
        ]
    )


def test_what_the_account_lacks(project: Project, sandbox: Sandbox, live: list[str]):
    """An unmet need of a case is a skip with its reason, counted; the sandbox of a run meets it."""
    sandbox.arrange(["idle-player"])
    project.bundled("get-the-users-currently-playing-track")
    result = project.run(*live)
    assert result.ret == 0
    assert result.parseoutcomes()["skipped"] >= 1
    result.stdout.fnmatch_lines(["* skipped: requires `playing-track`, which the account does not have now"])
    assert "skipped" not in project.run("--spotify-sandbox").parseoutcomes()


def test_writes_are_not_sent_by_accident(project: Project, sandbox: Sandbox, live: list[str]):
    """Without --spotify-write a write with a token fails before it leaves, also if that is swallowed."""
    project.file(
        "test_it.py",
        """
        from contextlib import suppress

        def test_it(spotify_session):
            spotify_session.put("/me/player/pause")

        def test_swallowing(spotify_session):
            with suppress(Exception):
                spotify_session.put("/me/player/pause")
        """,
    )
    result = project.run(*live)
    result.assert_outcomes(failed=2)
    no_traceback(result)
    assert not any(exchange.method == "PUT" for exchange in sandbox.exchanges)
    result.stdout.fnmatch_lines(
        ["PUT https://api.spotify.com/v1/me/player/pause: not sent*--spotify-write*", "at * test_it.py:4"]
    )
    project.run(*live, "--spotify-write").assert_outcomes(passed=2)
    assert any(exchange.method == "PUT" for exchange in sandbox.exchanges)


def test_drift(project: Project, sandbox: Sandbox, live: list[str]):
    """What the target answers differently from its own recording is listed, field by field."""
    project.bundled("get-track")
    project.run(*live, "--record-mode=once").assert_outcomes(passed=6)
    cassette = "cassettes/development/tracks/get-track/track.yaml"
    project.edit(cassette, '"explicit": false', '"explicit": "no"')
    result = project.run(*live)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(
        [
            "drift since it was recorded:",
            "  get-track  /explicit  type: string -> boolean; recorded 20*",
        ]
    )


def test_drift_of_a_marked_test(project: Project):
    """Each exchange is compared with the recorded one of the same request; a new request has no drift."""
    project.file(
        "test_it.py",
        f"""
        def test_it(spotify_session):
            spotify_session.get("/me")
            spotify_session.get("/tracks/{ID}")
        """,
    )
    project.record()
    cassette = "cassettes/development/test_it/test_it.spotify.yaml"
    project.edit(cassette, '"explicit": false', '"explicit": "no"')
    test = (project.path / "test_it.py").read_text()
    project.file("test_it.py", test + '    spotify_session.get("/me/playlists")')
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "drift since it was recorded:",
            "  get-track  /explicit  type: string -> boolean; recorded 20*",
        ]
    )
    assert sum("type: string -> boolean" in line for line in result.outlines) == 1


def test_drift_compares_one_target_with_itself(project: Project, live: list[str]):
    """A recording of another target says nothing about this one."""
    project.bundled("get-track")
    project.record()
    project.edit("cassettes/development/tracks/get-track/track.yaml", '"explicit": false', '"explicit": "no"')
    project.run(*live).stdout.no_fnmatch_line("drift*")
    project.run("--spotify-sandbox").stdout.fnmatch_lines(["drift*"])


def test_drift_is_shown_beside_the_failure_it_causes(project: Project):
    """A case that fails tells its drift too: the API gave up a field that it had when it was recorded."""
    project.bundled("get-track")
    project.record()
    project.edit("cassettes/development/tracks/get-track/track.yaml", '"explicit": false', '"given_up": 1')
    path = project.path / TRACK
    contract = json.loads(path.read_text())
    own = {"type": "object", "additionalProperties": True, "properties": {}, "required": ["given_up"]}
    contract["responses"]["200"]["schema"] = own
    path.write_text(json.dumps(contract))
    project.run(
        "-k", "track.contract.json and track and not id and not market and not token"
    ).assert_outcomes(passed=1, deselected=5)
    result = project.run("--spotify-sandbox")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["drift since it was recorded:", "  get-track  /given_up  removed: number -> absent; recorded 20*"]
    )


def test_a_failure_names_what_was_live(project: Project, sandbox: Sandbox, live: list[str]):
    """The text says that the answer came live from the target, and under Spotify's own address."""
    project.bundled("get-track")
    path = project.path / TRACK
    contract = json.loads(path.read_text())
    contract["cases"] = {"track": {"parameters": {"id": "0" * 22}, "status": 200}}
    path.write_text(json.dumps(contract))
    result = project.run(*live)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "expected status 200, got 404",
            f"request    GET https://api.spotify.com/v1/tracks/{'0' * 22}",
            f"response   404, live: {sandbox.api_url}",
            "1 failed: the exchange violates its contract",
        ]
    )
