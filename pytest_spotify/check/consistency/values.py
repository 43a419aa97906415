"""Values of one object that follow from each other, and identifiers that have a form of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_spotify.check.consistency.rule import Finding, Object, whole
from pytest_spotify.contracts.messages import shorten_value

RULES = ("release-date", "total-tracks", "isrc", "upc")
_DATE_FORMS = {"year": "YYYY", "month": "YYYY-MM", "day": "YYYY-MM-DD"}
_IDENTIFIERS = {
    # ISO 3901: country, registrant, year and number. Real ones come in lower case too.
    "isrc": (
        re.compile(r"[A-Za-z]{2}[A-Za-z0-9]{3}[0-9]{7}"),
        "two letters, three letters or digits, seven digits",
    ),
    "upc": (re.compile(r"[0-9]{8,14}"), "8 to 14 digits"),  # a GTIN
}


def has_precise_date(thing: Object) -> bool:
    """Say whether `release_date` has the parts that its precision names; True where there is no such pair."""
    date, precision = thing.get("release_date"), thing.get("release_date_precision")
    form = _DATE_FORMS.get(precision) if isinstance(precision, str) else None
    return form is None or not isinstance(date, str) or len(date) == len(form)


def release_date(thing: Object, at: str) -> Iterator[Finding]:
    """A date has the parts that its precision names."""
    if not has_precise_date(thing):
        precision = thing["release_date_precision"]
        expected = f"{_DATE_FORMS[precision]}, as {at}/release_date_precision is {shorten_value(precision)}"
        yield Finding("release-date", "/release_date", expected, shorten_value(thing["release_date"]))


def total_tracks(thing: Object, at: str) -> Iterator[Finding]:
    """An album has as many tracks as the page of its tracks says."""
    tracks = thing.get("tracks")
    total = whole(thing.get("total_tracks"))
    on_page = whole(tracks.get("total")) if isinstance(tracks, dict) else None
    if total is not None and on_page is not None and total != on_page:
        yield Finding("total-tracks", "/total_tracks", f"{on_page}, as {at}/tracks/total is", f"{total}")


def has_good_identifiers(thing: Object) -> bool:
    """Say whether the identifiers of other systems have their form."""
    return all(
        form.fullmatch(thing[name])
        for name, (form, _) in _IDENTIFIERS.items()
        if isinstance(thing.get(name), str)
    )


def identifiers(thing: Object, at: str) -> Iterator[Finding]:  # noqa: ARG001 (every rule gets it)
    """Identifiers of other systems have their form."""
    for name, (form, expected) in _IDENTIFIERS.items():
        value = thing.get(name)
        if isinstance(value, str) and not form.fullmatch(value):
            yield Finding(name, f"/{name}", expected, shorten_value(value))
