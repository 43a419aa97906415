"""The hooks around a test, registered where a run has selected Spotify tests; no logic of their own."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_spotify.plugin.outcome import OUTCOME
from pytest_spotify.plugin.reporting import complete, explain
from pytest_spotify.plugin.run import run_of
from pytest_spotify.plugin.watch import WATCH, set_up, watched


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard a marked test, and keep a replayed one on this machine."""
    if item.get_closest_marker("spotify") is None:
        return (yield)
    with watched(item):
        return (yield)


@pytest.hookimpl
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin afresh; skip, live, a marked test that may not write or needs what the account lacks.

    Not before pytest's own look at `skip` marks, and before the first fixture.
    """
    __tracebackhide__ = True
    watch = item.stash.get(WATCH, None)
    if watch is None:
        return
    watch.begin()
    if watch.guard is not None and run_of(item.config).settings.live:
        from pytest_spotify.plugin.admission import admit

        admit(item)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Hold fixtures that outlive a test to sign-in, and tell the guard of those that are made for it."""
    __tracebackhide__ = True
    if fixturedef.scope != "function":
        with set_up(fixturedef, request):
            return (yield)
    made = yield
    if guard := run_of(request.config).guard:
        guard.was_set_up(fixturedef, made)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what a marked test exchanged, as part of its call."""
    __tracebackhide__ = True
    guard = run_of(item.config).guard
    if guard is None:
        return (yield)
    with guard.calling():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what its fixtures exchanged at last, and record a marked test that passed."""
    __tracebackhide__ = True
    result = yield
    guard = run_of(item.config).guard
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
        explain(report, item, call.excinfo)
    if OUTCOME in item.stash:
        complete(report, item, call)
    return report
