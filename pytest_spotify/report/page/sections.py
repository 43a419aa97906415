"""What the sections of the page show, as plain values for its templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from pytest_spotify.report.page.property_tree import ObjectTree, object_tree
from pytest_spotify.report.page.response_table import response_table
from pytest_spotify.report.page.time_line import day_of, recordings, targets_of, time_line
from pytest_spotify.report.run_report import OUTAGES, circumstances

Report = Mapping[str, Any]

_KINDS = {
    "case": "contract",
    "unauthenticated": "without token",
    "refused": "refusal",
    "marked": "own tests",
    "body": "bodies",
}
_CATEGORIES = {
    "contract": "The API does not fit its contract",
    "credentials": "The credentials were refused",
    "recording": "A recording is missing or cannot be used",
    "test": "The test itself failed",
    "sandbox": "The sandbox does not have the operation",
    "budget": "The run was not allowed to send more requests",
    "service": "The service did not answer",
}
_SEVERITIES = ("breaking", "additive", "cosmetic")
_AGES = ((31, "up to a month"), (92, "up to three months"), (183, "up to six months"), (None, "older"))


def sections(report: Report) -> dict[str, Any]:
    """Return the values that the templates show, by name."""
    operations = [_operation(each) for each in report["operations"]]
    checks = [{**row, "sign": _sign(row)} for row in report["checks"]]
    return {
        "report": report,
        "run": _run(report),
        "kinds": {
            kind: name for kind, name in _KINDS.items() if any(kind in o["outcomes"] for o in operations)
        },
        "groups": _grouped(operations, lambda operation: str(operation["group"])),
        "operation_checks": {
            "checked": sum(bool(each["outcomes"]) for each in operations),
            "all": len(operations),
        },
        "failures": _failures(checks),
        "severities": _drift(report["drift"]["differences"]),
        "objects": _objects(report),
        "responses": response_table(report),
        "unchecked": [each for each in operations if not each["outcomes"]],
        "modules": _grouped(checks, lambda row: str(row["id"]).partition("::")[0]),
        "time_line": time_line(report),
        "ages": _ages(report),
    }


def _run(report: Report) -> dict[str, Any]:
    """Return how, where and when the run was, in words."""
    run = report["run"]
    days = [each.day for each in recordings(report)]
    return {
        "when": _moment(run["started_at"]),
        "live": run["mode"] == "live",
        "circumstances": _sentence_case(circumstances(report)),
        "oldest": min(days).isoformat() if days else "",
    }


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]


def _moment(text: str) -> str:
    """Return an ISO 8601 time for people; what is none as it is."""
    with suppress(ValueError, OverflowError):
        return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d at %H:%M} UTC"
    return text


def _operation(operation: Report) -> dict[str, Any]:
    """Return an operation with a link to its reference if that is a web page."""
    return {**operation, "docs": _link(operation["docs"])}


def _link(address: str) -> str:
    """Return an address if it is one of the web, else nothing: others can run scripts."""
    return address if address.startswith("https://") else ""


def _sign(row: Report) -> str:
    """Return the sign of a check: its outcome, but that an outage is no failure of the API."""
    return "outage" if row["category"] in OUTAGES else str(row["outcome"])


def _grouped(rows: Iterable[Report], key: Callable[[Report], str]) -> dict[str, list[Report]]:
    groups: dict[str, list[Report]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _failures(checks: Sequence[Report]) -> list[tuple[str, list[Report]]]:
    """Return the failed checks under a heading that says why they failed, the API's own first."""
    groups = _grouped((row for row in checks if row["outcome"] == "failed"), lambda row: str(row["category"]))
    order = [*_CATEGORIES, *sorted(groups.keys() - _CATEGORIES.keys())]
    return [
        (_CATEGORIES.get(category, category or "Failed"), groups[category])
        for category in order
        if category in groups
    ]


def _drift(differences: Sequence[Report]) -> list[tuple[str, list[Report]]]:
    """Return the differences by severity, worst first."""
    groups = _grouped(
        ({**each, "source": _link(each["source"])} for each in differences),
        lambda each: str(each["severity"]),
    )
    order = [*_SEVERITIES, *sorted(groups.keys() - set(_SEVERITIES))]
    return [(severity, groups[severity]) for severity in order if severity in groups]


def _objects(report: Report) -> list[ObjectTree]:
    objects = report["coverage"].get("objects", {})
    return [object_tree(name, places) for name, places in sorted(objects.items())]


def _ages(report: Report) -> list[dict[str, Any]]:
    """Return how many recordings are how old on the day of the run, by target; nothing if none is dated."""
    today = day_of(report["run"]["started_at"])
    recorded = recordings(report)
    if today is None or not recorded:
        return []
    counts = Counter((_age(today, each.day), each.target) for each in recorded)
    targets = targets_of(recorded)
    return [{"age": age, "counts": {target: counts[age, target] for target in targets}} for _, age in _AGES]


def _age(today: date, day: date) -> str:
    return next(name for most, name in _AGES if most is None or (today - day).days <= most)
