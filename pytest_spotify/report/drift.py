"""Drift: how the shape of a response differs from the recorded one of the same target."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pytest_spotify.exchange import Exchange

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
