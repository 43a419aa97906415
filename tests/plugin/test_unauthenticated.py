"""The checks that every contract gets: what a request without a valid token must be answered."""

from collections.abc import Callable

import pytest

from tests.support.loopback_server import LoopbackServer, Received, Reply, as_json
from tests.support.project import Project, no_traceback

BEARER = 'Bearer realm="spotify", error="invalid_token"'


def error(status: int, told: int | None = None) -> object:
    return {"error": {"status": status if told is None else told, "message": "whatever it says today"}}


def against(
    project: Project, answer: Callable[[Received], Reply], *arguments: str
) -> tuple[pytest.RunResult, list[Received]]:
    """Run the unauthenticated checks of two contracts against a server; return what it received, too."""
    project.bundled("get-track", "get-current-users-profile")
    with LoopbackServer(answer) as server:
        urls = [f"--spotify-api-url={server.url}/v1", f"--spotify-accounts-url={server.url}/accounts"]
        selected = ("-k", "no-token or bad-token or basic-scheme")
        result = project.run("--spotify-live", *urls, *selected, *arguments)
    no_traceback(result)
    return result, server.received


def as_spotify_does(received: Received) -> Reply:
    if received.all("Authorization") and not received.all("Authorization")[0].startswith("Bearer "):
        return as_json(error(400), 400)
    return as_json(error(401), 401, WWW_Authenticate=BEARER)


def test_what_is_sent(project: Project):
    """No Authorization at all; a Bearer token that nobody granted; and, of one operation, another scheme."""
    result, received = against(project, as_spotify_does)
    result.assert_outcomes(passed=5, deselected=5)
    sent = [(each.method, each.path, each.all("Authorization")) for each in received]
    track = "/v1/tracks/11dFghVXANMlKmJXsNCbNl"
    bad = ["Bearer pytest-spotify-bad-token"]
    (basic,) = [each for each in sent if each[2] and each[2][0].startswith("Basic ")]
    assert basic[:2] == ("GET", "/v1/me")
    assert sorted(each for each in sent if each != basic) == [  # they are in flight together
        ("GET", "/v1/me", []),
        ("GET", "/v1/me", bad),
        ("GET", track, []),
        ("GET", track, bad),
    ]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (as_json({"id": "x"}, 200, WWW_Authenticate=BEARER), "expected status 401, got 200"),
        (as_json(error(403), 403, WWW_Authenticate=BEARER), "expected status 401, got 403"),
        (as_json(error(400), 400, WWW_Authenticate=BEARER), "expected status 401, got 400"),
        (Reply(302, {"Location": "/login"}), "expected status 401, got 302"),
        (as_json(error(401), 401), "expected a Bearer challenge in WWW-Authenticate, got none"),
        (
            as_json(error(401), 401, WWW_Authenticate='Basic realm="spotify"'),
            "expected a Bearer challenge in WWW-Authenticate, got Basic",
        ),
        (as_json(error(401, 403), 401, WWW_Authenticate=BEARER), "/error/status: expected 401*"),
        (as_json({"error": "no object"}, 401, WWW_Authenticate=BEARER), "/error: expected *"),
        (as_json({}, 401, WWW_Authenticate=BEARER), "/error: *"),
        (Reply(401, {"WWW-Authenticate": BEARER}, b"Unauthorized"), "expected application/json, got *"),
        (
            Reply(401, {"WWW-Authenticate": BEARER, "Content-Type": "application/json"}, b"{"),
            "expected JSON, got *",
        ),
    ],
)
def test_what_is_refused(project: Project, reply: Reply, says: str):
    """The verdict says what was expected of an answer without a token and what was there."""
    result, _ = against(project, lambda received: reply, "-k", "get-track and (no-token or bad-token)")
    result.assert_outcomes(failed=2, deselected=8)
    result.stdout.fnmatch_lines(
        [says, "request    GET https://api.spotify.com/v1/tracks/*", "docs *reference/get-track"]
    )


@pytest.mark.parametrize("status", [200, 401])
def test_another_scheme_than_bearer(project: Project, status: int):
    """It is 400, and neither taken nor taken for a token that is not valid."""
    result, _ = against(
        project,
        lambda received: as_json(error(status), status, WWW_Authenticate=BEARER),
        "-k",
        "basic-scheme",
    )
    result.assert_outcomes(failed=1, deselected=9)
    result.stdout.fnmatch_lines(
        [f"expected status 400, got {status}", '*curl -u "$SPOTIFY_CLIENT_ID:$SPOTIFY_CLIENT_SECRET" *']
    )


def test_it_is_recorded_and_replayed(project: Project):
    """All three have cassettes as every case has, in which no token stands."""
    project.bundled("get-current-users-profile")
    project.record()
    folder = project.path / "cassettes/development/users/get-current-users-profile"
    assert 'Authorization: ["Basic ***"]' in (folder / "basic-scheme.yaml").read_text()
    assert 'Authorization: ["Bearer ***"]' in (folder / "bad-token.yaml").read_text()
    assert "Authorization:" not in (folder / "no-token.yaml").read_text().partition("response:")[0]
    project.run("-k", "no-token or bad-token or basic-scheme").assert_outcomes(passed=3, deselected=1)


def test_it_holds_for_writes_too(project: Project):
    """A write without a valid token goes out: it cannot change anything, and must be refused as well."""
    project.bundled("save-library-items")
    project.run("--spotify-sandbox").assert_outcomes(passed=2)
