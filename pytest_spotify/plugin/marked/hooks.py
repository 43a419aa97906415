"""The hooks around a test, registered where a run has selected Spotify tests; no logic of their own."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_spotify.plugin.flow.result import ITEM_RESULT
from pytest_spotify.plugin.marked.lifecycle import ITEM_CONTEXT, item_context, restrict_wide_fixture
from pytest_spotify.plugin.reporting import attach_result, replace_traceback
from pytest_spotify.plugin.state import get_state


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """MarkedTestTraffic a marked test, and keep a replayed one on this machine."""
    if item.get_closest_marker("spotify") is None:
        return (yield)
    with item_context(item):
        return (yield)


@pytest.hookimpl
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin afresh; skip, live, a marked test that may not write or needs what the account lacks.

    Not before pytest's own look at `skip` marks, and before the first fixture.
    """
    __tracebackhide__ = True
    context = item.stash.get(ITEM_CONTEXT, None)
    if context is None:
        return
    context.restart_if_rerun()
    if context.guard is not None and get_state(item.config).settings.live:
        from pytest_spotify.plugin.flow.preconditions import skip_or_fail

        skip_or_fail(item)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Hold fixtures that outlive a test to sign-in, and tell the guard of those that are made for it."""
    __tracebackhide__ = True
    if fixturedef.scope != "function":
        with restrict_wide_fixture(fixturedef, request):
            return (yield)
    made = yield
    if guard := get_state(request.config).guard:
        guard.adopt_vcr_cassette(fixturedef, made)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """ExchangeChecker what a marked test exchanged, as part of its call."""
    __tracebackhide__ = True
    guard = get_state(item.config).guard
    if guard is None:
        return (yield)
    with guard.check_after_call():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """ExchangeChecker what its fixtures exchanged at last, and record a marked test that passed."""
    __tracebackhide__ = True
    result = yield
    guard = get_state(item.config).guard
    if guard is not None:
        guard.finish()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let our errors speak for themselves, and send what was learned to the summary."""
    report = yield
    if call.excinfo is not None:
        replace_traceback(report, item, call.excinfo)
    if ITEM_RESULT in item.stash:
        attach_result(report, item, call)
    return report
