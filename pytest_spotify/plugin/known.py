"""What a run knows that may not be shown or written: its secrets, and whose account it is."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest

from pytest_spotify.auth.environment import environment
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange
from pytest_spotify.plugin.masks import mask
from pytest_spotify.redaction.patterns import environment_secrets

if TYPE_CHECKING:
    from pytest_spotify.auth.user import AuthorizedUser


class Known:
    """Secrets of the environment, of the identities in use, and what clients in tests showed."""

    def __init__(self, config: pytest.Config, identities: Mapping[str, AuthorizedUser]) -> None:
        self._config = config
        self._identities = identities  # those in use so far
        self._learned: set[str] = set()
        self._personal: set[str] = set()

    def secrets(self) -> list[str]:
        """Return the secrets that are known so far."""
        known = [*self._of_environment, *list(self._learned)]
        for identity in list(self._identities.values()):
            known += [identity.credentials.client_id, *identity.secret_values()]
        return known

    def hidden(self) -> list[str]:
        """Return what may not be shown: the secrets, and who the account's owner is."""
        return [*self.secrets(), *self._personal]

    def learn(self, exchange: Exchange) -> None:
        """Remember what a client in a test shows: tokens that it got by itself, and who owns the account."""
        new = set(filter(None, _secrets_in(exchange))) - self._learned
        mask(self._config, new)
        self._learned |= new
        self.learn_owner(exchange)

    def learn_owner(self, exchange: Exchange) -> None:
        """Remember who owns the account, to keep it out of what is shown; recordings have pseudonyms."""
        self._personal |= set(filter(None, _owner_in(exchange)))

    @cached_property
    def _of_environment(self) -> list[str]:
        variables: Mapping[str, str] = os.environ
        with suppress(SpotifyTestError):  # said where it is needed; what is set is secret all the same
            variables = environment(os.environ)
        return list(environment_secrets(variables).values())


def _owner_in(exchange: Exchange) -> Iterator[str]:
    """Yield what tells whose account it is, of the one answer that does: `GET /me`."""
    if exchange.request.url.partition("?")[0] == f"{API_URL}/me":
        with suppress(ValueError, AttributeError):
            email = str(json.loads(exchange.response.body).get("email") or "")
            yield email
            yield email.partition("@")[0]


def _secrets_in(exchange: Exchange) -> Iterator[str]:
    """Yield the secrets that a client of a test shows as it signs in and asks (RFC 6749, RFC 6750)."""
    scheme, _, credentials = exchange.request.headers.get("Authorization").partition(" ")
    if scheme.lower() == "bearer":
        yield credentials
    elif scheme.lower() == "basic":
        with suppress(ValueError):
            yield b64decode(credentials).decode().partition(":")[2]
    if exchange.request.url.startswith(ACCOUNTS_URL):
        with suppress(ValueError):
            form = dict(parse_qsl(exchange.request.body.decode()))
            yield from (form[name] for name in ("client_secret", "code", "refresh_token") if name in form)
            granted = json.loads(exchange.response.body)
            yield from (str(granted[name]) for name in ("access_token", "refresh_token") if name in granted)
