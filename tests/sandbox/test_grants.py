"""What the accounts service gives out, and the rules for redirect URIs."""

from __future__ import annotations

import pytest

from pytest_spotify.sandbox.client import Client, is_loopback
from pytest_spotify.sandbox.grants import GrantError, Grants

_CLIENT = Client(
    id="app",
    secret="secret",
    redirect_uris=(
        "https://app.example/back",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:8888/other",
        "app:/back",
    ),
)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/back",
        "app:/back",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:49152/callback",
        "http://127.0.0.1:8888/other",
    ],
)
def test_registered_redirect_uris_are_allowed(uri: str) -> None:
    """The registered URI is good to the letter; a loopback literal without a port stands for any port."""
    assert _CLIENT.allows(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://app.example/back/",
        "https://app.example/Back",
        "https://app.example:8443/back",
        "http://127.0.0.1:49152/callback/",
        "http://127.0.0.1:9999/other",
        "http://localhost:49152/callback",
        "http://127.0.0.2:49152/callback",
    ],
)
def test_other_redirect_uris_are_refused(uri: str) -> None:
    """Case, trailing slash, port and host all count."""
    assert not _CLIENT.allows(uri)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("localhost", False),
        ("10.0.0.1", False),
        (None, False),
    ],
)
def test_loopback_means_literals(host: str | None, expected: bool) -> None:
    """The name `localhost` is no loopback literal (RFC 8252 section 8.3)."""
    assert expected == is_loopback(host)


def test_secrets_stay_out_of_repr() -> None:
    """What stands for a secret is not shown when a test fails."""
    assert "secret=" not in repr(_CLIENT)


def test_rotation_revokes_the_grant_on_reuse() -> None:
    """With rotation on, an old refresh token that comes again takes the new one down with it."""
    grants = Grants(_CLIENT)
    grants.rotate = True
    grants.grant_all_scopes("ada", "first")
    second = str(grants.refresh("first", proved=True)["refresh_token"])
    grants.refresh(second, proved=True)

    for token in ("first", second):
        with pytest.raises(GrantError) as refused:
            grants.refresh(token, proved=True)
        assert refused.value.body == {"error": "invalid_grant", "error_description": "Refresh token revoked"}
