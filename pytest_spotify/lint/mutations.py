"""Broken responses: copies of good bodies, each with one fault that a contract must catch.

What is always present is read off the bodies, not off the contracts: a property that every object at its
place has, in all bodies given, and never null. So a contract that forgets to require it is caught.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_ID = re.compile(r"^[0-9A-Za-z]{22}$")
_URI = re.compile(r"^spotify:[a-z]+:.+$")
_URL = re.compile(r"^https?://")
_DATE = re.compile(r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2}(T.*)?)?)?$")
# Free texts, which may look like a year, an address or an id without being one.
_FREE = {
    "name",
    "description",
    "html_description",
    "display_name",
    "narrator",
    "snapshot_id",
    "edition",
    "label",
}

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutant:
    """A broken body and what was done to it."""

    body: Any
    place: str
    fault: str


def mutants(
    bodies: Sequence[Any], *, wanted: Callable[[str, str], bool], each: int | None = None, seed: int = 0
) -> Iterator[tuple[int, Mutant]]:
    """Yield mutants of every body, with the body's number: at most `each`, the same for the same seed.

    One for every place and fault that is `wanted`.
    """
    always = _always_present(bodies)
    for number, body in enumerate(bodies):
        chance = random.Random(f"{seed} {number}")  # noqa: S311 - no secret
        drawn: dict[tuple[str, str], list[tuple[Path, Any]]] = defaultdict(list)
        for path, value in values_in(body):
            if not _is_field(path) or (place := place_of(path)) not in always:
                continue
            for fault, broken in _faults(str(path[-1]), value):
                drawn[place, fault].append((path, broken))
        chosen = [(place, fault) for place, fault in drawn if wanted(place, fault)]
        chance.shuffle(chosen)
        for place, fault in chosen[:each]:
            path, broken = chance.choice(drawn[place, fault])
            yield number, Mutant(copy_with(body, path, broken), place, fault)


class _Missing:
    """Marks a field to drop."""


def _faults(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield "dropped", _Missing
    yield "null", None
    yield "another type", [] if isinstance(value, (str, int, bool)) else "text"
    if not isinstance(value, str) or name in _FREE:
        return
    if _ID.match(value):
        yield "broken id", value[:-1] + "!"
        yield "short id", value[:-1]
    elif _URI.match(value) and not value.startswith("spotify:local:"):
        yield "broken URI", value.replace(":", ";", 1)
        yield "URI of another kind", re.sub(r"^spotify:[a-z]+", "spotify:nothing", value)
    elif _URL.match(value):
        yield "broken URL", value.replace("://", ":/", 1)
    elif _DATE.match(value):
        yield "broken date", value.replace("-", "/") if "-" in value else value + "x"
        if "-" in value:
            yield "impossible date", value[:5] + "77" + value[7:]


def _always_present(bodies: Sequence[Any]) -> set[str]:
    seen: dict[str, int] = defaultdict(int)
    objects: dict[str, int] = defaultdict(int)
    for body in bodies:
        for path, value in values_in(body):
            place = place_of(path)
            objects[place] += isinstance(value, dict)
            seen[place] += value is not None and _is_field(path)
    return {place for place, count in seen.items() if count and count == objects[place.rpartition("/")[0]]}


def _is_field(path: Path) -> bool:
    return bool(path) and isinstance(path[-1], str) and is_closed(path[:-1])


def is_closed(path: Path) -> bool:
    """Return whether an object's keys are Spotify's own: external_ids maps other systems' names."""
    return "external_ids" not in path


def values_in(body: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the body and every value in it, each after its path."""
    left: list[tuple[Path, Any]] = [((), body)]
    while left:
        path, value = left.pop()
        yield path, value
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        left += reversed([((*path, key), each) for key, each in pairs])


def place_of(path: Path) -> str:
    """Return a path as text, with `*` for array positions."""
    return "".join(["/*" if isinstance(part, int) else f"/{part}" for part in path])


def copy_with(body: Any, path: Path, value: Any) -> Any:
    """Return a copy of a body with another value at a path; what lies beside the path is shared."""
    made: Any = {**body} if isinstance(body, dict) else [*body]
    first, *rest = path
    if rest:
        made[first] = copy_with(body[first], tuple(rest), value)
    elif value is _Missing:
        del made[first]
    else:
        made[first] = value
    return made
