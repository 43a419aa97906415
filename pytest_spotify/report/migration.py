"""How traffic differs between the accesses: what breaks when an app moves to development mode.

https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from pytest_spotify.check import check_exchange, renamed
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.errors import escape_unprintable
from pytest_spotify.exchange import Exchange
from pytest_spotify.report import generalize_indexes, summary_line

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
        news = [each for each in violations if _line(each) not in met.shared and each not in met]
        if news:
            known = {(each.kind, each.pointer) for each in check_exchange(exchange, bundled("extended"))}
            for each in news:
                if (each.kind, each.pointer) not in known:
                    met.add(each)
                else:
                    met.shared.add(_line(each))

    def text(self) -> str:
        """Return the differences by operation, or an empty text."""
        met = {operation: each for operation, each in self._met.items() if each.faults or each.gone}
        return escape_unprintable("\n".join(_text(met))) if met else ""


@dataclass(slots=True, kw_only=True)
class _OperationDifferences:
    """The violations of one operation, each once and in order of appearance."""

    faults: dict[str, None] = field(default_factory=dict)  # in words
    gone: dict[str, None] = field(default_factory=dict)  # places of fields that are not sent any more
    shared: set[str] = field(default_factory=set)  # those that both accesses have

    def __contains__(self, violation: Violation) -> bool:
        return _line(violation) in (self.gone if violation.kind == "additive" else self.faults)

    def add(self, violation: Violation) -> None:
        (self.gone if violation.kind == "additive" else self.faults)[_line(violation)] = None


@lru_cache(maxsize=1024)  # exchanges are wrong alike
def _line(violation: Violation) -> str:
    if violation.kind == "additive":
        return generalize_indexes(violation.pointer)
    # The traffic is of an extended app: that a removed operation answered is no news.
    return summary_line(violation.without_values()).partition(" (yet")[0]


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
