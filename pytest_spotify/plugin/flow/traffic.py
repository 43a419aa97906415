"""The traffic of one Spotify item, replayed or live: an interface, and the values that it takes.

`flow.traffic_for` decides which of the two it is, once for each item.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_spotify.access import Access, TokenKind
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.exchange import Exchange, Request, Response
    from pytest_spotify.report.failure import FailureContext
    from pytest_spotify.transport.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCassette:
    """The cassette of one item. No cassette lies outside of `root`."""

    path: Path
    root: Path
    access: Access
    item_name: str
    record_command: str
    complete: bool  # every recorded request has to be sent, also without --spotify-strict


@dataclass(frozen=True, slots=True, kw_only=True)
class Preconditions:
    """The preconditions of an item in a live run."""

    needs: tuple[str, ...] = ()
    user: bool = False  # a user's token
    writes: bool = False
    scopes: frozenset[str] | None = None
    reset: bool = False  # begin with the sandbox as it was started


@dataclass(frozen=True, slots=True, kw_only=True)
class SentExchange:
    """An exchange of an item, and who sent it: `musicbox.py:10, from tests/test_musicbox.py:15`."""

    exchange: Exchange
    caller: str = ""


class HasPreconditions(Protocol):
    """A contract case or a marked test."""

    @property
    def preconditions(self) -> Preconditions:
        """Return its preconditions in a live run."""


class ItemTraffic(Protocol):
    """The source of the exchanges of one item, and what is done with them."""

    needs_token: bool  # requests have to carry a token that is valid

    @property
    def target(self) -> Target:
        """Return the target of requests."""

    def open(self) -> AbstractContextManager[None]:
        """Give the clients of a marked test what they need while it is open: variables, and the access."""

    def prepare(self, subject: HasPreconditions) -> None:
        """Skip or fail an item whose preconditions are not met."""

    def send(self, request: Request) -> Response:
        """Return the response to a request to the Web API at Spotify's own address."""

    def request_token(self, request: Request, scopes: Collection[str]) -> Response:
        """Return the accounts service's response; `scopes` are granted in replay."""

    def token_source(self, kind: TokenKind, profile: str) -> TokenSource:
        """Return the source of tokens for sessions; skips if a user's token cannot be had."""

    def account_value(self, name: str) -> str:
        """Return a value that belongs to the account, such as the id of its first playlist."""

    def learn_secrets(self, exchange: Exchange) -> None:
        """Add the secrets that a client of the test showed to those that are known."""

    def failure_context(self) -> FailureContext:
        """Return the source of the exchanges, for the text of a failure."""

    def compare(self, exchanges: Sequence[Exchange]) -> None:
        """Note how the responses differ from the recorded ones."""

    def fail_if_stale(self, *, strict: bool) -> None:
        """Raise StaleRecording if the cassette is too old and the run is strict."""

    def finish(self, *, strict: bool) -> None:
        """Note recorded requests that were not sent; raise if that counts as a failure."""

    def save(self, exchanges: Sequence[Exchange], *, replace: bool = True) -> None:
        """Write the exchanges of an item that ended as it should, if this run records."""
