"""Known secrets: collected by `KnownSecrets`, and hidden in text that is about to be shown.

A file is refused if a secret is found in it; what a test prints can only be shown without it. pytest shortens
long values, so `OutputMasker` hides any piece of eight characters too.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from urllib.parse import parse_qsl

from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, split_url
from pytest_spotify.redaction import MASK, encodings_of
from pytest_spotify.redaction.patterns import MIN_SECRET, is_placeholder

PIECE = 8


class OutputMasker:
    """A mask for some secrets in any text. The case of letters does not count."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = {secret for secret in secrets if len(secret) >= MIN_SECRET}
        # Ordinary words made up for a test, or an e-mail address: its pieces occur everywhere.
        whole = {secret for secret in known if is_placeholder(secret) or "@" in secret}
        encodings = [_lower(text) for secret in known - whole for text in encodings_of(secret).values()]
        self._whole = [re.compile(re.escape(secret), re.IGNORECASE) for secret in sorted(whole)]
        self._pieces = {text[at : at + PIECE] for text in encodings for at in range(len(text) - PIECE + 1)}
        letters = re.escape("".join(sorted({letter for text in encodings for letter in text})))
        # Prose is mostly shorter words: most of it is never looked at.
        self._runs = re.compile(f"[{letters}]{{{PIECE},}}" if letters else "(?!)")

    def text(self, text: str) -> str:
        """Return the text without any piece of a secret."""
        for pattern in self._whole:
            text = pattern.sub(MASK, text)
        hidden = list(self._places(_lower(text)))
        for start, end in reversed(hidden):
            text = text[:start] + MASK + text[end:]
        return text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of each piece, those that touch or overlap as one."""
        start = end = -1
        for run in self._runs.finditer(text):
            for at in range(run.start(), run.end() - PIECE + 1):
                if text[at : at + PIECE] not in self._pieces:
                    continue
                if at > end >= 0:
                    yield start, end
                start = at if at > end else start
                end = at + PIECE
        if end >= 0:
            yield start, end


def _lower(text: str) -> str:
    """Return the text in lower case, each character at its position."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text.translate(_SMALL)


_SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}


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
