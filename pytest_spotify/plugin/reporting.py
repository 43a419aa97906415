"""From tests to the terminal: our errors without tracebacks, and what the run learned about the API."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest

from pytest_spotify.contracts import ContractViolated
from pytest_spotify.errors import (
    AuthorizationError,
    BudgetSpent,
    DamagedCassette,
    MissingRecording,
    ServiceError,
    SpotifyTestError,
    StaleRecording,
    UnreadableTraffic,
)
from pytest_spotify.plugin.guard import GUARD
from pytest_spotify.plugin.item import is_ours, without_traceback
from pytest_spotify.plugin.outcome import OUTCOME, Outcome
from pytest_spotify.plugin.run import Run, run_of
from pytest_spotify.report.run_summary import run_summary

_COUNTED: pytest.StashKey[tuple[int, int]] = pytest.StashKey()


def complete(report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Put our text and the outcome into the report; xdist carries both to the controller."""
    outcome = item.stash[OUTCOME]
    error = call.excinfo
    if error is not None and isinstance(item, pytest.Function) and is_ours(error.value):
        report.longrepr = without_traceback(item, error)
    if not report.passed and GUARD in item.stash:
        item.stash[GUARD].passed = False
    if report.when == "call" or not report.passed or (report.when == "teardown" and outcome.has_news):
        outcome.verdict = "" if report.passed and report.when == "teardown" else report.outcome
        outcome.cause = _cause(error.value, outcome) if report.failed and error else ""
        outcome.skipped = _reason(report) if report.skipped else ""
        report.spotify = outcome.take()  # type: ignore[attr-defined]
    if requests := _requests_since(item.config):
        report.spotify = {**getattr(report, "spotify", {}), "requests": requests}  # type: ignore[attr-defined]


def summarize(terminal: Any, reports: Sequence[Any], run: Run) -> None:
    """Write the section that says what the run learned."""
    lines = run_summary([report.spotify for report in reports], live=run.settings.live, orphans=run.orphans)
    terminal.write_sep("=", "spotify")
    for line in lines:
        terminal.write_line(line)
    if notice := _sign_in_notice(run):
        terminal.write_line(notice, yellow=True)


def _sign_in_notice(run: Run) -> str:
    """Return what a live run has to say of its sign-in's end."""
    if not run.settings.live or run.settings.sandbox:
        return ""
    with suppress(SpotifyTestError):  # said by the tests already
        return run.identity().notice
    return ""


def _cause(error: BaseException, outcome: Outcome) -> str:
    """Return what is to blame for a failure: a 401 or a 5xx says nothing about the contract."""
    if isinstance(error, ContractViolated):
        if outcome.failed_status >= 500 or outcome.failed_status == 429:
            return "service"
        return (
            "credentials"
            if outcome.failed_status == 401 and outcome.kind != "unauthenticated"
            else "contract"
        )
    causes = {
        AuthorizationError: "credentials",
        ServiceError: "service",
        BudgetSpent: "budget",
        MissingRecording: "recording",
        UnreadableTraffic: "recording",
        DamagedCassette: "recording",
        StaleRecording: "recording",
    }
    return next((cause for kind, cause in causes.items() if isinstance(error, kind)), "test")


def _reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return ""
    return str(report.longrepr[2]).removeprefix("Skipped: ")


def _requests_since(config: pytest.Config) -> list[int]:
    """Return how many requests this process sent since it was last asked, and how many with a token."""
    run = run_of(config)
    if not run.settings.live or "transport" not in vars(run):
        return []
    now = run.transport.requests_sent, run.transport.authorized_requests_sent
    before = config.stash.get(_COUNTED, (0, 0))
    config.stash[_COUNTED] = now
    sent = [now[0] - before[0], now[1] - before[1]]
    return sent if any(sent) else []
