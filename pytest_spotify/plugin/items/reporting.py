"""From tests to the terminal: our errors without tracebacks, and what the run learned about the API."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from pytest_spotify.errors import (
    NOT_ASKED,
    AuthorizationError,
    ContractViolated,
    InvalidResponse,
    MissingRecording,
    NotInSandbox,
    RequestBudgetExceeded,
    RunStopped,
    ServiceError,
    SpotifyTestError,
    StaleRecording,
    UnreadableTraffic,
    WriteRefused,
)
from pytest_spotify.plugin.flow import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items import SpotifyItem, is_spotify_error
from pytest_spotify.plugin.items.failure_repr import SECTION, cause_repr, lay_out, safe, short_repr
from pytest_spotify.plugin.state import PluginState, get_state
from pytest_spotify.report.layout import wrap
from pytest_spotify.report.run_summary import run_summary

_MARKUP = {"skipped": {"yellow": True}, "failed": {"red": True}, "title": {"bold": True}}


_OF_REPORTS = ("requests", "waits")  # of every report, also of an attempt that does not count


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
    result = item.stash.get(ITEM_RESULT, None)
    if error is not None:
        if report.failed and (reason := _not_asked(cause or error.value, result)):
            report.outcome = "skipped"
            # One place for all, so that pytest's summary has one line for them.
            report.longrepr = ("pytest_spotify", None, f"Skipped: {reason}")  # type: ignore[assignment]
        elif _show_error(report, item, error, cause):
            report.spotify_text = True  # type: ignore[attr-defined]
            if not hasattr(item.config, "workerinput"):
                lay_out(report, item.config)
    if result is None:
        return
    ended_by = cause or (error.value if error else None)
    _note_phase(result, report, ended_by)
    data = {}
    if report.when == "teardown":
        data = result.to_report()
        if result.failure_category:
            report.user_properties.append(("spotify_cause", result.failure_category))
    if report.failed and ended_by and _failure_category(ended_by, result) == "service":
        data["no_answer"] = "failed"
    elif report.skipped and result.skip_reason.startswith(NOT_ASKED):
        data["no_answer"] = "not asked"
    if (live := get_state(item.config).live) and (requests := live.take_request_counts()):
        data["requests"] = requests
    if live and (waits := live.take_waits()):
        data["waits"] = waits
    if data:
        report.spotify = data  # type: ignore[attr-defined]


def _not_asked(error: BaseException, result: ItemResult | None) -> str:
    """Return why an item that failed was not asked, or not to its end; empty for another failure."""
    if isinstance(error, RunStopped):
        return str(error)
    return "" if result is None or isinstance(error, ContractViolated) else result.not_asked


def _show_error(
    report: pytest.TestReport,
    item: pytest.Item,
    error: pytest.ExceptionInfo[BaseException],
    cause: Exception | None,
) -> bool:
    """Show our own errors by their text; return True if there is a text of ours in the report."""
    if cause is not None and report.failed:
        if report.when != "call":  # of which the item has said so itself
            report.longrepr = cause_repr(item, error, cause)
        return True
    if is_spotify_error(error.value) and not isinstance(report.longrepr, tuple):  # a skip has a tuple
        if report.when != "call" or not isinstance(item, SpotifyItem):  # which has done so itself in a call
            report.longrepr = short_repr(item, error)
        return True
    return any(title.startswith(f"Captured {SECTION} ") for title, _ in report.sections)


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
        requests.append({name: report.spotify[name] for name in _OF_REPORTS if name in report.spotify})
    lines = run_summary(
        [*results.values(), *requests],
        live=state.live is not None,
        drift=_unknown_drift(state, results.values()),
        unused_cassettes=state.unused_cassettes,
    )
    verbosity = state.config.get_verbosity()
    shown = [line for line in lines if verbosity >= 0 or (verbosity == -1 and line.kind != "count")]
    notice = state.live.sign_in_notice() if state.live is not None and verbosity >= -1 else ""
    if shown or notice:
        terminal.write_sep("=", "spotify")
    width = state.config.get_terminal_writer().fullwidth
    for line in shown:
        terminal.write_line(safe(wrap(line.text, width)), **_MARKUP.get(line.kind, {}))
    if notice:
        terminal.write_line(wrap(notice, width), yellow=True)


def _unknown_drift(state: PluginState, results: Collection[Mapping[str, Any]]) -> list[str]:
    """Return the sentences of the differences that the items found and the baseline does not accept."""
    if not any(result["drift"] for result in results):
        return []
    from pytest_spotify.plugin.reports import RunDrift

    return [each.sentence for each in RunDrift(state, results).unknown]


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
    if result.met_outage:
        return "service"
    categories = {
        AuthorizationError: "credentials",
        ServiceError: "service",
        InvalidResponse: "contract",
        NotInSandbox: "sandbox",
        RequestBudgetExceeded: "budget",
        MissingRecording: "recording",
        UnreadableTraffic: "recording",
        StaleRecording: "recording",
        WriteRefused: "write",
    }
    return next((category for kind, category in categories.items() if isinstance(error, kind)), "test")


def _skip_reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return ""
    return str(report.longrepr[2]).removeprefix("Skipped: ")
