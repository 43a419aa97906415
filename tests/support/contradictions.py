"""Answers that contradict themselves: copies of good bodies in which one field disagrees with another one.

Each kind is made wherever a body has the fields for it, and knows nothing of the rules that find it.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.support.mutations import Mutant, Path, copy_with, place_of, values_in

_ADDRESSES = {
    "uri": re.compile(r"^(spotify:[a-z]+:)([0-9A-Za-z]{22})$"),
    "href": re.compile(r"^(https://api\.spotify\.com/v1/[a-z]+/)([0-9A-Za-z]{22})$"),
}
_PUBLIC = re.compile(r"^(https://open\.spotify\.com/[a-z]+/)([0-9A-Za-z]{22})$")
_ID = re.compile(r"^[0-9A-Za-z]{22}$")
_KINDS = ["track", "album", "artist", "playlist", "show", "episode"]
_SHORTER = {"day": "month", "month": "year"}
_LONGER = {"month": "day", "year": "month"}

# Numbers that are no integers by the documentation, so that they may be written with a fraction.
_FRACTIONAL = re.compile(
    r".*/(acousticness|danceability|energy|instrumentalness|liveness|loudness|speechiness|tempo|valence)"
    r"|/(bars|beats|sections|segments|tatums|track)/.*"
)


def contradictions(
    body: Any, *, selected: bool = False, each: int | None = None, seed: int = 0
) -> Iterator[Mutant]:
    """Yield copies of a body with one contradiction: one for every place and kind, at most `each` of them.

    `selected` says that the request chose fields: then pages do not add up, and tracks may lack what makes
    their public address theirs.
    """
    chance = random.Random(f"contradictions {seed}")
    drawn: dict[tuple[str, str], list[tuple[Path, Any]]] = defaultdict(list)
    for path, value in values_in(body):
        for kind, field, wrong in _in_value(value, selected=selected):
            drawn[place_of(path + field), kind].append((path + field, wrong))
    wanted = list(drawn)
    chance.shuffle(wanted)
    for place, kind in wanted[:each]:
        path, wrong = chance.choice(drawn[place, kind])
        if kind == "whole number" and _FRACTIONAL.fullmatch(place):
            continue
        yield Mutant(copy_with(body, path, wrong), place, kind)


def _in_value(value: Any, *, selected: bool) -> Iterator[tuple[str, Path, Any]]:
    """Yield kind, path and wrong value of each contradiction that can be made in one object."""
    if not isinstance(value, dict):
        return
    yield from _identity(value, selected=selected)
    yield from _dates_and_numbers(value)
    if isinstance(value.get("items"), list) and not selected:
        yield from _page(value)


def _identity(thing: dict[str, Any], *, selected: bool) -> Iterator[tuple[str, Path, Any]]:
    name, urls, linked = thing.get("id"), thing.get("external_urls"), thing.get("linked_from")
    for field, form in _ADDRESSES.items():
        match = form.match(str(thing.get(field)))
        if match and len(thing.keys() & {"id", "uri", "href"}) > 1 and name is not None:
            yield f"{field} of another id", (field,), match[1] + _other(match[2])
    uri = _ADDRESSES["uri"].match(str(thing.get("uri")))
    if uri and thing.get("type") in ("chapter", "audiobook", *_KINDS):
        kind = next(kind for kind in _KINDS if kind != uri[1].split(":")[1])
        yield "uri of another kind", ("uri",), f"spotify:{kind}:{uri[2]}"
    public = _PUBLIC.match(str(urls.get("spotify"))) if isinstance(urls, dict) else None
    if public and not selected:
        yield "external URL of another id", ("external_urls", "spotify"), public[1] + _other(public[2])
    if uri and isinstance(name, str) and _ID.match(name):
        yield "another id", ("id",), _other(name)
    if isinstance(linked, dict) and "id" in linked and name:
        yield "linked from itself", ("linked_from",), _itself(thing)


def _itself(thing: dict[str, Any]) -> dict[str, Any]:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/track/{thing['id']}"},
        **{field: thing[field] for field in ("href", "id", "type", "uri") if field in thing},
    }


def _dates_and_numbers(thing: dict[str, Any]) -> Iterator[tuple[str, Path, Any]]:
    date, precision = thing.get("release_date"), thing.get("release_date_precision")
    if isinstance(date, str) and precision in _SHORTER:
        yield "date longer than its precision", ("release_date_precision",), _SHORTER[precision]
    if isinstance(date, str) and precision in _LONGER:
        yield "date shorter than its precision", ("release_date_precision",), _LONGER[precision]
    if isinstance(thing.get("isrc"), str):
        yield "ISRC of another form", ("isrc",), thing["isrc"][:-1]
        yield "ISRC with hyphens", ("isrc",), f"{thing['isrc'][:2]}-{thing['isrc'][2:]}"
    if isinstance(thing.get("upc"), str):
        yield "UPC with a letter", ("upc",), thing["upc"][:-1] + "x"
    if isinstance(thing.get("tracks"), dict) and "total_tracks" in thing and "total" in thing["tracks"]:
        yield "total_tracks of another album", ("total_tracks",), thing["total_tracks"] + 1
    for name, number in thing.items():
        if isinstance(number, int) and not isinstance(number, bool):
            yield "whole number", (name,), float(number)


def _page(page: dict[str, Any]) -> Iterator[tuple[str, Path, Any]]:
    limit, offset, total = page.get("limit"), page.get("offset"), page.get("total")
    count = len(page["items"])
    if limit and count > 1:
        yield "more items than the limit", ("limit",), count - 1
    if total and count and offset is not None:
        yield "items behind the total", ("total",), offset + count - 1
    if limit and f"limit={limit}" in str(page.get("href")):
        yield "another limit than href", ("limit",), limit + 1
    if offset is not None and f"offset={offset}" in str(page.get("href")):
        yield "another offset than href", ("offset",), offset + 1
    if offset is not None and "previous" in page:
        yield "previous against offset", ("previous",), None if offset else page.get("href")
    if limit and offset is not None and total is not None and "next" in page:
        yield "next against total", ("next",), None if page["next"] else page.get("href")
        if page["next"]:
            step = page["next"].replace(f"offset={offset + limit}", f"offset={offset + limit + 1}")
            yield "next with another step", ("next",), step


def _other(name: str) -> str:
    """Return another id of the same form."""
    return name[:-1] + ("a" if name[-1] != "a" else "b")
