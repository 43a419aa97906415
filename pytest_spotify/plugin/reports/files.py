"""The files of `--spotify-report`, written when the run is over; registered where they are wanted.

With pytest-xdist the controller writes them, from the reports that workers sent.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin.state import PluginState
from pytest_spotify.version import version

if TYPE_CHECKING:
    from pytest_spotify.report.run_report import CheckRow, RunFacts, RunReport


class ReportFiles:
    """Gathers the reports of a run, and writes its report."""

    def __init__(self, state: PluginState) -> None:
        self._state = state
        self._started, self._started_at = time.monotonic(), datetime.now(UTC)
        self._results: dict[str, Mapping[str, Any]] = {}  # of the last attempt at each item
        self._seconds: dict[str, float] = defaultdict(float)
        self._messages: dict[str, str] = {}
        self._requests = self._authorized = 0
        self._waits: list[float] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what a report says of a Spotify item; secrets are masked in it already."""
        data = getattr(report, "spotify", {})
        self._seconds[report.nodeid] += report.duration
        if report.failed:
            self._messages.setdefault(report.nodeid, _first_line(report))
        if "kind" in data:
            self._results[report.nodeid] = data
        for sent, authorized in [data["requests"]] if "requests" in data else []:
            self._requests, self._authorized = self._requests + sent, self._authorized + authorized
        self._waits += data.get("waits", ())

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the files and say where they are; in GitHub Actions, annotate what failed."""
        if not self._results:
            return
        if self._state.settings.report_files:
            self._write(terminalreporter)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for line in self._annotations():
                terminalreporter.write_line(line)

    def _write(self, terminalreporter: Any) -> None:
        from pytest_spotify.report.write import write_report

        report = self._report().to_json(self._state.registry)
        for file in self._state.settings.report_files:
            shown = self._state.display_path(file)
            try:
                write_report(file, report)
            except (OSError, SpotifyTestError) as error:
                reason = getattr(error, "strerror", None) or str(error)
                terminalreporter.write_line(f"{shown}: not written: {reason}", red=True)
            else:
                terminalreporter.write_line(f"report: {shown}")

    def _report(self) -> RunReport:
        from pytest_spotify.plugin.reports import RunDrift
        from pytest_spotify.report.coverage import Coverage, Observation
        from pytest_spotify.report.run_report import RunReport

        state, drift = self._state, RunDrift(self._state, self._results.values())
        target = state.live.target_name if state.live else ""
        coverage = Coverage(state.registry)
        for result in self._results.values():
            observed = [Observation(**each) for each in result["observed"]]
            coverage.add(observed, target or str(result["target"] or "unknown"))
        return RunReport(
            run=self._facts(target),
            checks=[self._row(name, result, target) for name, result in self._results.items()],
            drift=[each.to_json() for each in drift.unknown],
            accepted_drift=len(drift.found) - len(drift.unknown),
            compared=sum(result["compared"] for result in self._results.values()),
            coverage=coverage.to_json(),
        )

    def _facts(self, target: str) -> RunFacts:
        from pytest_spotify.report.run_report import RunFacts

        state = self._state
        return RunFacts(
            plugin=version(),
            access=state.settings.access,
            mode="live" if state.live else "replay",
            target=target,
            started_at=self._started_at.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self._started, 3),
            requests=self._requests,
            authorized_requests=self._authorized,
            waits=len(self._waits),
            waited_seconds=round(sum(self._waits), 3),
            sign_in_ends=_sign_in_ends(state),
        )

    def _row(self, name: str, result: Mapping[str, Any], target: str) -> CheckRow:
        from pytest_spotify.report.run_report import CheckRow

        return CheckRow(
            id=name,
            operations=sorted(set(result["operations"])),
            kind=result["kind"],
            outcome=result["outcome"] or "failed",
            category=result["failure_category"],
            message=result["skip_reason"] or self._messages.get(name, ""),
            seconds=round(self._seconds[name], 3),
            target=target or result["target"],
            recorded_at=result["recorded_at"][:10],
        )

    def _annotations(self) -> Iterator[str]:
        """Yield a workflow command for each failure: at the line that sent the request, or the contract."""
        from pytest_spotify.report.annotations import annotation

        for name, result in self._results.items():
            if result["outcome"] == "failed":
                file, line = result["caller"].partition(",")[0].rpartition(":")[::2]
                message = self._messages.get(name, "failed")
                yield annotation(file or name.partition("::")[0], line, name, message)


def _sign_in_ends(state: PluginState) -> str:
    """Return the last day of the sign-in, as 2027-05-21; empty if it is not known, or on a sandbox."""
    if state.live is None or state.settings.sandbox:
        return ""
    from pytest_spotify.auth.token import last_day

    with suppress(SpotifyTestError):  # the tests have reported it
        if signed_in := state.live.user().signed_in:
            return last_day(signed_in).isoformat()
    return ""


def _first_line(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message if crash is not None else report.longrepr)
    return next(iter(text.splitlines()), "")
