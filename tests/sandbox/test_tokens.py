"""Tokens that say what they stand for, and outlive the sandbox that gave them."""

from __future__ import annotations

import base64

import pytest

from pytest_spotify.sandbox import Sandbox, tokens
from pytest_spotify.sandbox.tokens import Claims, Stamps
from tests.support.sandbox_client import Api, Browser, callback, token_call

_CLAIMS = Claims(user="ada", scope=("user-top-read",), public=False, issued_at=1.0, expires_at=2.0)


def test_a_token_says_what_was_written() -> None:
    """What is read out of a token is what it was written with, and no two tokens are alike."""
    token = tokens.write(tokens.ACCESS, _CLAIMS)

    assert tokens.read(tokens.ACCESS, token) == _CLAIMS
    assert token.startswith("BQ")
    assert token != tokens.write(tokens.ACCESS, _CLAIMS)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: "BQ",
        lambda token: "BQ" + "A" * 150,
        lambda token: token[:-8],
        lambda token: token[:20] + "!" + token[20:],
        lambda token: token[2:],
        lambda token: "AQ" + token[2:],
        lambda token: token + "é",
        lambda token: token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:],
        lambda token: "BQ" + base64.urlsafe_b64encode(bytes(32) + b'["ada"]').decode(),
    ],
)
def test_what_no_sandbox_wrote_is_no_token(spoil) -> None:
    """A token that was cut, changed, made up, or is of the other kind says nothing."""
    assert tokens.read(tokens.ACCESS, spoil(tokens.write(tokens.ACCESS, _CLAIMS))) is None


def test_stamps_never_repeat() -> None:
    """Each time of issue is later than the one before, so that what was ended before stays ended."""
    stamps = Stamps()
    times = [stamps.next() for _ in range(1000)]

    assert times == sorted(set(times))


def _signed_in(sandbox: Sandbox) -> dict[str, str]:
    with Browser(sandbox) as browser:
        code = callback(browser.authorize(name="Ada", scope="user-library-read"))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": sandbox.redirect_uri}
    answer: dict[str, str] = token_call(sandbox, **form).json()
    return answer


def test_tokens_are_good_in_the_next_sandbox() -> None:
    """Whoever kept a token on disk finds the same account with it, and can refresh there."""
    with Sandbox() as earlier:
        user = _signed_in(earlier)
        app = token_call(earlier, grant_type="client_credentials").json()
    with (
        Sandbox() as later,
        Api(later, user["access_token"]) as api,
        Api(later, app["access_token"]) as other,
    ):
        form = {"grant_type": "refresh_token", "refresh_token": user["refresh_token"]}
        refreshed = token_call(later, **form)

        assert api.get("/me")["id"] == "ada"
        assert api.get("/me/tracks")["total"] == 45
        assert api.refusal("GET", "/me/top/tracks") == (403, "Insufficient client scope")
        assert other.get("/search", q="love", type="track")
        assert other.refusal("GET", "/me") == (403, "This request requires user authentication.")
        assert (refreshed.status_code, refreshed.json()["scope"]) == (200, "user-library-read")


@pytest.mark.parametrize(
    ("end", "description"),
    [("expire_refresh_tokens", "Refresh token expired"), ("revoke_refresh_tokens", "Refresh token revoked")],
)
def test_what_is_ended_is_ended_wherever_it_came_from(end: str, description: str) -> None:
    """Ending tokens ends those of earlier sandboxes too; what is given afterwards is good."""
    with Sandbox() as earlier:
        user = _signed_in(earlier)
    with Sandbox() as later:
        later.expire_tokens()
        getattr(later, end)()
        form = {"grant_type": "refresh_token", "refresh_token": user["refresh_token"]}

        assert token_call(later, **form).json()["error_description"] == description
        with Api(later, user["access_token"]) as api, Api(later, _signed_in(later)["access_token"]) as new:
            assert api.call("GET", "/me").status_code == 401
            assert new.get("/me")["id"] == "ada"
