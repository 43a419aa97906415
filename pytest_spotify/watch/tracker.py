"""GitHub's issues through its command line `gh`, which has the token and the repository of a job."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from pytest_spotify.errors import SpotifyTestError, truncate
from pytest_spotify.watch import Issue, Step
from pytest_spotify.watch.issue_text import read_findings

_TIMEOUT = 60


class TrackerFailed(SpotifyTestError):
    """`gh` cannot be run, or refused."""


Run = Callable[[Sequence[str], str], str]
"""Runs `gh` with arguments and a text on its standard input, and returns its output."""


def run_gh(arguments: Sequence[str], text: str = "") -> str:
    """Return the output of `gh`; raises TrackerFailed with its first line of complaint."""
    try:
        done = subprocess.run(  # noqa: S603 (its arguments are ours, texts go by standard input)
            ["gh", *arguments],  # noqa: S607 (wherever the job has it)
            input=text,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
            encoding="utf-8",
        )
    except FileNotFoundError:
        raise TrackerFailed("gh is not installed: https://cli.github.com; --dry-run needs none") from None
    except subprocess.TimeoutExpired:
        raise TrackerFailed(f"gh {arguments[0]} {arguments[1]}: no answer in {_TIMEOUT} s") from None
    if done.returncode:
        reason = truncate((done.stderr.strip().splitlines() or ["no reason given"])[0], 300)
        raise TrackerFailed(f"gh {arguments[0]} {arguments[1]}: {reason}")
    return done.stdout


class Tracker:
    """The one issue with a label."""

    def __init__(self, label: str, run: Run = run_gh) -> None:
        self._label, self._run = label, run

    def find(self) -> Issue | None:
        """Return the newest issue with the label, open or closed, or None."""
        fields = ["--json", "number,state,body", "--limit", "1"]
        found = self._run(["issue", "list", "--label", self._label, "--state", "all", *fields], "")
        issues: list[dict[str, Any]] = json.loads(found or "[]")
        if not issues:
            return None
        issue = issues[0]
        return Issue(
            number=issue["number"], is_open=issue["state"] == "OPEN", findings=read_findings(issue["body"])
        )

    def take(self, step: Step, issue: Issue | None) -> None:
        """Carry out what was decided."""
        number = str(issue.number) if issue else ""
        if step.action == "open":
            self._run(["label", "create", self._label, "--force", "--color", "B60205"], "")
            title = ["--title", step.title, "--label", self._label]
            self._run(["issue", "create", *title, "--body-file", "-"], step.body)
        elif step.action != "none":
            if step.action == "reopen":
                self._run(["issue", "reopen", number], "")
            self._run(["issue", "edit", number, "--title", step.title, "--body-file", "-"], step.body)
            if step.comment:
                self._run(["issue", "comment", number, "--body-file", "-"], step.comment)
            if step.action == "close":
                self._run(["issue", "close", number], "")
