"""Which texts a run knows as secrets: of credentials, of tokens, of what clients send and are granted."""

from __future__ import annotations

import base64
from collections.abc import Iterable

import pytest

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.token import Token
from pytest_spotify.auth.user import secret_values
from pytest_spotify.redaction import Secret
from pytest_spotify.redaction.masking import KnownSecrets, OutputMasker
from pytest_spotify.redaction.patterns import environment_secrets
from tests.support.traffic_samples import exchange

TOKEN_URL = "https://accounts.spotify.com/api/token"
PAIR = base64.b64encode(b"id:the-client-secret").decode()
EXCHANGES = {
    "Bearer": (exchange({}, request_headers={"Authorization": "Bearer the-token"}), {"the-token"}),
    "Basic": (exchange({}, request_headers={"Authorization": f"Basic {PAIR}"}), {"the-client-secret"}),
    "grant": (
        exchange({"access_token": "granted-1", "refresh_token": "granted-2", "scope": "x"}, url=TOKEN_URL),
        {"granted-1", "granted-2"},
    ),
    "grant of another service": (exchange({"access_token": "granted-1"}, url="https://example.org/"), set()),
}


@pytest.mark.parametrize("name", EXCHANGES)
def test_what_a_client_shows_is_known(name: str) -> None:
    """Each secret of an exchange is known, and handed on before anybody else sees it, once."""
    shown, secrets = EXCHANGES[name]
    handed_on: list[str] = []

    def on_new(new: Iterable[str]) -> None:
        handed_on.extend(new)

    known = KnownSecrets(on_new)
    known.add_from_exchange(shown)
    known.add_from_exchange(shown)
    assert secrets <= set(known.secrets())
    assert secrets or "granted-1" not in known.secrets()
    assert sorted(handed_on) == sorted(known.secrets())


def test_the_owners_address_is_masked_and_no_secret() -> None:
    """The e-mail address in the profile is masked in output, but does not refuse a cassette."""
    known = KnownSecrets(lambda _: None)
    known.add_from_exchange(exchange({"email": "anna.exempel@mail.se"}, url="https://api.spotify.com/v1/me"))
    assert {"anna.exempel@mail.se", "anna.exempel"} <= set(known.masked_values())
    assert "anna.exempel@mail.se" not in known.secrets()


def test_all_secrets_of_credentials_and_tokens_are_known() -> None:
    """Of an app its secret, refresh token and the pair of a Basic header; of a token both of its texts."""
    credentials = Credentials(client_id="id", client_secret=Secret("cs"), refresh_token=Secret("rt"))
    assert sorted(secret_values(credentials)) == ["cs", "id:cs", "rt"]
    assert secret_values(Credentials(client_id="id")) == []
    token = Token(access_token=Secret("at"), refresh_token=Secret("rt"))
    assert sorted(secret_values(token)) == ["at", "rt"]


@pytest.mark.parametrize(("length", "is_secret"), [(7, False), (8, True)])
def test_the_shortest_secret_has_eight_characters(length: int, is_secret: bool) -> None:
    """A text of eight is masked and searched for, a shorter one is not: many a word would hold it."""
    secret = "qZ7kP9wX"[:length]
    assert (environment_secrets({"SPOTIFY_CLIENT_SECRET": secret}) != {}) == is_secret
    assert (OutputMasker([secret]).text(f"<{secret}>") == "<***>") == is_secret
