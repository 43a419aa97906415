"""`pytest-spotify token`: one access token on standard output, what it is on standard error."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.loopback_server import LoopbackServer, as_json
from tests.support.sign_in import Home


def profile_status(home: Home, token: str) -> int:
    """Return the status of GET /me with a token: 200 for a user's, 401 without a user."""
    fields = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{home.sandbox.api_url}/me", headers=fields, timeout=30).status_code


@pytest.mark.parametrize("folder", ["home", "/dev/null"])
def test_token_of_the_user(home: Home, folder: str) -> None:
    """Standard output is a user's token and a line feed; standard error says for how long it is good."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    home.variables["SPOTIFY_REFRESH_TOKEN_DATE"] = "2026-11-20"
    if folder != "home":
        home.variables.update(HOME=folder, XDG_CONFIG_HOME=f"{folder}/config")

    ran = home.command("token")

    assert ran.status == 0
    assert ran.out.count("\n") == 1
    assert profile_status(home, ran.out.strip()) == 200
    assert ran.err.startswith(
        "A token of the user (profile default), who signed in on 2026-11-20, for http://"
    )
    assert "good for 59 minutes, until " in ran.err or "good for 60 minutes, until " in ran.err
    assert ran.out.strip() not in ran.err


def test_token_of_the_app(home: Home) -> None:
    """With --app it is the app's own token (client credentials), which belongs to no user."""
    ran = home.command("token", "--app")

    assert ran.status == 0
    assert profile_status(home, ran.out.strip()) != 200
    tracks = requests.get(
        f"{home.sandbox.api_url}/search?q=love&type=track&limit=1",
        headers={"Authorization": f"Bearer {ran.out.strip()}"},
        timeout=30,
    )
    assert tracks.status_code == 200
    assert ran.err.startswith("A token of the app's own, for http://")


def test_token_is_masked_in_github_actions(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """In a job of GitHub Actions the token is announced as a secret before it is printed."""
    home.variables.update(SPOTIFY_REFRESH_TOKEN=home.sandbox.refresh_token, GITHUB_ACTIONS="true")

    ran = home.command("token")

    assert f"::add-mask::{ran.out.strip()}\n" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("variables", "options", "message"),
    [
        ({}, (), "A user's token is needed: SPOTIFY_REFRESH_TOKEN is not set or empty. Sign in with"),
        ({"SPOTIFY_CLIENT_ID": ""}, (), "SPOTIFY_CLIENT_ID and SPOTIFY_REFRESH_TOKEN are not set"),
        ({"SPOTIFY_CLIENT_SECRET": ""}, ("--app",), "SPOTIFY_CLIENT_SECRET is not set or empty"),
        ({"SPOTIFY_CLIENT_SECRET": "a b"}, ("--app",), "SPOTIFY_CLIENT_SECRET holds a blank"),
    ],
)
def test_token_without_credentials(
    home: Home, variables: dict[str, str], options: tuple[str, ...], message: str
) -> None:
    """Where a variable is missing or malformed, `token` exits with 2, names it, and prints no token."""
    home.variables.update(variables)

    ran = home.command("token", *options)

    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


def test_token_that_is_refused(home: Home) -> None:
    """A refusal, or an accounts service that is down, exits with 1 and a line, and prints no token."""
    home.variables["SPOTIFY_REFRESH_TOKEN"] = home.sandbox.refresh_token
    home.sandbox.revoke_refresh_tokens()
    refused = home.command("token")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("Error: ")

    with LoopbackServer(lambda _: as_json({}, 503)) as service:
        down = home.command("token", "--app", f"--accounts-url={service.url}")
    assert (down.status, down.out) == (1, "")
    assert "503" in down.err


def test_addresses_come_from_variables_where_no_option_names_them(sandbox: Sandbox, tmp_path: Path) -> None:
    """SPOTIFY_API_URL and SPOTIFY_ACCOUNTS_URL name the target, and a bad one is named by its variable."""
    from tests.support.command import run

    home = Home(
        tmp_path,
        sandbox,
        {"SPOTIFY_API_URL": sandbox.api_url, "SPOTIFY_ACCOUNTS_URL": sandbox.accounts_url},
    )

    ran = run("token", "--app", environ=home.environ)

    assert (ran.status, bool(ran.out)) == (0, True)
    home.variables["SPOTIFY_API_URL"] = "ftp://127.0.0.1/"
    ran = run("token", "--app", environ=home.environ)
    assert ran.status == 2
    assert "SPOTIFY_API_URL" in ran.err
    assert "--" not in ran.err.splitlines()[-1]
