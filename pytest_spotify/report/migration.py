"""What breaks when an app moves from extended quota mode to development mode, told from its own traffic.

https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_spotify.check import check_exchange
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange
from pytest_spotify.report.failure import generalize_indexes, summary_line
from pytest_spotify.text import escape_unprintable

_FIELDS_SHOWN = 8
# The guide renames these in playlists, and nothing else.
_RENAMED = {"tracks": "items", "track": "item"}


def migration(
    exchanges: Iterable[Exchange], extended: ContractRegistry, development: ContractRegistry
) -> str:
    """Return what the same traffic meets under development and not under extended; empty where nothing."""
    met: dict[str, _OperationDifferences] = {}
    for exchange in exchanges:
        contract = development.contract_for(exchange.request.method, exchange.request.url)
        if contract is None:
            continue
        known = {(each.kind, each.pointer) for each in check_exchange(exchange, extended)}
        for each in check_exchange(exchange, development):
            if (each.kind, each.pointer) not in known:
                met.setdefault(contract.operation, _OperationDifferences()).add(each)
    return escape_unprintable("\n".join(_text(met))) if met else ""


def renamed(field: str) -> str:
    """Return what a field of extended quota mode is called in development mode, or nothing."""
    return _RENAMED.get(field, "")


@dataclass(slots=True, kw_only=True)
class _OperationDifferences:
    """What one operation meets, each once and in the order it was met."""

    faults: dict[str, None] = field(default_factory=dict)  # in words
    gone: dict[str, None] = field(default_factory=dict)  # places of fields that are not sent any more

    def add(self, violation: Violation) -> None:
        if violation.kind == "additive":
            self.gone[generalize_indexes(violation.pointer)] = None
        else:
            # The traffic is of an extended app: that a removed operation answered is no news.
            self.faults[summary_line(violation).partition(" (yet")[0]] = None


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
