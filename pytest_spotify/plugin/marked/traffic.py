"""The traffic of one marked test with Spotify, whatever client sends it.

`intercept` hands every request to Spotify over to `MarkedTestTraffic`; the response comes from the traffic of
the item. Exchanges are checked when the test's call is over, so that a violation is a failure of the test and
no error of its tear-down; what its fixtures send later is checked after them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
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
from pytest_spotify.intercept.interception import intercept, intercept_in_cassette
from pytest_spotify.intercept.unseen import note_received
from pytest_spotify.plugin.flow import Failure, ItemResult, Preconditions, SentExchange, contract_violated
from pytest_spotify.plugin.flow.checker import Expectation, ItemChecker
from pytest_spotify.plugin.flow.replay_traffic import traffic_for
from pytest_spotify.plugin.items import is_spotify_error
from pytest_spotify.plugin.items.failure_repr import SECTION
from pytest_spotify.plugin.marked import access_for, marked_cassette, sending_lines, spotify_mark
from pytest_spotify.plugin.marked.causes import error_chain, refused_token
from pytest_spotify.plugin.state import get_state

_CURRENT: pytest.StashKey[MarkedTestTraffic | None] = pytest.StashKey()


class MarkedTestTraffic:
    """The traffic of one marked test. Safe to use from the test's threads."""

    def __init__(self, item: pytest.Item, *, unblock_network: Callable[[], None]) -> None:
        self.item, self._state = item, get_state(item.config)
        self._unblock_network = unblock_network
        self._mark, self._access = spotify_mark(item), access_for(item)
        self._sent: list[SentExchange] = []
        self._checked = 0
        # Raised at a client, which may have swallowed it.
        self._swallowed_error: SpotifyTestError | ContractViolated | None = None
        self.cause: Exception | None = None  # of the error that ended the phase that runs now
        self._wide_fixture = ""  # the fixture of a wider scope that runs now
        self.expected_status: int | None = None  # of requests that the test means to be wrong
        self.has_sent = False  # a request to Spotify, of any kind
        self._exit_stack = ExitStack()
        self.result = ItemResult(kind="marked")
        self.traffic = traffic_for(item.config, marked_cassette(item), self.result)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Intercept every client of this process, from before the test's first fixture to after its last.

        Nothing is left when it is closed: fixtures that outlive the test may open it again, and what the test
        did is no fault of the test that runs by then.
        """
        with self.traffic.open(), intercept(self.handle, hosts=self.hosts), self._exit_stack:
            self.item.config.stash[_CURRENT] = self
            try:
                yield
            finally:
                self.item.config.stash[_CURRENT] = None
                self._sent, self._checked, self._swallowed_error = [], 0, None

    @property
    def preconditions(self) -> Preconditions:
        """Return the test's preconditions in a live run."""
        writes = self.item.get_closest_marker("spotify_write") is not None
        needs, scopes = self._mark.needs, self._mark.scopes
        user, retries = bool(writes or needs or scopes), self._mark.client_retries
        return Preconditions(needs=needs, user=user, writes=writes, scopes=scopes, client_retries=retries)

    def handle(self, request: Request) -> Response:
        """Return the response to a request that some client sends."""
        __tracebackhide__ = True
        request = self.traffic.target.canonical_request(request)
        if request.url.startswith(ACCOUNTS_URL):
            self._note_sent()
            return self.traffic.request_token(request, self._scopes)
        exchange = Exchange(request=request, response=self.send(request))
        self.record_exchange(exchange)
        return exchange.response

    def send(self, request: Request) -> Response:
        """Return the response to a request to the Web API; whoever sent it records the exchange."""
        __tracebackhide__ = True
        self._note_sent()
        try:
            if self._wide_fixture and self.traffic.has_cassette:
                raise UnrecordableTraffic(
                    f"{request.method} {request.url.partition('?')[0]}: not sent. {self._wide_fixture} "
                    "outlives the test, so its requests belong to no one test's recording: make it "
                    "function-scoped. "
                    "(Signing in is possible: token requests are answered in every fixture.)"
                )
            return self._send(request)
        except (SpotifyTestError, ContractViolated) as error:
            if not isinstance(error, ServiceError):  # a client may well try again
                self._swallowed_error = error
            raise

    def record_exchange(self, exchange: Exchange) -> None:
        """Note an exchange and the line of the test that sent it."""
        self.traffic.learn_secrets(exchange)
        expected = exchange.response.status == self.expected_status
        self._sent.append(
            SentExchange(exchange=exchange, caller=sending_lines(self.item), request_may_violate=expected)
        )

    @property
    def statuses(self) -> list[int]:
        """Return the statuses of the responses so far."""
        return [sent.exchange.response.status for sent in self._sent]

    @contextmanager
    def token_requests_only(self, fixture: pytest.FixtureDef[object]) -> Iterator[None]:
        """While a fixture of a wider scope runs, answer token requests and reject all others."""
        own = fixture.argname.startswith("_")  # pytest's name for setup_module and its like
        name = "set-up or tear-down" if own else f"fixture {fixture.argname!r}"
        outer, self._wide_fixture = self._wide_fixture, f"The {name} (scope {fixture.scope})"
        try:
            yield
        finally:
            self._wide_fixture = outer

    def adopt_vcr_cassette(self, fixture: pytest.FixtureDef[object], value: Any) -> None:
        """Intercept within the cassette of the test's own `vcr` mark too: clients meet it before ours."""
        if fixture.argname == "vcr" and hasattr(value, "play_response"):
            # Whatever option, mark or fixture decided: this is what pytest-recording made of them.
            if not value.write_protected:
                self._unblock_network()
            self._exit_stack.enter_context(intercept_in_cassette(value, self.handle, hosts=self.hosts))

    def explain(self, error: BaseException, when: str) -> None:
        """Find the cause of an error of the test's own code: the report of that phase begins with it.

        An assertion is what the test itself is about: there the cause is a section of the report.
        """
        if is_spotify_error(error) or not isinstance(error, (Exception, SystemExit, pytest.fail.Exception)):
            return  # an error of ours explains itself; others are a skip, or an interruption
        cause = self._cause_of(error)
        if cause is not None and isinstance(error, (AssertionError, pytest.fail.Exception)):
            self.item.add_report_section(when, SECTION, str(cause))
        else:
            self.cause = self.cause or cause  # a fixture that the test requests by name is explained first

    def finish(self) -> None:
        """Check the exchanges after the call; record a test that ended as it should, if this run records."""
        __tracebackhide__ = True
        exchanges = [sent.exchange for sent in self._sent]
        self.traffic.compare(exchanges)
        if self.result.outcome == "passed":
            self.raise_pending()
            self._checker.note_unused_allowances()
            self.traffic.finish(strict=self.strict)
        if self.result.is_recordable:
            self.traffic.save(exchanges, replace=self.result.outcome == "passed")

    def raise_pending(self) -> None:
        """Raise pending violations, or a plugin error that the test's own code swallowed."""
        __tracebackhide__ = True
        error, self._swallowed_error = self._swallowed_error, None
        if error is not None:
            raise error
        if failures := self._check_pending():
            raise contract_violated(failures)
        if self.result.stale_cassettes:
            self.traffic.fail_if_stale(strict=self.strict)

    def _check_pending(self) -> list[Failure]:
        """Return the failures of the exchanges that were not checked yet."""
        pending, self._checked = self._sent[self._checked :], len(self._sent)
        return self._checker.failures(pending, self.traffic.failure_context)

    def _cause_of(self, error: BaseException) -> Exception | None:
        """Return what a test's error comes from: a violation, a field that is not sent, an error of ours."""
        failures = self._check_pending()
        context = self.traffic.failure_context()
        if missing := self._checker.explain_missing_field(error, self._sent, context):
            failures.append(missing)
        ours = self._swallowed_error or next(filter(is_spotify_error, error_chain(error)), None)
        if not failures:
            return ours or (refused_token(self._sent, context) if self.traffic.needs_token else None)
        return contract_violated(failures, *([str(ours)] if ours else []))

    def _send(self, request: Request) -> Response:
        __tracebackhide__ = True
        try:
            return self.traffic.send(request)
        except MissingRecording:
            if self.expected_status is not None:
                raise
            context = self.traffic.failure_context()
            failure = self._checker.check_unrecorded_request(request, sending_lines(self.item), context)
            if failure is None:
                raise
            self.result.lacks_recording = False  # what is wrong does not depend on the response
        raise ContractViolated(*failure)

    @property
    def strict(self) -> bool:
        """Return True if the test or the run is strict."""
        return self._state.settings.strict if self._mark.strict is None else self._mark.strict

    def _note_sent(self) -> None:
        self.has_sent = True
        note_received()

    @cached_property
    def _checker(self) -> ItemChecker:
        expectation = Expectation(scopes=self._mark.scopes, allow=self._mark.allow)
        registry = self._state.registry.for_access(self._access)
        observe = bool(self._state.settings.report_files)
        return ItemChecker(registry, expectation, self.result, strict=self.strict, observe=observe)

    @property
    def _scopes(self) -> Collection[str]:
        """Return the scopes of a token in replay: all of them, unless the mark names some."""
        if self._mark.scopes is not None:
            return self._mark.scopes
        return scopes_by_operation(self._state.registry.contracts.values(), self._access)

    @cached_property
    def hosts(self) -> set[str]:
        """Return what is intercepted: Spotify's names, and the origins of the target."""
        # Spotify's by name, so that plain http and other ports are intercepted too.
        names = {str(urlsplit(url).hostname) for url in (API_URL, ACCOUNTS_URL)}
        return names | {self.traffic.target.api_url, self.traffic.target.accounts_url}


def current_test(config: pytest.Config) -> MarkedTestTraffic | None:
    """Return the traffic of the marked test that runs now, or None."""
    return config.stash.get(_CURRENT, None)
