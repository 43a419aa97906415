"""The traffic of an item in a live run: sent to the target, compared with the cassette, perhaps recorded.

Before it is sent, the item's preconditions are checked: an item is skipped with its reason, or fails.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, login_command
from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.persister import has_recorded, write
from pytest_spotify.cassettes.player import pair_exchanges
from pytest_spotify.drift import compare
from pytest_spotify.drift.difference import Difference, Recorded
from pytest_spotify.errors import MissingScope, RunStopped, ServiceError, SpotifyTestError
from pytest_spotify.exchange import Exchange, Request, Response
from pytest_spotify.plugin.account_state import UnmetPrecondition
from pytest_spotify.plugin.flow import HasPreconditions, ItemCassette, ItemResult, Preconditions
from pytest_spotify.plugin.live import LiveServices
from pytest_spotify.plugin.state import PluginState, client_variables
from pytest_spotify.redaction.redact import redact_exchanges, redact_values
from pytest_spotify.report import FailureContext
from pytest_spotify.version import version

if TYPE_CHECKING:
    from pytest_spotify.access import TokenKind
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.transport.target import Target


class LiveTraffic:
    """Responses of the target. Safe to use from threads."""

    needs_token = True

    def __init__(
        self, state: PluginState, live: LiveServices, cassette: ItemCassette, result: ItemResult
    ) -> None:
        self._state, self._live, self._cassette, self._result = state, live, cassette, result
        self._account: dict[str, str] = {}
        # A 429 of the sandbox is one that the test itself arranged.
        self._retries = not (live.settings.sandbox and result.kind == "marked")

    @property
    def has_cassette(self) -> bool:
        """Return True if this run records."""
        return self._live.settings.record_mode != "none"

    @property
    def target(self) -> Target:
        """Return the target of the run."""
        return self._live.target

    @contextmanager
    def open(self) -> Iterator[None]:
        """Set the variables of the sandbox, if it is the target, and let it serve the access of the item."""
        with client_variables(self._live.client_variables()), self._live.serving(self._cassette.access):
            yield

    def prepare(self, subject: HasPreconditions) -> None:
        """Skip or fail an item whose preconditions are not met."""
        __tracebackhide__ = True
        preconditions = subject.preconditions
        self._retries = self._retries and not preconditions.client_retries
        self._live.transport.begin_test()
        with self._noted_outage():
            self._live.transport.limits.raise_if_stopped()
            if preconditions.user:
                self._live.transport.limits.raise_if_refused("user", DEFAULT_PROFILE)
            skip_or_fail(self._live, preconditions)

    def send(self, request: Request) -> Response:
        """Send a request to the target."""
        __tracebackhide__ = True
        with self._noted_outage():
            response = self._live.transport(request, retries=self._retries)
        self._result.met_outage |= response.status >= 500
        return response

    def request_token(self, request: Request, scopes: Collection[str]) -> Response:  # noqa: ARG002 - replay's
        """Send a request to the accounts service."""
        __tracebackhide__ = True
        response = self.send(request)
        self.learn_secrets(Exchange(request=request, response=response))
        return response

    def token_source(self, kind: TokenKind, profile: str) -> TokenSource:
        """Return the source of tokens of that kind; skips if a user's token cannot be had."""
        if kind == "user":
            skip_without_user(self._live, profile)
        with self._noted_outage():
            self._live.transport.limits.raise_if_refused(kind, profile)
        return self._live.token_source(kind, profile)

    def account_value(self, name: str) -> str:
        """Return a value that belongs to the account; it is recorded with the exchanges."""
        __tracebackhide__ = True
        self._account[name] = account_value(self._live, name)
        return self._account[name]

    def learn_secrets(self, exchange: Exchange) -> None:
        """Add the secrets that a client of the test showed to those that are known."""
        self._live.known_secrets.add_from_exchange(exchange)

    def failure_context(self) -> FailureContext:
        """Return the name of the target."""
        return FailureContext(
            source=f"live: {self._live.target_name}",
            from_sandbox=self._live.target_name == "sandbox",
            verbose=self._state.verbose,
        )

    def compare(self, exchanges: Sequence[Exchange]) -> None:
        """Note how the shape of the responses differs from what was recorded of the same target."""
        for exchange in exchanges:
            self._live.known_secrets.add_account_owner(exchange)
        if exchanges and self._cassette.path.exists():
            self._result.drift = [each.to_json() for each in self._drift(exchanges)]

    def fail_if_stale(self, *, strict: bool) -> None:
        """Do nothing: a live run does not depend on the age of the cassette."""

    def finish(self, *, strict: bool) -> None:
        """Do nothing: a live run does not use the cassette up."""

    def save(self, exchanges: Sequence[Exchange], *, replace: bool = True) -> None:
        """Write the exchanges in place of what was recorded before; raises LeakFound for a secret in them.

        With record mode `once`, or without `replace`, an existing cassette stays.
        """
        mode, path = self._live.settings.record_mode, self._cassette.path
        if mode == "none" or not exchanges or ((mode == "once" or not replace) and path.exists()):
            return
        secrets = self._live.secrets()
        authorized = any("Authorization" in exchange.request.headers for exchange in exchanges)
        profile = self._live.account.profile() if authorized and self._live.has_token("user") else None
        redacted = redact_exchanges(exchanges, secrets, profile, extra=[self._redaction_hook()])
        provenance = {
            "recorded_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "target": self._live.target_name,
            "access": self._cassette.access,
            "plugin": version(),
            "account": dict(redact_values(self._account, secrets, profile)),
        }
        if self._live.settings.max_age or not has_recorded(path, redacted, provenance):
            write(path, redacted, provenance, root=self._cassette.root, secrets=secrets)

    @contextmanager
    def _noted_outage(self) -> Iterator[None]:
        """Note an outage, which is no fault of the test, whatever the test's client makes of it."""
        __tracebackhide__ = True
        try:
            yield
        except RunStopped as error:
            self._result.not_asked = str(error)
            raise
        except ServiceError:
            self._result.met_outage = True
            raise

    def _drift(self, exchanges: Sequence[Exchange]) -> list[Difference]:
        try:
            cassette = load(self._cassette.path)
            # The cassette was redacted too, which may change the shape of a response.
            redacted = redact_exchanges(exchanges)
        except SpotifyTestError:
            return []
        is_comparable = cassette.provenance.get("target") == self._live.target_name
        pairs = list(pair_exchanges(cassette, redacted)) if is_comparable else []
        self._result.compared = len(pairs)
        day = str(cassette.provenance.get("recorded_at", ""))[:10]
        registry = self._state.registry.for_access(self._cassette.access)
        found = (compare([Recorded(recorded, day)], [now], registry) for recorded, now in pairs)
        return list({each.id: each for each in chain.from_iterable(found)}.values())

    def _redaction_hook(self) -> Callable[[Exchange], Exchange]:
        config = self._state.config
        hook = config.hook.pytest_spotify_redact

        def redact(exchange: Exchange) -> Exchange:
            for changed in hook(config=config, exchange=exchange):
                exchange = changed or exchange
            return exchange

        return redact


def skip_or_fail(live: LiveServices, preconditions: Preconditions) -> None:
    """Skip an item that would write without leave, or needs what is not there; may raise MissingScope."""
    __tracebackhide__ = True
    if preconditions.writes and not live.settings.allow_writes:
        pytest.skip("changes the account, which only --spotify-write allows")
    if preconditions.user:
        skip_without_user(live)
    if preconditions.scopes:
        require_scopes(preconditions.scopes, live.token_source("user").token().scopes)
    if live.settings.sandbox:
        if preconditions.reset:
            live.sandbox.reset()  # no case sees what another test left behind
        live.sandbox.arrange(preconditions.needs)
    elif preconditions.needs:
        try:
            live.account.require(preconditions.needs)
        except UnmetPrecondition as unmet:
            pytest.skip(str(unmet))


def account_value(live: LiveServices, name: str) -> str:
    """Return a value that belongs to the account; skips if it has none."""
    try:
        return live.account.value(name)
    except UnmetPrecondition as unmet:
        pytest.skip(str(unmet))


def skip_without_user(live: LiveServices, profile: str = DEFAULT_PROFILE) -> None:
    """Skip if no user's token can be had."""
    if not live.has_token("user", profile):
        pytest.skip(missing_user_reason(profile))


def missing_user_reason(profile: str = DEFAULT_PROFILE) -> str:
    """Return the reason to skip a test without a user's token, with the command that gets one."""
    return f"needs a user's token; `{login_command(profile)}` gets one"


def require_scopes(wanted: frozenset[str], granted: frozenset[str] | None) -> None:
    """Raise MissingScope if a wanted scope was not granted; with None the granted scopes are not known."""
    __tracebackhide__ = True
    if granted is None:  # the response of the API will say
        return
    missing = sorted(wanted - granted)
    if missing:
        raise MissingScope(
            f"the test's mark names {', '.join(missing)}, which the user's token was not granted; it has "
            f"{', '.join(sorted(granted)) or 'no scope'}. Sign in again: `pytest-spotify login`"
        )
