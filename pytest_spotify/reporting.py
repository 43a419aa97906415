"""From tests to the terminal: our errors without tracebacks, and what the run learned about the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pytest_spotify.contracts import ContractViolated
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.outcome import OUTCOME
from pytest_spotify.report.run_summary import run_summary
from pytest_spotify.run import Run, run_of

_COUNTED: pytest.StashKey[tuple[int, int]] = pytest.StashKey()


def complete(report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Put our text and the outcome into the report; xdist carries both to the controller."""
    outcome = item.stash[OUTCOME]
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, (ContractViolated, SpotifyTestError)):
        report.longrepr = str(error)
    if report.failed and error is not None:
        outcome.failed_by(error)
    if report.when == "call" or report.outcome != "passed":
        outcome.requests, outcome.authorized_requests = _requests_since(item.config)
        report.spotify = outcome.as_data()  # type: ignore[attr-defined]


def summarize(terminal: Any, reports: Sequence[Any], run: Run) -> None:
    """Write the section that says what the run learned."""
    lines = run_summary([report.spotify for report in reports], live=run.settings.live)
    terminal.write_sep("=", "spotify")
    for line in lines:
        terminal.write_line(line)


def _requests_since(config: pytest.Config) -> tuple[int, int]:
    """Return how many requests this process sent since it was last asked, and how many with a token."""
    run = run_of(config)
    if not run.settings.live or "transport" not in vars(run):
        return 0, 0
    now = run.transport.requests_sent, run.transport.authorized_requests_sent
    before = config.stash.get(_COUNTED, (0, 0))
    config.stash[_COUNTED] = now
    return now[0] - before[0], now[1] - before[1]
