"""The report of a run, as plain values: `FILE.json` has them, the page and the Markdown show them.

`pytest_spotify/report.schema.json` describes it. Reports of shards are merged into one, which is the report
of the same run in one piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.registry import ContractRegistry

VERSION = 1
OUTAGES = ("service", "sandbox", "budget")  # categories of failures that say nothing of the API


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """One check of a run: a contract case, a marked test or a body file.

    `category` says why it failed (`contract`, `service`, ...), `message` the first line of the failure or the
    reason of a skip. `recorded_at` is the day of the replayed cassette, `target` what answered it.
    """

    id: str
    operations: Sequence[str]
    kind: str
    outcome: str
    category: str = ""
    message: str = ""
    seconds: float = 0.0
    target: str = ""
    recorded_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What a run was: where it sent its requests, with which access, when, and how many."""

    plugin: str
    access: str
    mode: str  # replay or live
    target: str  # what a live run sent to
    started_at: str
    seconds: float
    requests: int = 0
    authorized_requests: int = 0
    waits: int = 0
    waited_seconds: float = 0.0
    sign_in_ends: str = ""


@dataclass(slots=True, kw_only=True)
class RunReport:
    """All that a run learned."""

    run: RunFacts
    checks: list[CheckRow] = field(default_factory=list)
    drift: list[Mapping[str, str]] = field(default_factory=list)
    accepted_drift: int = 0
    compared: int = 0  # exchanges that were compared with a recording of the same target
    coverage: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self, registry: ContractRegistry) -> dict[str, Any]:
        """Return plain values. Lists are sorted, so that equal runs have equal reports."""
        checks = sorted(self.checks, key=lambda row: row.id)
        drift = sorted(self.drift, key=lambda each: each["id"])
        return {
            "version": VERSION,
            "verdict": verdict(checks, drift),
            "run": asdict(self.run),
            "counts": _counts(checks),
            "not_checked": _not_checked(checks),
            "operations": [_operation(contract, registry, checks) for contract in _sorted(registry)],
            "checks": [asdict(row) for row in checks],
            "drift": {"compared": self.compared, "accepted": self.accepted_drift, "differences": drift},
            "coverage": self.coverage,
        }


def verdict(checks: Sequence[CheckRow], drift: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return in one word, and in one sentence for everybody, how the run ended."""
    broken = [row for row in checks if row.outcome == "failed" and row.category == "contract"]
    failed = [row for row in checks if row.outcome == "failed"]
    outages = [row for row in checks if row.category in OUTAGES or row.message.startswith("not asked")]
    operations = {name for row in broken for name in row.operations}
    passed = sum(row.outcome == "passed" for row in checks)
    all_passed = f"All {passed} checks passed" if passed > 1 else "The only check passed"
    if broken:
        word, sentence = (
            "broken",
            f"{_named(operations)} no longer fit{'s' * (len(operations) == 1)} its contract",
        )
        sentence = sentence if len(operations) == 1 else sentence.replace("its contract", "their contracts")
    elif outages:
        word, sentence = "unknown", f"{_number(len(outages), 'check')} got no answer from the service"
    elif failed:
        word, sentence = "failed", f"{_number(len(failed), 'check')} failed, none of them by the API"
    elif not passed:
        word, sentence = "unknown", "Nothing was checked"
    elif drift:
        word, sentence = "changed", f"{all_passed}, and {_number(len(drift), 'thing')} changed"
    else:
        word, sentence = "good", all_passed
    return {"outcome": word, "sentence": f"{sentence}."}


def circumstances(report: Mapping[str, Any]) -> str:
    """Return where the responses of a run came from: a sandbox is not Spotify, a recording not today."""
    run = report["run"]
    if run["mode"] == "live":
        return f"live, {_target(run['target'])}"
    targets = sorted({row["target"] for row in report["checks"] if row["target"]})
    return f"replayed from recordings of {' and '.join(map(_target, targets))}" if targets else "replayed"


def _target(name: str) -> str:
    return {"spotify": "Spotify", "sandbox": "the sandbox, not Spotify"}.get(name, name)


def merge(reports: Iterable[Mapping[str, Any]], registry: ContractRegistry) -> dict[str, Any]:
    """Return one report of those of the shards of a run; raises ValueError if they are of different runs."""
    reports = list(reports)
    first = reports[0]
    for each in reports:
        for key in ("access", "mode", "target", "plugin"):
            if each["run"][key] != first["run"][key]:
                found = f"{each['run'][key]!r} and {first['run'][key]!r}"
                raise ValueError(f"reports of different runs: {key} is {found}")
    runs = [each["run"] for each in reports]
    sums = {
        key: sum(run[key] for run in runs)
        for key in ("seconds", "requests", "authorized_requests", "waits", "waited_seconds")
    }
    ends = [run["sign_in_ends"] for run in runs if run["sign_in_ends"]]
    facts = {**first["run"], **sums, "started_at": min(run["started_at"] for run in runs)}
    checks = {row["id"]: CheckRow(**row) for each in reports for row in each["checks"]}
    drift = {each["id"]: each for report in reports for each in report["drift"]["differences"]}
    report = RunReport(
        run=RunFacts(**{**facts, "sign_in_ends": min(ends, default="")}),
        checks=list(checks.values()),
        drift=list(drift.values()),
        accepted_drift=sum(each["drift"]["accepted"] for each in reports),
        compared=sum(each["drift"]["compared"] for each in reports),
        coverage=_summed([each["coverage"] for each in reports]),
    )
    return report.to_json(registry)


def _summed(values: Sequence[Any]) -> Any:
    """Return mappings of counts as one, counts of the same name added."""
    if all(isinstance(value, int) for value in values):
        return sum(values)
    names = dict.fromkeys(name for value in values for name in value)
    return {name: _summed([value[name] for value in values if name in value]) for name in names}


def _sorted(registry: ContractRegistry) -> list[Contract]:
    return sorted(registry.contracts.values(), key=lambda contract: (_group(contract), contract.operation))


def _group(contract: Contract) -> str:
    return contract.source.parent.name


def _operation(contract: Contract, registry: ContractRegistry, checks: Sequence[CheckRow]) -> dict[str, Any]:
    """Return an operation with how its checks ended, by kind: the worst outcome of each."""
    availability = registry.availability(contract)
    mine = [row for row in checks if contract.operation in row.operations]
    outcomes: dict[str, str] = {}
    for row in mine:
        outcomes[row.kind] = max(outcomes.get(row.kind, ""), _rank(row))
    days = [row.recorded_at for row in mine if row.recorded_at and row.outcome == "passed"]
    return {
        "operation": contract.operation,
        "title": contract.title,
        "group": _group(contract),
        "docs": contract.docs,
        "availability": availability.status,
        "replaced_by": availability.replaced_by or "",
        "outcomes": {kind: rank[2:] for kind, rank in sorted(outcomes.items())},
        "oldest_recording": min(days, default=""),
    }


def _rank(row: CheckRow) -> str:
    """Return the outcome of a check with a number before it by which the worst is the greatest."""
    if row.outcome == "failed":
        return "3 outage" if row.category in OUTAGES else "4 failed"
    return {"passed": "1 passed"}.get(row.outcome, "2 skipped")


def _counts(checks: Sequence[CheckRow]) -> dict[str, int]:
    outcomes = Counter(row.outcome for row in checks)
    return {name: outcomes[name] for name in ("passed", "failed", "skipped")}


def _not_checked(checks: Sequence[CheckRow]) -> list[dict[str, Any]]:
    """Return each reason for which checks did not take place, with how many, the most frequent first."""
    reasons = Counter(row.message for row in checks if row.outcome == "skipped")
    return [
        {"reason": reason, "checks": number}
        for reason, number in sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    ]


def _named(operations: Iterable[str], most: int = 3) -> str:
    names = sorted(operations)
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
