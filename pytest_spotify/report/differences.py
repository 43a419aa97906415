"""How traffic differs: from the recorded response (drift), and between the accesses (migration).

https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_spotify.check import check_exchange, renamed
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.errors import escape_unprintable
from pytest_spotify.exchange import Exchange
from pytest_spotify.report import generalize_indexes, summary_line

# 5190.0 is no 5190 to a typed client, as all of them learned from January to March 2024.
_ZERO_FRACTION = "number with a zero fraction"


def drift(recorded: Exchange, live: Exchange) -> list[str]:
    """Return a line for each difference in status, fields and types; values are not compared."""
    before, now = recorded.response, live.response
    if before.status != now.status:
        return [f"status {before.status} is now {now.status}"]
    was, is_ = _shape(before.body), _shape(now.body)
    # An empty list tells nothing of what would be in it.
    lines = [f"{place}: gone" for place in was.keys() - is_.keys() if _parent(place) in is_]
    lines += [f"{place}: new" for place in is_.keys() - was.keys() if _parent(place) in was]
    lines += [
        f"{place}: {_types(was[place])} is now {_types(is_[place])}"
        for place in was.keys() & is_.keys()
        if not is_[place] <= _expected(was[place]) and not was[place] <= {"null"}
    ]
    return sorted(lines)


def _shape(body: bytes) -> dict[str, set[str]]:
    """Return the types at each place of a JSON body, all items of a list being one place."""
    found: dict[str, set[str]] = defaultdict(set)
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    for place, kind in _places(value, ""):
        found[place].add(kind)
    return found


def _places(value: Any, place: str) -> Iterator[tuple[str, str]]:
    yield place, _kind(value)
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _places(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _places(inner, f"{place}/*")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, float) and value.is_integer():
        return _ZERO_FRACTION
    kinds = ((bool, "boolean"), (int, "number"), (float, "number"), (str, "string"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "object")


def _expected(kinds: set[str]) -> set[str]:
    """Return the kinds that are no change where those were recorded."""
    return kinds | {"null"} | ({"number"} if _ZERO_FRACTION in kinds else set())


def _parent(place: str) -> str:
    return place.rpartition("/")[0]


def _types(kinds: set[str]) -> str:
    return " or ".join(sorted(kinds))


_FIELDS_SHOWN = 8


class Migration:
    """The violations of traffic under development and not under extended, added exchange by exchange."""

    def __init__(self) -> None:
        self._met: dict[str, _OperationDifferences] = {}

    def add(self, operation: str | None, exchange: Exchange, violations: Sequence[Violation]) -> None:
        """Add an exchange with its violations under development."""
        if operation is None:
            return
        met = self._met.setdefault(operation, _OperationDifferences())
        news = [each for each in violations if each not in met]
        if news:
            known = {(each.kind, each.pointer) for each in check_exchange(exchange, bundled("extended"))}
            for each in news:
                if (each.kind, each.pointer) not in known:
                    met.add(each)

    def text(self) -> str:
        """Return the differences by operation, or an empty text."""
        met = {operation: each for operation, each in self._met.items() if each.faults or each.gone}
        return escape_unprintable("\n".join(_text(met))) if met else ""


@dataclass(slots=True, kw_only=True)
class _OperationDifferences:
    """The violations of one operation, each once and in order of appearance."""

    faults: dict[str, None] = field(default_factory=dict)  # in words
    gone: dict[str, None] = field(default_factory=dict)  # places of fields that are not sent any more

    def __contains__(self, violation: Violation) -> bool:
        return _line(violation) in (self.gone if violation.kind == "additive" else self.faults)

    def add(self, violation: Violation) -> None:
        (self.gone if violation.kind == "additive" else self.faults)[_line(violation)] = None


def _line(violation: Violation) -> str:
    if violation.kind == "additive":
        return generalize_indexes(violation.pointer)
    # The traffic is of an extended app: that a removed operation answered is no news.
    return summary_line(violation).partition(" (yet")[0]


def _text(met: Mapping[str, _OperationDifferences]) -> list[str]:
    lines = ["when the app moves from extended to development:"]
    for operation in sorted(met):
        lines.append(f"  {operation}")
        lines += [f"      {line}" for line in (*met[operation].faults, *_fields(list(met[operation].gone)))]
    return lines


def _fields(places: Sequence[str]) -> list[str]:
    shown = [f"no longer sent: {place}{_instead(place)}" for place in places[:_FIELDS_SHOWN]]
    more = len(places) - len(shown)
    return [*shown, f"no longer sent: {more} more fields"] if more > 0 else shown


def _instead(place: str) -> str:
    instead = renamed(place.rpartition("/")[2])
    return f"; use {instead}" if instead else ""
