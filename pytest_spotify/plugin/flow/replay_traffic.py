"""The traffic of an item that replays: responses come from its cassette, tokens are dummies.

The accounts service of replay grants dummy tokens, as often as a client asks for one. Nothing of it is ever
recorded.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from pytest_spotify.auth.fake_tokens import DUMMY_TOKEN
from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.player import CassettePlayer
from pytest_spotify.errors import MissingRecording, StaleRecording, UnrecordableTraffic
from pytest_spotify.exchange import ACCOUNTS_URL, Exchange, Headers, Request, Response
from pytest_spotify.plugin.flow import HasPreconditions, ItemCassette, ItemResult, ItemTraffic
from pytest_spotify.plugin.state import CLIENT_VARIABLES, PluginState, client_variables, get_state
from pytest_spotify.report import FailureContext, record_lines
from pytest_spotify.transport.target import Target

if TYPE_CHECKING:
    from pytest_spotify.access import TokenKind
    from pytest_spotify.auth.source import TokenSource


class ReplayTraffic:
    """Responses of the item's cassette, which is loaded on the first request. Safe to use from threads."""

    needs_token = False
    has_cassette = True
    target = Target.spotify()  # cassettes have its addresses

    def __init__(self, state: PluginState, cassette: ItemCassette, result: ItemResult) -> None:
        self._state, self._cassette, self._result = state, cassette, result
        self._path = cassette.path
        if (stock := cassette.stock_path) and not cassette.path.exists() and stock.exists():
            self._path = stock
        self._lock = threading.Lock()
        self._player: CassettePlayer | None = None
        self._recorded = 0
        self._account: Mapping[str, Any] = {}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Set the variables that clients require to dummies."""
        with client_variables(DUMMY_VARIABLES):
            yield

    def prepare(self, subject: HasPreconditions) -> None:
        """Require nothing: a cassette has what the item needed when it was recorded."""

    def send(self, request: Request) -> Response:
        """Return the recorded response; raises MissingRecording with the command that records one."""
        __tracebackhide__ = True
        player = self._load()
        try:
            return player.respond(request)
        except MissingRecording as missing:
            self._result.lacks_recording = True
            path = self._state.display_path(self._path)
            raise MissingRecording(f"{missing}\n\nreplayed   {path}\n{self._record_lines()}") from None

    def request_token(self, request: Request, scopes: Collection[str]) -> Response:
        """Return a token that opens nothing."""
        __tracebackhide__ = True
        return fake_token_response(request, scopes)

    def token_source(self, kind: TokenKind, profile: str) -> TokenSource:  # noqa: ARG002 - one for all
        """Return a source of dummy tokens."""
        from pytest_spotify.auth.source import TokenSource

        return TokenSource.dummy()

    def account_value(self, name: str) -> str:
        """Return the value that was recorded with the cassette."""
        self._load()
        return str(self._account.get(name, ""))

    def learn_secrets(self, exchange: Exchange) -> None:
        """Learn nothing: cassettes have no secrets."""

    def failure_context(self) -> FailureContext:
        """Return the cassette and the command that records it again."""
        return FailureContext(
            source=f"replayed: {self._state.display_path(self._path)}",
            record_command=self._cassette.record_command,
            from_sandbox=self._result.target == "sandbox",
            verbose=self._state.verbose,
        )

    def compare(self, exchanges: Sequence[Exchange]) -> None:
        """Note nothing: the responses are the recorded ones."""

    def fail_if_stale(self, *, strict: bool) -> None:
        """Raise StaleRecording if the cassette is too old and the run is strict."""
        __tracebackhide__ = True
        if strict and self._result.stale_cassettes:
            raise StaleRecording(
                f"the recording is too old\n\n"
                f"replayed   {self._result.stale_cassettes[0]}\n"
                f"allowed    {self._state.settings.max_age} days (ini spotify_cassette_max_age)\n"
                f"{self._record_lines()}"
            )

    def finish(self, *, strict: bool) -> None:
        """Note the recorded requests that were not sent; raise if the item or the run is strict."""
        __tracebackhide__ = True
        if self._player is None and not self._path.exists():
            return
        if unused := self._load().unused():
            path = self._state.display_path(self._path)
            text = _describe_unused(unused, self._recorded)
            if strict or self._cassette.complete:
                raise MissingRecording(f"{text}\n\nreplayed   {path}\n{self._record_lines()}")
            self._result.unused_interactions.append(f"{path}  {text}")
        if self._result.stale_cassettes:
            self.fail_if_stale(strict=strict)

    def save(self, exchanges: Sequence[Exchange], *, replace: bool = True) -> None:
        """Write nothing: replay leaves cassettes as they are."""

    def _load(self) -> CassettePlayer:
        with self._lock:
            if self._player is None:
                cassette = self._cassette
                if not self._path.exists():
                    self._result.lacks_recording = True
                    raise MissingRecording(
                        f"{cassette.item.name} has no recording of its traffic with Spotify\n\n"
                        f"expected   {self._state.display_path(self._path)}\n{self._record_lines()}"
                    )
                strict = self._state.settings.strict
                if self._path == cassette.path:
                    loaded = load(
                        cassette.path, record_command=lambda: cassette.record_command, strict=strict
                    )
                else:
                    from pytest_spotify.cassettes.stock import load_stock

                    loaded = load_stock(self._path, cassette.access)
                if loaded.edited_by_hand:
                    self._result.edited_cassettes = [self._state.display_path(self._path)]
                self._result.set_provenance(loaded.provenance)
                if max_age := self._state.settings.max_age:
                    self._note_if_stale(loaded.provenance, max_age)
                self._recorded = len(loaded.exchanges)
                account = loaded.provenance.get("account")
                self._account = account if isinstance(account, dict) else {}
                self._player = CassettePlayer(loaded)
            return self._player

    def _record_lines(self) -> str:
        return "\n".join(record_lines(self._cassette.record_command))

    def _note_if_stale(self, provenance: Mapping[str, Any], max_age: int) -> None:
        """Note a cassette that is older than the ini file allows."""
        path = self._state.display_path(self._path)
        try:
            recorded = datetime.fromisoformat(str(provenance.get("recorded_at")))
            days = (datetime.now(UTC) - recorded).days
        except (ValueError, TypeError):  # TypeError: a time without a zone
            self._result.stale_cassettes = [f"{path}  does not say when it was recorded"]
            return
        if days > max_age:
            self._result.stale_cassettes = [f"{path}  recorded {recorded:%Y-%m-%d}, {days} days ago"]


def _describe_unused(unused: Sequence[Exchange], recorded: int) -> str:
    """Return a line with the number of recorded requests that were not sent, and the first of them."""
    first = unused[0].request
    verb = "was" if len(unused) == 1 else "were"
    return f"{len(unused)} of {recorded} recorded requests {verb} not sent; first: {first.method} {first.url}"


DUMMY_VARIABLES = dict.fromkeys(CLIENT_VARIABLES, DUMMY_TOKEN) | {
    "redirect_uri": "http://127.0.0.1:8888/callback"
}


def fake_token_response(request: Request, scopes: Iterable[str]) -> Response:
    """Return a success response to any grant that Spotify knows (RFC 6749 section 5.1).

    `scopes` are granted to a user: clients refuse a token that lacks what they asked for.
    """
    __tracebackhide__ = True
    path = request.url.partition("?")[0]
    if path != f"{ACCOUNTS_URL}/api/token" or request.method != "POST":
        raise UnrecordableTraffic(
            f"{request.method} {path}: nobody signs in while a test replays, only token requests are "
            "answered (POST /api/token): give the client a refresh token or a code of any value"
        )
    form = parse_qs(request.body.decode("utf-8", "replace"))
    kind = form.get("grant_type", [""])[0]
    # Clients that keep tokens in a file (spotipy's `.cache`) are soon rid of this one: they all take a
    # token for expired when it has a minute left.
    body: dict[str, object] = {"access_token": DUMMY_TOKEN, "token_type": "Bearer", "expires_in": 120}
    if kind != "client_credentials":
        body["scope"] = " ".join(sorted(scopes))
        # Some clients that refresh without a secret (PKCE) want a refresh token each time. It is the one
        # that they have: a dummy would take the place of somebody's sign-in in such a file.
        if kind != "refresh_token" or "Authorization" not in request.headers:
            body["refresh_token"] = form.get("refresh_token", [DUMMY_TOKEN])[0]
    return Response(
        status=200,
        headers=Headers({"Content-Type": "application/json"}),
        body=json.dumps(body).encode(),
    )


def traffic_for(config: pytest.Config, cassette: ItemCassette, result: ItemResult) -> ItemTraffic:
    """Return the traffic of an item: from its cassette, or from the target of a live run."""
    state = get_state(config)
    if state.live is None:
        return ReplayTraffic(state, cassette, result)
    from pytest_spotify.plugin.flow.live_traffic import LiveTraffic

    return LiveTraffic(state, state.live, cassette, result)
