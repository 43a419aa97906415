"""Marked tests: their traffic with Spotify is recorded, replayed and checked, whatever client sends it.

`intercept` hands every request to Spotify here; the answer comes from the test's recording or, live, from
the run's target. What was exchanged is judged when the test's call is over, so that a violation is a
failure of the test and no error of its teardown; what its fixtures exchange later is judged after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_spotify.contracts.registry import scopes_by_operation
from pytest_spotify.errors import (
    ContractViolated,
    MissingRecording,
    ServiceError,
    SpotifyTestError,
    UnrecordableTraffic,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Request, Response
from pytest_spotify.intercept import intercept, intercept_in_cassette
from pytest_spotify.intercept.caller import caller_line, definition
from pytest_spotify.plugin.flow.checker import ExchangeChecker, FailureContext, SentExchange
from pytest_spotify.plugin.flow.recording import save_cassette
from pytest_spotify.plugin.flow.result import ItemResult
from pytest_spotify.plugin.flow.traffic import ReplayTraffic, fail_if_stale
from pytest_spotify.plugin.marked.cassette_paths import (
    access_for,
    cassette_root,
    marked_cassette_path,
    record_command,
)
from pytest_spotify.plugin.marked.fake_accounts import fake_token_response
from pytest_spotify.plugin.marked.marker import spotify_mark
from pytest_spotify.plugin.marked.sessions import client_environment
from pytest_spotify.plugin.state import PluginState


class MarkedTestTraffic:
    """The traffic of one marked test with Spotify. Safe to use from the test's threads."""

    def __init__(self, item: pytest.Item, state: PluginState, *, unblock_network: Callable[[], None]) -> None:
        self._item, self._state = item, state
        self._unblock_network = unblock_network  # lets the test reach other hosts
        self._mark = spotify_mark(item)
        self._sent: list[SentExchange] = []
        self._checked = 0
        # Raised at a client, which may have swallowed it.
        self._swallowed_error: SpotifyTestError | ContractViolated | None = None
        self._wide_fixture: str = ""  # the fixture at work that outlives the test
        self._exit_stack = ExitStack()
        self.result = ItemResult(kind="marked")
        self.passed = True
        self._access = access_for(item)
        self._cassette, self._record_command = marked_cassette_path(item), record_command(item)
        self._replay = ReplayTraffic(
            state, self._cassette, self.result, test=item.name, record=self._record_command
        )

    @contextmanager
    def open(self) -> Iterator[None]:
        """Answer every client of this process, from before the test's first fixture to after its last."""
        with client_environment(self._state), intercept(self.handle, hosts=self._hosts), self._exit_stack:
            if self._state.settings.sandbox:
                self._exit_stack.enter_context(self._state.sandbox.serving(self._access))
            self._state.guard = self
            try:
                yield
            finally:
                self._state.guard = None

    def handle(self, request: Request) -> Response:
        """Answer a request that some client sends."""
        __tracebackhide__ = True
        asked = self._state.target.canonical_request(request)
        if asked.url.startswith(ACCOUNTS_URL):
            if not self._state.settings.live:
                return fake_token_response(asked, self._scopes)
            response = self._state.transport(asked)
            self._state.known_secrets.add_from_exchange(Exchange(request=asked, response=response))
            return response
        exchange = Exchange(request=asked, response=self.transport(asked))
        self.record_exchange(exchange)
        return exchange.response

    def transport(self, request: Request) -> Response:
        """Answer a request to the Web API, without keeping it: a session tells of what its caller got."""
        __tracebackhide__ = True
        try:
            if self._wide_fixture:
                raise UnrecordableTraffic(
                    f"{request.method} {request.url.partition('?')[0]}: not sent. {self._wide_fixture} outlives the "
                    "test, so what it asks belongs to no one test's recording: make it function-scoped. "
                    "(Signing in is no matter: token requests are answered in every fixture.)"
                )
            return self._state.transport(request) if self._state.settings.live else self._replayed(request)
        except (SpotifyTestError, ContractViolated) as error:
            if not isinstance(error, ServiceError):  # a client may well try again
                self._swallowed_error = error
            raise

    def record_exchange(self, exchange: Exchange) -> None:
        """Note an exchange, and which line of the test brought it about."""
        if self._state.settings.live:
            self._state.known_secrets.add_from_exchange(exchange)
        self._sent.append(SentExchange(exchange=exchange, caller=self._caller()))

    @contextmanager
    def token_requests_only(self, fixture: pytest.FixtureDef[object]) -> Iterator[None]:
        """Answer token requests only, while a fixture that outlives the test is at work."""
        own = fixture.argname.startswith("_")  # pytest's name for setup_module and its like
        who = "set-up or tear-down" if own else f"fixture {fixture.argname!r}"
        outer, self._wide_fixture = self._wide_fixture, f"The {who} (scope {fixture.scope})"
        try:
            yield
        finally:
            self._wide_fixture = outer

    def adopt_vcr_cassette(self, fixture: pytest.FixtureDef[object], made: Any) -> None:
        """Get Spotify's traffic within the cassette of the test's own `vcr` mark too: it lies over ours."""
        if fixture.argname == "vcr" and hasattr(made, "play_response"):
            # Whatever option, mark or fixture said so: this is what pytest-recording made of them.
            if not made.write_protected:
                self._unblock_network()
            self._exit_stack.enter_context(intercept_in_cassette(made, self.handle, hosts=self._hosts))

    @contextmanager
    def check_after_call(self) -> Iterator[None]:
        """Check what is exchanged until the test's call is over."""
        __tracebackhide__ = True
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:
            if not isinstance(error, (SpotifyTestError, ContractViolated)) and (
                text := self._failure_text(error)
            ):
                self._item.add_report_section("call", "spotify", text)
            raise
        self.raise_pending()

    def finish(self) -> None:
        """Check what was exchanged after the call; record a test that passed, if this run records."""
        __tracebackhide__ = True
        if not self.passed:
            return
        self.raise_pending()
        self._checker.note_unused_allowances()
        settings = self._state.settings
        if settings.live:
            if settings.record_mode != "none" and self._sent:
                exchanges = [sent.exchange for sent in self._sent]
                save_cassette(
                    self._state,
                    self._cassette,
                    exchanges,
                    root=cassette_root(self._item),
                    access=self._access,
                )
        else:
            self._replay.finish(strict=self._checker.strict)

    def raise_pending(self) -> None:
        """Raise what does not fit, or the trouble that the test's code swallowed."""
        __tracebackhide__ = True
        swallowed, self._swallowed_error = self._swallowed_error, None
        if swallowed is not None:
            raise swallowed
        if text := self._failure_text():
            raise ContractViolated([], text)
        if self._checker.strict:
            fail_if_stale(self._state, self.result, self._record_command)

    def _failure_text(self, error: BaseException | None = None) -> str:
        """Return the text of what does not fit of what is not judged yet, empty where all does.

        With an error of the test's own, also of the field that it may be about.
        """
        unchecked, self._checked = self._sent[self._checked :], len(self._sent)
        texts = [] if self._swallowed_error is None else [str(self._swallowed_error)]
        texts += self._checker.failures(unchecked, self._failure_context)
        if error is not None:
            texts.append(self._checker.explain_missing_field(error, self._sent, self._failure_context))
        return "\n\n".join(filter(None, texts))

    def _replayed(self, request: Request) -> Response:
        __tracebackhide__ = True
        try:
            return self._replay.play(request)
        except MissingRecording as miss:
            wrong = self._checker.check_unrecorded_request(request, self._caller(), self._failure_context)
            if not wrong:
                raise
            text = f"{wrong}\n\n{miss}"
        raise ContractViolated([], text)

    def _caller(self) -> str:
        """Return the line of the test's code that runs now, else that of the test itself."""
        line = caller_line(self._item.config.rootpath, self._item.path)
        if line is None:
            path, number, _ = self._item.reportinfo()
            line = Path(path), definition(Path(path), (number or 0) + 1)
        return f"{self._state.display_path(line[0])}:{line[1]}"

    @property
    def _failure_context(self) -> FailureContext:
        state = self._state
        replayed = f"replayed: {state.display_path(self._cassette)}"
        return FailureContext(
            source=f"live: {state.target_name}" if state.settings.live else replayed,
            record="" if state.settings.live else self._record_command,
            from_sandbox=(state.target_name if state.settings.live else self.result.target) == "sandbox",
            verbose=state.verbose,
        )

    @cached_property
    def _checker(self) -> ExchangeChecker:
        registry = self._state.registry.for_access(self._access)
        return ExchangeChecker(registry, self._mark, self.result, strict=self._state.settings.strict)

    @property
    def _scopes(self) -> Iterable[str]:
        """Return what a token in replay is granted: everything, unless the mark says what."""
        if self._mark.scopes is not None:
            return self._mark.scopes
        return scopes_by_operation(self._state.registry.contracts.values(), self._access)

    @property
    def _hosts(self) -> set[str]:
        # Spotify's by name, so that plain http and other ports do not get past us either.
        names = {str(urlsplit(url).hostname) for url in (API_URL, ACCOUNTS_URL)}
        return names | {self._state.target.api_url, self._state.target.accounts_url}
