"""What breaks when an app moves from extended quota mode to development mode, told from its own traffic.

https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from pytest_spotify.checking.check import check
from pytest_spotify.checking.rules import Rules
from pytest_spotify.checking.violation import Violation
from pytest_spotify.exchange import Exchange
from pytest_spotify.report.text import headline, printable

_FIELDS_SHOWN = 8
# The guide renames these in playlists, and nothing else.
_RENAMED = {"tracks": "items", "track": "item"}


def migration(exchanges: Iterable[Exchange], extended: Rules, development: Rules) -> str:
    """Return what the same traffic meets under development and not under extended; empty where nothing."""
    found: dict[str, dict[str, None]] = {}
    for exchange in exchanges:
        routed = development.route(exchange.request.method, exchange.request.url)
        if routed is None:
            continue
        known = {(each.kind, each.pointer) for each in check(exchange, extended)}
        new = [each for each in check(exchange, development) if (each.kind, each.pointer) not in known]
        # Each line once, in the order it was met.
        found.setdefault(routed[0].operation, {}).update(dict.fromkeys(_lines(new)))
    met = {operation: list(lines) for operation, lines in found.items() if lines}
    return printable("\n".join(_text(met))) if met else ""


def renamed(field: str) -> str:
    """Return what a field of extended quota mode is called in development mode, or nothing."""
    return _RENAMED.get(field, "")


def _lines(violations: Sequence[Violation]) -> list[str]:
    return [
        # The traffic is of an extended app: that a removed operation answered is no news.
        f"gone  {re.sub(r'/[0-9]+(?=/|$)', '/*', each.pointer)}"
        if each.kind == "additive"
        else headline(each).partition(" (yet")[0]
        for each in violations
    ]


def _text(met: Mapping[str, Sequence[str]]) -> list[str]:
    lines = ["when the app moves from extended to development:"]
    for operation in sorted(met):
        lines.append(f"  {operation}")
        lines += [f"      {line}" for line in met[operation] if not line.startswith("gone  ")]
        lines += [
            f"      {line}"
            for line in _fields([line[6:] for line in met[operation] if line.startswith("gone  ")])
        ]
    return lines


def _fields(places: Sequence[str]) -> list[str]:
    shown = [f"no longer sent: {place}{_instead(place)}" for place in places[:_FIELDS_SHOWN]]
    more = len(places) - len(shown)
    return [*shown, f"no longer sent: {more} more fields"] if more > 0 else shown


def _instead(place: str) -> str:
    instead = renamed(place.rpartition("/")[2])
    return f"; use {instead}" if instead else ""
