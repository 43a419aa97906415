"""From tests to the terminal: our errors without tracebacks, and what the run learned about the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest

from pytest_spotify.errors import (
    AuthorizationError,
    ContractViolated,
    MissingRecording,
    RequestBudgetExceeded,
    ServiceError,
    SpotifyTestError,
    StaleRecording,
    UnreadableTraffic,
)
from pytest_spotify.plugin.flow.result import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items.item import SpotifyItem, is_spotify_error, short_repr
from pytest_spotify.plugin.marked.lifecycle import ITEM_CONTEXT
from pytest_spotify.plugin.state import PluginState, get_state
from pytest_spotify.report.run_summary import run_summary

_COUNTED: pytest.StashKey[tuple[int, int]] = pytest.StashKey()


def replace_traceback(
    report: pytest.TestReport, item: pytest.Item, error: pytest.ExceptionInfo[BaseException]
) -> None:
    """Put our text in place of a traceback; our own items have done so themselves in a call."""
    if is_spotify_error(error.value) and (report.when != "call" or not isinstance(item, SpotifyItem)):
        report.longrepr = short_repr(item, error)


def attach_result(report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Put the outcome into the report; xdist carries it to the controller."""
    result, error = item.stash[ITEM_RESULT], call.excinfo
    if not report.passed and (guard := item.stash[ITEM_CONTEXT].guard):
        guard.passed = False
    if report.when == "call" or not report.passed or (report.when == "teardown" and result.has_unreported):
        result.verdict = "" if report.passed and report.when == "teardown" else report.outcome
        result.failure_category = _failure_category(error.value, result) if report.failed and error else ""
        result.skipped = _reason(report) if report.skipped else ""
        report.spotify = result.to_report()  # type: ignore[attr-defined]
    if requests := _requests_since(item.config):
        report.spotify = {**getattr(report, "spotify", {}), "requests": requests}  # type: ignore[attr-defined]


def summarize(terminal: Any, reports: Sequence[Any], state: PluginState) -> None:
    """Write the section that says what the run learned."""
    outcomes = [_countable(report) for report in reports]
    lines = run_summary(outcomes, live=state.settings.live, unused_cassettes=state.unused_cassettes)
    terminal.write_sep("=", "spotify")
    for line in lines:
        terminal.write_line(line)
    if notice := _sign_in_notice(state):
        terminal.write_line(notice, yellow=True)


def _countable(report: Any) -> Mapping[str, Any]:
    """Return what a report tells; of an attempt that was followed by another, only what it sent."""
    told: Mapping[str, Any] = report.spotify
    if report.outcome == "rerun":  # pytest-rerunfailures
        return {name: value for name, value in told.items() if name == "requests"}
    return told


def _sign_in_notice(state: PluginState) -> str:
    """Return what a live run has to say of its sign-in's end."""
    if not state.settings.live or state.settings.sandbox:
        return ""
    with suppress(SpotifyTestError):  # said by the tests already
        return state.identity().expiry_warning
    return ""


def _failure_category(error: BaseException, result: ItemResult) -> str:
    """Return what is to blame for a failure: a 401 or a 5xx says nothing about the contract."""
    if isinstance(error, ContractViolated):
        if result.failed_status >= 500 or result.failed_status == 429:
            return "service"
        if result.failed_status == 401 and result.kind != "unauthenticated":
            return "credentials"
        return "contract"
    causes = {
        AuthorizationError: "credentials",
        ServiceError: "service",
        RequestBudgetExceeded: "budget",
        MissingRecording: "recording",
        UnreadableTraffic: "recording",
        StaleRecording: "recording",
    }
    return next((cause for kind, cause in causes.items() if isinstance(error, kind)), "test")


def _reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return ""
    return str(report.longrepr[2]).removeprefix("Skipped: ")


def _requests_since(config: pytest.Config) -> list[int]:
    """Return how many requests this process sent since it was last asked, and how many with a token."""
    state = get_state(config)
    if not state.settings.live or "transport" not in vars(state):
        return []
    now = state.transport.requests_sent, state.transport.authorized_requests_sent
    before = config.stash.get(_COUNTED, (0, 0))
    config.stash[_COUNTED] = now
    sent = [now[0] - before[0], now[1] - before[1]]
    return sent if any(sent) else []
