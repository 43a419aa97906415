"""Broken answers: copies of good bodies, each with one fault that a contract must catch.

What is always present is read off the bodies, not off the contracts: a field that every object at its
place has, in all bodies given, and never null. So a contract that forgets to require it is caught.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

# The bars, in one place: the share of mutants that must be found `breaking`.
OVER_ALL = 0.99
EACH_CONTRACT = 0.95
KINDS_OF_CONTRADICTION = 16  # of the kinds in tests/contradictions.py; not every access has fields for all

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

# What Spotify itself sends as null or leaves out, so that a copy without it is no broken answer: a pattern
# for the whole of "ACCESS OPERATION PLACE FAULT", and where that is known from.
_PLAYLIST = r"\S+ \S*(playlist|search)\S* (/playlists)?(/items/\*)?"
_AUDIOBOOK = r"extended \S*(audiobook|chapter|search)\S* (/audiobooks(/items)?/\*|/chapters/\*)?"
_LISTED = r"(extended \S+|development search) (/playlists)?/items/\*/items"
_ENTRY = r"\S+ get-playlist\S* (/items|/tracks)?/items/\*"
LAWFUL: dict[str, str] = {
    rf"{_PLAYLIST}/(description|public) null": "OpenAPI, prose of the playlist object",
    rf"{_PLAYLIST}/images null": "spotify/spotify-web-api-ts-sdk#92, jpochyla/psst#464",
    rf"{_LISTED} dropped": "February 2026 changelog: only for owners and collaborators",
    rf"{_ENTRY}/added_(at|by) null": "OpenAPI, prose of the playlist entry",
    rf"{_ENTRY}/(item|track) null": "spotify/web-api#958",
    r"\S+ \S+ \S*/display_name null": "OpenAPI, prose of the user objects",
    r"\S+ \S+ /device(s/\*)?/(id|volume_percent) null": "OpenAPI, prose of the device object",
    r"\S+ \S+ /progress_ms null": "OpenAPI, prose of the playback objects",
    r"\S+ \S+ /actions/disallows/resuming dropped": "disallows names only what is disallowed",
    r"\S+ \S+ \S*/audio_preview_url null": "OpenAPI, prose of the episode objects",
    r"extended \S+ \S*/label null": "jpochyla/psst#112",
    r"\S+ get-current-users-profile /account_id dropped": "May 2026 changelog: answers before have none",
    r"extended get-current-users-profile /email dropped": "only with the scope user-read-email",
    r"\S+ \S+ \S*/episode/resume_point dropped": "only with the scope user-read-playback-position",
    rf"{_AUDIOBOOK}(/audiobook)?/available_markets dropped": "recorded with `market` (2022, 2023)",
    r"extended get-users-saved-audiobooks /items/\*/available_markets dropped": "as in the line above",
    r"\S+ \S+ \S*/album/is_playable dropped": "only with `market`; not documented of albums",
    r"development search /tracks/items/\*/is_playable dropped": "only with `market` (track relinking guide)",
    r"development \S*(artist|followed|search) \S*/genres dropped": "spotDL/spotify-downloader#2636",
    r"development \S*(search|saved-tracks|top-artists)\S* \S+/external_ids dropped": "missing in what was "
    "played (FoxxMD/multi-scrobbler#704, ramsayleung/rspotify#578), and not known to be in these lists",
    r"extended \S*(artist|followed|search)\S* \S*/followers/total null": "null in GET /me/top/artists on ten "
    "dates (2022 to 2026)",
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
        chance = random.Random(f"{seed} {number}")
        drawn: dict[tuple[str, str], list[tuple[Path, Any]]] = defaultdict(list)
        for path, value in _fields(body):
            place = place_of(path)
            if place not in always:
                continue
            for fault, broken in _faults(str(path[-1]), value):
                drawn[place, fault].append((path, broken))
        chosen = [(place, fault) for place, fault in drawn if wanted(place, fault)]
        chance.shuffle(chosen)
        for place, fault in chosen[:each]:
            path, broken = chance.choice(drawn[place, fault])
            yield number, Mutant(copy_with(body, path, broken), place, fault)


def with_added_field(body: Any, seed: int = 0) -> Any:
    """Return a copy in which one object has a field that nobody knows; None where there is no object."""
    objects = [path for path, value in values_in(body) if isinstance(value, dict) and value and _closed(path)]
    if not objects:
        return None
    path = random.Random(seed).choice(objects)
    return copy_with(body, (*path, "a_field_of_tomorrow"), 1)


@cache
def excuse(access: str, operation: str, place: str, fault: str) -> str | None:
    """Return the pattern in LAWFUL by which a fault is none, or None."""
    told = f"{access} {operation} {place} {fault}"
    return next((pattern for pattern in LAWFUL if re.fullmatch(pattern, told)), None)


def as_bytes(body: Any) -> bytes:
    """Return a body as it would come over the wire."""
    return json.dumps(body).encode()


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
            if isinstance(value, dict):
                objects[place_of(path)] += 1
        for path, value in _fields(body):
            if value is not None:
                seen[place_of(path)] += 1
    return {place for place, count in seen.items() if count == objects[place.rpartition("/")[0]]}


def _fields(body: Any) -> Iterator[tuple[Path, Any]]:
    for path, value in values_in(body):
        if path and isinstance(path[-1], str) and _closed(path[:-1]):
            yield path, value


def _closed(path: Path) -> bool:
    """Say whether an object's keys are Spotify's own: external_ids maps other systems' names."""
    return "external_ids" not in path


def values_in(body: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield the body and every value in it, each after its path."""
    yield path, body
    pairs = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in pairs:
        yield from values_in(value, (*path, key))


def place_of(path: Path) -> str:
    """Return a path as text, with `*` for array positions."""
    return "".join("/*" if isinstance(part, int) else f"/{part}" for part in path)


def copy_with(body: Any, path: Path, value: Any) -> Any:
    """Return a copy of a body with another value at a path; what lies beside the path is shared."""
    made = {**body} if isinstance(body, dict) else [*body]
    first, *rest = path
    if rest:
        made[first] = copy_with(body[first], tuple(rest), value)
    elif value is _Missing:
        del made[first]
    else:
        made[first] = value
    return made
