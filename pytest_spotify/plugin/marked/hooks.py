"""The hooks around a Spotify test, registered if a run has selected one.

A marked test is intercepted from before its first fixture to after its last.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest

from pytest_spotify.intercept.network import block_network, block_unseen_clients
from pytest_spotify.plugin.flow import ITEM_RESULT
from pytest_spotify.plugin.items import SpotifyItem, is_spotify_error
from pytest_spotify.plugin.items.failure_repr import cause_repr, short_repr
from pytest_spotify.plugin.items.reporting import add_to_report
from pytest_spotify.plugin.marked.other_traffic import OtherTraffic
from pytest_spotify.plugin.marked.traffic import MarkedTestTraffic, current_test
from pytest_spotify.plugin.state import get_state


class MarkedTestContext:
    """What is open while one marked test runs; opened again for each of its reruns."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._exit_stack = ExitStack()
        self.has_run = False
        self.open()

    def open(self) -> None:
        """Block the network, or Spotify's names in a live run, and intercept the test."""
        block = self._exit_stack.enter_context(ExitStack())
        config, settings = self._item.config, get_state(self._item.config).settings
        if settings.isolated:
            block.enter_context(block_network(self._item.nodeid))
        elif settings.live and config.getini("spotify_isolation"):
            self._exit_stack.enter_context(block_unseen_clients(self._item.nodeid))
        self.test = MarkedTestTraffic(self._item, unblock_network=block.close)
        self._item.stash[ITEM_RESULT] = self.test.result
        self._exit_stack.enter_context(self.test.open())
        self.other = OtherTraffic(self.test, isolated=settings.isolated)
        self._exit_stack.enter_context(self.other.open())

    def restart(self) -> None:
        """Begin another attempt, of a plugin that reruns tests, with nothing of the first."""
        self.close()
        self.open()

    def close(self) -> None:
        """Leave the process as it was."""
        self._exit_stack.close()

    def repr_failure(self, error: pytest.ExceptionInfo[BaseException]) -> Any:
        """Return our text of an error, as a `SpotifyItem` does; a traceback, which takes long, of another."""
        item = self._item
        if self.test.cause:
            return cause_repr(item, error, self.test.cause)
        if is_spotify_error(error.value):
            return short_repr(item, error)
        return type(item).repr_failure(item, error)


_CONTEXT: pytest.StashKey[MarkedTestContext] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Intercept a marked test, and keep a replayed item on this machine."""
    if item.get_closest_marker("spotify") is None:
        return (yield)
    if isinstance(item, SpotifyItem):
        isolated = get_state(item.config).settings.isolated
        with block_network(item.nodeid) if isolated else nullcontext():
            return (yield)
    context = item.stash[_CONTEXT] = MarkedTestContext(item)
    item.repr_failure = context.repr_failure  # type: ignore[assignment,method-assign]
    try:
        result = yield
    except BaseException:
        # Interrupted: fixtures are torn down at the end of the session, and may still send requests.
        item.config.add_cleanup(context.close)
        raise
    context.close()
    del item.stash[_CONTEXT], item.repr_failure  # a run has many items: none holds on to its exchanges
    return result


@pytest.hookimpl
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin an attempt; skip, live, a marked test whose preconditions are not met.

    Not before pytest's own look at `skip` marks, and before the first fixture.
    """
    __tracebackhide__ = True
    if context := item.stash.get(_CONTEXT, None):
        if context.has_run:
            context.restart()
        context.has_run = True
        context.test.traffic.prepare(context.test)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Restrict fixtures of a wider scope to sign-in, and adopt the cassette of the test's `vcr` mark."""
    __tracebackhide__ = True
    test = current_test(request.config)
    if fixturedef.scope != "function":
        with _explained_errors(test, "setup"), _restrict_wide_fixture(fixturedef, request):
            return (yield)
    if test is None:
        return (yield)
    with _explained_errors(test, "setup"):
        value = yield
    test.adopt_vcr_cassette(fixturedef, value)
    return value


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the exchanges of a marked test, as part of its call."""
    __tracebackhide__ = True
    context = item.stash.get(_CONTEXT, None)
    if context is None:
        return (yield)
    with _explained_errors(context.test, "call"):
        result = yield
    context.test.raise_pending()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Check the last exchanges of a marked test's fixtures, and record a test that passed."""
    __tracebackhide__ = True
    context = item.stash.get(_CONTEXT, None)
    if context is None:
        return (yield)
    with _explained_errors(context.test, "teardown"):
        result = yield
    context.test.finish()
    context.other.finish()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show our errors without a traceback, and add the result of the item to its last report."""
    report = yield
    cause = None
    if context := item.stash.get(_CONTEXT, None):
        cause, context.test.cause = context.test.cause, None
    add_to_report(report, item, call.excinfo, cause)
    return report


@contextmanager
def _explained_errors(test: MarkedTestTraffic | None, when: str) -> Iterator[None]:
    """Let a marked test explain an error that ends a phase of it."""
    __tracebackhide__ = True
    try:
        yield
    except BaseException as error:
        if test is not None:
            test.explain(error, when)
        raise


@contextmanager
def _restrict_wide_fixture(
    fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Let a fixture of a wider scope send token requests only: as it is set up, and whenever it ends."""
    test = current_test(request.config)
    ending = ExitStack()
    request.addfinalizer(ending.close)  # the last of its finalizers to run
    with test.token_requests_only(fixture) if test else nullcontext():
        yield
    restricted = partial(_restricted_end, fixture, request.config, test)
    request.addfinalizer(lambda: ending.enter_context(restricted()))  # and the first


@contextmanager
def _restricted_end(
    fixture: pytest.FixtureDef[object], config: pytest.Config, first: MarkedTestTraffic | None
) -> Iterator[None]:
    """Restrict the end of a fixture by the test that runs now, else by the one that set it up."""
    if test := current_test(config):
        with test.token_requests_only(fixture):
            yield
    elif first:
        with first.open(), first.token_requests_only(fixture):
            yield
            first.raise_pending()
    else:
        yield
