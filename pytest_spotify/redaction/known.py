"""The registry of secrets that must never appear in output or cassettes, and of the account's owner."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl

from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, split_url


class KnownSecrets:
    """Secrets of some providers, and those that clients in tests showed.

    `on_new` is called with secrets that a client showed, before anybody else sees them.
    """

    def __init__(self, on_new: Callable[[Iterable[str]], None]) -> None:
        self._on_new = on_new
        self._providers: list[Callable[[], Iterable[str]]] = []
        self._from_exchanges: set[str] = set()
        self._personal: set[str] = set()

    def add_provider(self, provider: Callable[[], Iterable[str]]) -> None:
        """Add a function that returns secrets; it is called for each search, as there may be more by then."""
        self._providers.append(provider)

    def secrets(self) -> list[str]:
        """Return the secrets that are known so far."""
        provided = [secret for provider in list(self._providers) for secret in provider()]
        return [*provided, *list(self._from_exchanges)]

    def masked_values(self) -> list[str]:
        """Return what is masked in output: the secrets, and the e-mail address of the account's owner."""
        return [*self.secrets(), *self._personal]

    def add_from_exchange(self, exchange: Exchange) -> None:
        """Add what an exchange of a client shows: tokens that it got by itself, and the account's owner."""
        new = set(filter(None, _secrets_in(exchange))) - self._from_exchanges
        self._on_new(new)
        self._from_exchanges |= new
        self.add_account_owner(exchange)

    def add_account_owner(self, exchange: Exchange) -> None:
        """Add the account's owner, who is masked in output; cassettes have pseudonyms."""
        self._personal |= set(filter(None, _owner_in(exchange)))


def _owner_in(exchange: Exchange) -> Iterator[str]:
    """Yield the e-mail address in the response of `GET /me`, which alone has one, and its local part."""
    if split_url(exchange.request.url)[0] == f"{API_URL}/me":
        with suppress(ValueError, AttributeError):
            email = str(json.loads(exchange.response.body).get("email") or "")
            yield email
            yield email.partition("@")[0]


def _secrets_in(exchange: Exchange) -> Iterator[str]:
    """Yield the secrets that a client shows as it signs in and sends requests (RFC 6749, RFC 6750)."""
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
