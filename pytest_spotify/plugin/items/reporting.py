"""From tests to the terminal: our errors without tracebacks, and what the run learned about the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from pytest_spotify.plugin.flow import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items import SpotifyItem, cause_repr, is_spotify_error, short_repr
from pytest_spotify.plugin.state import PluginState, get_state
from pytest_spotify.report.run_summary import run_summary


def add_to_report(
    report: pytest.TestReport,
    item: pytest.Item,
    error: pytest.ExceptionInfo[BaseException] | None,
    cause: Exception | None = None,
) -> None:
    """Put our text in place of a traceback, and the result of a Spotify item into its last report.

    A `cause` that is known of the error comes before it, and counts in its place. xdist carries the result to
    the controller. Counts of requests go with every report, also of attempts that failed.
    """
    if error is not None:
        _show_error(report, item, error, cause)
    result = item.stash.get(ITEM_RESULT, None)
    if result is None:
        return
    _note_phase(result, report, cause or (error.value if error else None))
    data = result.to_report() if report.when == "teardown" else {}
    if (live := get_state(item.config).live) and (requests := live.take_request_counts()):
        data["requests"] = requests
    if data:
        report.spotify = data  # type: ignore[attr-defined]


def _show_error(
    report: pytest.TestReport,
    item: pytest.Item,
    error: pytest.ExceptionInfo[BaseException],
    cause: Exception | None,
) -> None:
    """Show our own errors by their text; our own items have done so themselves in a call."""
    if cause is not None and report.failed:
        report.longrepr = cause_repr(item, error, cause)
    elif is_spotify_error(error.value) and (report.when != "call" or not isinstance(item, SpotifyItem)):
        report.longrepr = short_repr(item, error)


def _note_phase(result: ItemResult, report: pytest.TestReport, error: BaseException | None) -> None:
    """Note how a phase of the item ended; the first one that did not pass counts."""
    if hasattr(report, "wasxfail") and report.skipped:
        if result.lacks_recording:
            _reject_xfail(result, report)
        else:
            result.xfailed = error is not None and not isinstance(error, SpotifyTestError)
    if result.outcome in ("", "passed") and (report.when == "call" or not report.passed):
        result.outcome = report.outcome
        result.failure_category = _failure_category(error, result) if report.failed and error else ""
        result.skip_reason = _skip_reason(report) if report.skipped else ""


def _reject_xfail(result: ItemResult, report: pytest.TestReport) -> None:
    """Fail an item that has no recording: `xfail` expects a failure of what it does, not of its input."""
    result.xfailed_without_recording = True
    report.outcome = "failed"
    del report.wasxfail


def summarize(terminal: Any, reports: Sequence[Any], state: PluginState) -> None:
    """Write the section that says what the run learned."""
    results: dict[str, Mapping[str, Any]] = {}
    requests = []
    for report in sorted(reports, key=lambda report: report.start):
        if "kind" in report.spotify:
            results[report.nodeid] = report.spotify  # of an item that was run again, the last attempt counts
        if "requests" in report.spotify:
            requests.append({"requests": report.spotify["requests"]})
    lines = run_summary(
        [*results.values(), *requests],
        live=state.live is not None,
        unused_cassettes=state.unused_cassettes,
    )
    terminal.write_sep("=", "spotify")
    for line in lines:
        terminal.write_line(line)
    if state.live is not None and (notice := state.live.sign_in_notice()):
        terminal.write_line(notice, yellow=True)


def _failure_category(error: BaseException, result: ItemResult) -> str:
    """Return the category of a failure: a 401 or a 5xx says nothing about the contract."""
    if result.xfailed_without_recording:
        return "recording"
    if isinstance(error, ContractViolated):
        if result.failed_status >= 500 or result.failed_status == 429:
            return "service"
        if result.failed_status == 401 and result.kind != "unauthenticated":
            return "credentials"
        return "contract"
    categories = {
        AuthorizationError: "credentials",
        ServiceError: "service",
        RequestBudgetExceeded: "budget",
        MissingRecording: "recording",
        UnreadableTraffic: "recording",
        StaleRecording: "recording",
    }
    return next((category for kind, category in categories.items() if isinstance(error, kind)), "test")


def _skip_reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return ""
    return str(report.longrepr[2]).removeprefix("Skipped: ")
