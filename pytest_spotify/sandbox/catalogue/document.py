"""A catalogue document: a JSON file of music, shows, books and playlists, and what may stand in it.

The files of the package and those that a user adds have the same format (docs/sandbox.md). What is missing
is derived by `builder`. Knows the format only, not what the entries mean to each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast

from pytest_spotify.errors import did_you_mean, truncate
from pytest_spotify.sandbox.catalogue.place import Place

_ALBUM_TYPES = ("album", "single", "compilation")


@dataclass(frozen=True, slots=True)
class _Property:
    """What a property must be: a test, and the words that say what it expects."""

    accepts: Callable[[Any], bool]
    expected: str
    required: bool = False


def read(path: Path) -> dict[str, Any]:
    """Return a document whose every property has the form that it must have, or raise InvalidCatalogue."""
    place = Place(path)
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise place.error(f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise place.error(f"expected JSON, in UTF-8: {error}") from None
    _check_object(place, document, dict.fromkeys((*_KINDS, "users"), _ANY))
    for kind, properties in _KINDS.items():
        rows = document.setdefault(kind, [])
        if not isinstance(rows, list):
            raise place.property(kind).error(f"expected a list of objects, found {_shown(rows)}")
        for index, row in enumerate(rows):
            _check_row(place.part(kind, index), row, properties)
    if not _is_names(document.setdefault("users", {})):
        raise place.property("users").error(f"expected names by user id, found {_shown(document['users'])}")
    return cast(dict[str, Any], document)


def _check_row(place: Place, row: Any, properties: Mapping[str, _Property]) -> None:
    _check_object(place, row, properties)
    for name, part in _PARTS.items():
        if name not in properties or not isinstance(row.get(name), list):
            continue
        for index, each in enumerate(row[name]):
            if not (name == "tracks" and _is_text(each)):  # a track may be its name alone
                _check_object(place.part(name, index), each, part)


def _check_object(place: Place, value: Any, properties: Mapping[str, _Property]) -> None:
    if not isinstance(value, dict):
        raise place.error(f"expected an object, found {_shown(value)}")
    for name, each in value.items():
        known = properties.get(name)
        if known is None:
            near = did_you_mean(name, properties) or f"; there are {', '.join(properties)}"
            raise place.error(f"unknown property {name!r}{near}")
        if not known.accepts(each):
            raise place.property(name).error(f"expected {known.expected}, found {_shown(each)}")
    for name, known in properties.items():
        if known.required and name not in value:
            raise place.property(name).error(f"expected {known.expected}, found nothing")


def _shown(value: Any) -> str:
    return truncate(json.dumps(value, ensure_ascii=False))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_names(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_is_text, (*value, *value.values())))


def _is_date(pattern: str) -> Callable[[Any], bool]:
    def accepts(value: Any) -> bool:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            return False
        with suppress(ValueError):
            return bool(date.fromisoformat(value + "-01-01"[len(value) - 4 :]))
        return False

    return accepts


def _is_number(low: int, high: float = float("inf")) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value <= high


def _matches(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


_ANY = _Property(lambda _: True, "")
_NAME = _Property(_is_text, "a text", required=True)
_TEXT = _Property(lambda value: isinstance(value, str), "a text")
_NAMES = _Property(lambda value: _is_texts(value) and bool(value), "a list of names", required=True)
_MORE_NAMES = _Property(_is_texts, "a list of names")
_FLAG = _Property(lambda value: isinstance(value, bool), "true or false")
_ID = _Property(_matches("[0-9A-Za-z]{22}"), "an id of 22 letters and digits")
_COUNT = _Property(_is_number(0), "a whole number, 0 or more")
_MILLISECONDS = _Property(_is_number(1), "milliseconds")
_DAY = _Property(_is_date(r"\d{4}-\d\d-\d\d"), "a date like 2024-05-17")
_MARKETS = _Property(_matches("([A-Z]{2}( [A-Z]{2})*)?"), "countries like 'DE FR' (ISO 3166-1)")

_TRACK: dict[str, _Property] = {
    "name": _NAME,
    "id": _ID,
    "ms": _MILLISECONDS,
    "explicit": _FLAG,
    "isrc": _Property(_matches("[A-Z0-9]{12}"), "an ISRC of 12 letters and digits"),
    "with": _MORE_NAMES,
    "relinked_to": _ID,
    "markets": _MARKETS,
    "not_in": _MARKETS,
}
_EPISODE = {"name": _NAME, "date": replace(_DAY, required=True), "id": _ID, "ms": _MILLISECONDS}
_CHAPTER = {
    "number": _Property(_is_number(0), "a whole number, 0 or more", required=True),
    "id": _ID,
    "name": _TEXT,
    "ms": _MILLISECONDS,
}
_PARTS = {"tracks": _TRACK, "named_episodes": _EPISODE, "named_chapters": _CHAPTER}
_KINDS: dict[str, dict[str, _Property]] = {
    "artists": {
        "name": _NAME,
        "id": _ID,
        "genres": _MORE_NAMES,
        "popularity": _Property(_is_number(0, 100), "a whole number from 0 to 100"),
        "followers": _COUNT,
    },
    "albums": {
        "name": _NAME,
        "artists": _NAMES,
        "date": _Property(
            _is_date(r"\d{4}(-\d\d){0,2}"), "a date like 2024, 2024-05 or 2024-05-17", required=True
        ),
        "tracks": _Property(
            lambda value: (isinstance(value, list) and bool(value)) or _is_number(1)(value),
            "a number of tracks, or a list of them",
            required=True,
        ),
        "id": _ID,
        "type": _Property(_ALBUM_TYPES.__contains__, " or ".join(_ALBUM_TYPES)),
        "label": _Property(_is_text, "a text"),
    },
    "shows": {
        "name": _NAME,
        "publisher": _NAME,
        "id": _ID,
        "language": _Property(_matches("[a-z]{2}(-[A-Z]{2})?"), "a language like en or en-US"),
        "explicit": _FLAG,
        "description": _TEXT,
        "episodes": _COUNT,
        "first": _DAY,
        "named_episodes": _Property(lambda value: isinstance(value, list), "a list of episodes"),
    },
    "audiobooks": {
        "name": _NAME,
        "authors": _NAMES,
        "date": _DAY,
        "chapters": _Property(_is_number(1), "a number of chapters", required=True),
        "id": _ID,
        "narrators": _MORE_NAMES,
        "copyright": _Property(lambda value: value is None or isinstance(value, str), "a text or null"),
        "named_chapters": _Property(lambda value: isinstance(value, list), "a list of chapters"),
    },
    "categories": {"name": _NAME, "id": _Property(_matches("[0-9A-Za-z_-]+"), "an id")},
    "playlists": {
        "name": _NAME,
        "owner": _NAME,
        "items": _Property(
            _is_texts, "a list of items such as 'track:NAME' or 'spotify:track:ID'", required=True
        ),
        "id": _ID,
        "description": _TEXT,
        "followers": _COUNT,
        "gone": _FLAG,
    },
}
