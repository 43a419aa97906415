"""The summary of `pytest-spotify check`."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pytest_spotify.api import Contracts
from pytest_spotify.check.violation import KINDS, Violation, failing, worst
from pytest_spotify.errors import escape_unprintable, truncate
from pytest_spotify.report import LONGEST, doubt, generalize_indexes

_SHOWN = 25
_COLUMNS = 80
_VERDICTS = ("ok", *KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExchange:
    """One exchange of a file and what does not fit in it.

    `index` counts the file's entries from 0, as JSON does; text counts from 1. A plain body is no entry.
    """

    file: str
    index: int
    method: str
    url: str
    status: int
    operation: str | None
    violations: Sequence[Violation]
    is_body: bool = False

    @property
    def place(self) -> str:
        """Return where it is, for people."""
        file = self.file.replace("\n", "\\n")
        return file if self.is_body else f"{file}, entry {self.index + 1}"

    def as_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "file": self.file,
                "index": self.index,
                "method": self.method,
                "url": self.url,
                "status": self.status,
                "operation": self.operation,
                "verdict": worst(self.violations),
                "violations": [
                    {"kind": each.kind, "pointer": each.pointer, "message": each.message}
                    for each in self.violations
                ],
            }
        )


def summary(
    checked_exchanges: Sequence[CheckedExchange], contracts: Contracts, *, strict: bool = False
) -> str:
    """Return the text on at least one exchange, its last line the verdict on all."""
    failed = sum(bool(failing(each.violations, strict=strict)) for each in checked_exchanges)
    parts = [
        _table(checked_exchanges),
        *_groups(checked_exchanges),
        *_doubtful(checked_exchanges, contracts),
        *_deprecated(checked_exchanges, contracts),
    ]
    number = f"{len(checked_exchanges)} exchange{'' if len(checked_exchanges) == 1 else 's'}"
    if failed:
        parts.append(f"{failed} of {number} failed; access {contracts.access}")
    else:
        parts.append(f"{number} checked, none failed; access {contracts.access}")
    return escape_unprintable("\n\n".join(part for part in parts if part))


def _table(checked_exchanges: Sequence[CheckedExchange]) -> str:
    """Return a line an operation, in a terminal of 80 columns; verdicts that none has are left out."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in checked_exchanges:
        counts[each.operation or "(no contract)"][worst(each.violations)] += 1
    verdicts = [verdict for verdict in _VERDICTS if any(row[verdict] for row in counts.values())]
    cells = {
        name: "".join(f"{row[verdict] or '.':>{len(verdict) + 2}}" for verdict in verdicts)
        for name, row in counts.items()
    }
    head = "".join(f"  {verdict}" for verdict in verdicts)
    width = max(map(len, (*counts, "operation")))
    if width + len(head) > _COLUMNS:
        return "\n".join([f"operation\n{head}", *(f"{name}\n{cells[name]}" for name in sorted(cells))])
    lines = [f"{'operation':<{width}}{head}"]
    return "\n".join([*lines, *(f"{name:<{width}}{cells[name]}" for name in sorted(cells))])


def _groups(checked_exchanges: Sequence[CheckedExchange]) -> list[str]:
    """Return one paragraph a kind, each field once with how often it is at fault and where first."""
    found: dict[str, dict[tuple[str, str, str], _Field]] = {kind: {} for kind in KINDS}
    for checked in checked_exchanges:
        for violation in checked.violations:
            place = generalize_indexes(violation.pointer)
            key = (checked.operation or "(no contract)", place, violation.without_values().message)
            field = found[violation.kind].setdefault(key, _Field(violation.message, []))
            if not field.exchanges or field.exchanges[-1] is not checked:
                field.exchanges.append(checked)
    return [_group(kind, found[kind]) for kind in KINDS if found[kind]]


class _Field(NamedTuple):
    """A field at fault: the message of the first time, and the exchanges."""

    message: str
    exchanges: list[CheckedExchange]


def _group(kind: str, found: Mapping[tuple[str, str, str], _Field]) -> str:
    lines = [f"{kind}:"]
    ordered = sorted(found.items(), key=lambda item: (-len(item[1].exchanges), item[0]))
    for (operation, place, _), (message, exchanges) in ordered[:_SHOWN]:
        often = f" and {len(exchanges) - 1} more" if len(exchanges) > 1 else ""
        title = f"{operation}  {truncate(place, LONGEST)}" if place else operation
        lines += [f"  {title}", f"      {truncate(message, LONGEST)}", f"      {exchanges[0].place}{often}"]
    if len(ordered) > _SHOWN:
        lines.append(f"  ... and {len(ordered) - _SHOWN} more; --json prints all")
    return "\n".join(lines)


def _doubtful(checked_exchanges: Sequence[CheckedExchange], contracts: Contracts) -> list[str]:
    """Return a paragraph on contracts that answers break and no real answer proves."""
    broken = {
        each.operation
        for each in checked_exchanges
        if each.operation and worst(each.violations) == "breaking"
    }
    named = {name: doubt(contracts.registry.contracts[name], contracts.access) for name in sorted(broken)}
    lines = [f"  {name}  {told}" for name, told in named.items() if told]
    return ["\n".join(["evidence:", *lines])] if lines else []


def _deprecated(checked_exchanges: Sequence[CheckedExchange], contracts: Contracts) -> list[str]:
    registry = contracts.registry
    used = sorted({each.operation for each in checked_exchanges if each.operation})
    old = [name for name in used if registry.availability(registry.contracts[name]).status == "deprecated"]
    if not old:
        return []
    lines = ["deprecated, still answered:"]
    for name in old:
        contract = registry.contracts[name]
        successor = next((each.replaced_by for each in contract.access.values() if each.replaced_by), None)
        lines.append(f"  {name}  {contract.title}{f': use {successor}' if successor else ''}")
    return ["\n".join(lines)]
