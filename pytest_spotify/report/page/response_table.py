"""The statuses of each operation: Spotify's apart from those of others, successes apart from refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TARGETS = ("spotify", "sandbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCount:
    """How often one status was the response."""

    status: str
    count: int

    @property
    def success(self) -> bool:
        """Return True for a success or a redirection, which prove more than a refusal."""
        return self.status[:1] in ("2", "3")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow:
    """The responses of one operation by target, and the parameters that no request had."""

    operation: str
    statuses: Mapping[str, Sequence[StatusCount]]
    unsent: Sequence[str]

    @property
    def responded(self) -> bool:
        """Return True if there was any response."""
        return any(self.statuses.values())

    def succeeded(self, target: str) -> bool:
        """Return True if a target responded with a success."""
        return any(each.success for each in self.statuses[target])


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTable:
    """All rows by group. `succeeded` counts operations by target, `present` are targets that responded."""

    groups: Mapping[str, Sequence[ResponseRow]]
    succeeded: Mapping[str, int]
    present: Sequence[str]
    operations: int
    refused_only: int
    silent: int


def response_table(report: Mapping[str, Any]) -> ResponseTable:
    """Return the table of a report; its operations are in the report's order."""
    covered = report["coverage"].get("operations", {})
    present = {key.partition(" ")[0] for each in covered.values() for key in each["statuses"]}
    targets = [*_TARGETS, *sorted(present.difference(_TARGETS))]
    groups: dict[str, list[ResponseRow]] = {}
    for operation in report["operations"]:
        name = operation["operation"]
        row = _row(name, covered.get(name, {"statuses": {}, "parameters": {}}), targets)
        groups.setdefault(operation["group"], []).append(row)
    rows = [row for group in groups.values() for row in group]
    responded = [row for row in rows if row.responded]
    return ResponseTable(
        groups=groups,
        succeeded={target: sum(row.succeeded(target) for row in rows) for target in targets},
        present=[target for target in targets if target in present],
        operations=len(rows),
        refused_only=sum(not any(map(row.succeeded, targets)) for row in responded),
        silent=len(rows) - len(responded),
    )


def _row(operation: str, covered: Mapping[str, Mapping[str, int]], targets: Sequence[str]) -> ResponseRow:
    statuses: dict[str, list[StatusCount]] = {target: [] for target in targets}
    for key, count in sorted(covered["statuses"].items()):
        target, _, status = key.partition(" ")
        statuses[target].append(StatusCount(status=status, count=count))
    unsent = sorted(name for name, count in covered["parameters"].items() if not count)
    return ResponseRow(operation=operation, statuses=statuses, unsent=unsent)
