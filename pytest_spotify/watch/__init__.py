"""The watch: what a nightly run found, as one issue that is opened, updated and closed.

`next_step` compares the report of a run with what the issue has said so far, and decides what to say now. It
talks to nobody: `tracker` does. What was said stands in the issue itself, in a comment that is not shown, so
that a job needs no storage.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from pytest_spotify.watch.issue_text import Finding, difference_text, issue_body, issue_title

QUIET_NIGHTS = 3  # without a finding that comes and goes, before it counts as gone
_FORGOTTEN = timedelta(days=30)  # a finding that was gone for longer is a new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """The issue of the watch as the tracker has it; `findings` is what its body says."""

    number: int
    is_open: bool
    findings: Mapping[str, Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do with the issue: its title and body from now on, and a comment for those who follow it.

    `edit` changes the body alone, which nobody is notified of.
    """

    action: Literal["none", "open", "update", "reopen", "close", "edit"]
    reason: str
    title: str = ""
    body: str = ""
    comment: str = ""


def next_step(report: Mapping[str, Any], issue: Issue | None, today: date) -> Step:
    """Return what to do with the issue after a run. `issue` is the newest of the watch, open or closed."""
    if report["verdict"]["outcome"] == "unknown":
        return Step(action="none", reason=f"no finding: {report['verdict']['sentence']}")
    known = _remembered(issue, today)
    found = {each.id: each for each in _found(report, today.isoformat())}
    findings = _merged(known, found, _answered(report), today.isoformat())
    current = {name: each for name, each in findings.items() if not _is_gone(each, today)}
    body = issue_body(report, findings)
    if not current:
        if issue is None or not issue.is_open:
            return Step(action="none", reason="nothing found")
        comment = f"All is as it was, on {today.isoformat()}: nothing of the above was found again."
        return Step(
            action="close", reason="all gone", title=issue_title(findings), body=body, comment=comment
        )
    news = list(_news(known, findings, today.isoformat()))
    title, comment = issue_title(current), "\n".join(news)
    if issue is None or (not issue.is_open and not known.keys() & current.keys()):
        return Step(action="open", reason=f"{len(current)} found", title=title, body=body)
    if not issue.is_open:
        return Step(action="reopen", reason="back again", title=title, body=body, comment=comment)
    if news:
        return Step(action="update", reason=f"{len(news)} news", title=title, body=body, comment=comment)
    if _without_days(findings) != _without_days(known):
        return Step(action="edit", reason="nothing to tell", title=title, body=body)
    return Step(action="none", reason="nothing new")


def _found(report: Mapping[str, Any], day: str) -> Iterator[Finding]:
    """Yield what a run found: drift that is not only cosmetic, and broken contracts beside it."""
    drifted = set()
    for each in report["drift"]["differences"]:
        if each["severity"] != "cosmetic":
            operation = each["operation"]
            drifted.add(operation)
            text = difference_text(each)
            yield Finding(id=each["id"], operation=operation, text=text, first=day, last=day)
    for row in report["checks"]:
        if row["outcome"] == "failed" and row["category"] == "contract":
            operations = [name for name in row["operations"] if name not in drifted]
            if operations or not row["operations"]:
                text = f"`{row['id']}` fails: {row['message']}"
                operation = next(iter(operations), "")
                yield Finding(id=row["id"], operation=operation, text=text, first=day, last=day)


def _answered(report: Mapping[str, Any]) -> set[str]:
    """Return the operations that the service answered; of any other nothing can be said to be gone."""
    return {
        name
        for row in report["checks"]
        if row["outcome"] == "passed" or row["category"] == "contract"
        for name in row["operations"]
    }


def _remembered(issue: Issue | None, today: date) -> dict[str, Finding]:
    if issue is None:
        return {}
    return {
        name: each
        for name, each in issue.findings.items()
        if not each.gone or today - date.fromisoformat(each.gone) < _FORGOTTEN
    }


def _merged(
    known: Mapping[str, Finding], found: Mapping[str, Finding], answered: Container[str], day: str
) -> dict[str, Finding]:
    """Return all findings, those of now and those that are gone."""
    merged = dict(known)
    for name, each in found.items():
        before = known.get(name, each)
        returns = before.returns + bool(before.gone)
        merged[name] = replace(before, text=each.text, last=day, gone="", returns=returns)
    for name, each in known.items():
        if name not in found and not each.gone and each.operation in answered:
            merged[name] = replace(each, gone=day)
    return dict(sorted(merged.items()))


def _is_gone(finding: Finding, today: date) -> bool:
    """Return True if a finding counts as gone: at once, or after some nights if it comes and goes."""
    if not finding.gone:
        return False
    return not finding.flaps or today - date.fromisoformat(finding.gone) >= timedelta(days=QUIET_NIGHTS)


def _news(known: Mapping[str, Finding], findings: Mapping[str, Finding], day: str) -> Iterator[str]:
    """Yield a line for each change since the last run that is worth a message; a flapping finding has one."""
    for name, each in findings.items():
        before = known.get(name)
        if before is None:
            yield f"- new: {each.text}"
        elif each.returns == 1 and before.returns == 0:
            yield f"- comes and goes (flapping): {each.text}"
        elif each.gone == day and not each.flaps:
            yield f"- gone: {each.text}"


def _without_days(findings: Mapping[str, Finding]) -> dict[str, Finding]:
    return {name: replace(each, text="", last="") for name, each in findings.items()}
