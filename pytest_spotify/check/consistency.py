"""Find where a body contradicts itself: a glance at each object, the rules for what that does not clear.

This is in the hot path of every check: whole addresses are compared first, which is quick and clears ordinary
objects, and only a body with a fault is walked for the pointers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from pytest_spotify.check import consistency_rules as rules
from pytest_spotify.check import pagination
from pytest_spotify.check.consistency_rules import Finding, Object, Rule, whole
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.messages import shorten_value
from pytest_spotify.contracts.schema import SchemaError, to_pointer
from pytest_spotify.formats.strict_json import Content

# The names by which a contract switches rules off.
RULES = {*rules.RULES, *pagination.RULES, "release-date", "total-tracks", "isrc", "upc", "whole-number"}

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
    """Return True if `release_date` has the parts that its precision names, or there is no such pair."""
    date, precision = thing.get("release_date"), thing.get("release_date_precision")
    form = _DATE_FORMS.get(precision) if isinstance(precision, str) else None
    return form is None or not isinstance(date, str) or len(date) == len(form)


def release_date(thing: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if a date lacks the parts that its precision names, or has more."""
    if not has_precise_date(thing):
        precision = thing["release_date_precision"]
        expected = f"{_DATE_FORMS[precision]}, as {at}/release_date_precision is {shorten_value(precision)}"
        yield Finding("release-date", "/release_date", expected, shorten_value(thing["release_date"]))


def has_agreed_total(thing: Object) -> bool:
    """Return True if an album has as many tracks as the page of its tracks says, or does not say both."""
    tracks = thing.get("tracks")
    total = whole(thing.get("total_tracks"))
    on_page = whole(tracks.get("total")) if isinstance(tracks, dict) else None
    return total is None or on_page is None or total == on_page


def total_tracks(thing: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if an album has more or fewer tracks than the page of its tracks says."""
    if not has_agreed_total(thing):
        total, on_page = whole(thing["total_tracks"]), whole(thing["tracks"]["total"])
        yield Finding("total-tracks", "/total_tracks", f"{on_page}, as {at}/tracks/total is", f"{total}")


def has_good_identifiers(thing: Object) -> bool:
    """Return True if the identifiers of other systems have their form."""
    return all(
        form.fullmatch(thing[name])
        for name, (form, _) in _IDENTIFIERS.items()
        if isinstance(thing.get(name), str)
    )


def identifiers(thing: Object, at: str) -> Iterator[Finding]:  # noqa: ARG001 (every rule gets it)
    """Yield a finding for each identifier of another system that lacks its form."""
    for name, (form, expected) in _IDENTIFIERS.items():
        value = thing.get(name)
        if isinstance(value, str) and not form.fullmatch(value):
            yield Finding(name, f"/{name}", expected, shorten_value(value))


_OF_THINGS: list[Rule] = [rules.same_identity, release_date, total_tracks]
_OF_IDENTIFIERS: list[Rule] = [identifiers]
_OF_PAGES: list[Rule] = [
    pagination.page_size,
    pagination.page_total,
    pagination.page_href,
    pagination.page_previous,
    pagination.page_next,
    pagination.page_step,
    pagination.page_short,
]

# Fields that tell the kinds apart.
_SIGNS = frozenset({"id", "items", "isrc", "upc"})

# A short page is reported of Spotify and was never recorded: it is told like what the contract does not know.
_ADDITIVE = {"page-short"}

# With `fields`, the total of a page shrinks (thlucas1/homeassistantcomponent_spotifyplus#119), and a track
# may come without the `linked_from` that its address names.
_NOT_WITH_FIELDS = {*pagination.RULES, "external-url"}

Faults = Callable[[Any], Iterable[SchemaError]]


def contradictions(
    content: Content, faults: Faults, *, fields: bool = False, off: Collection[str] = ()
) -> Iterator[Violation]:
    """Yield a violation for each rule that a body breaks.

    `faults` gives a value's schema faults, `fields` says that the request chose what comes, `off` names
    rules that do not hold here.
    """
    skipped = {*off, *_NOT_WITH_FIELDS} if fields else off
    broken = {
        id(thing): registry
        for thing, registry in _unclear(content.objects)
        if any(True for rule in registry for _ in rule(thing, ""))
    }
    for pointer, thing in _values(content.value) if broken else ():
        for rule in broken.get(id(thing), ()):
            for name, field, expected, actual in rule(thing, pointer):
                if name not in skipped:
                    yield _violation(name, pointer + field, expected, actual)
    if "whole-number" not in skipped and any(number.is_integer() for number in content.fractions):
        yield from _whole_numbers(content.value, faults)


def _unclear(objects: Iterable[Object]) -> Iterator[tuple[Object, Sequence[Rule]]]:
    """Yield the objects that take a closer look, each with the rules for its kind.

    Written for speed, as it sees every object of every body: an object is cleared at a glance where its
    addresses are those that its type and id make, and nothing else about it can be wrong.
    """
    prefixes, no_sign = rules.PREFIXES, _SIGNS.isdisjoint
    for thing in objects:
        if "uri" in thing:
            kind, uri = thing.get("type"), thing["uri"]
            if type(kind) is str and kind in prefixes:
                uri_start, href_start, url_start = prefixes[kind]
                name = thing["id"] if "id" in thing else str(uri).rpartition(":")[2]  # a context has no id
                if (
                    type(name) is str
                    and uri == uri_start + name
                    and thing.get("href") == href_start + name
                    and thing.get("external_urls") == {"spotify": url_start + name}
                    and (kind == "artist" or _is_ordinary(thing))
                ):
                    continue
            yield thing, _OF_THINGS
        elif no_sign(thing):
            continue
        elif "items" in thing:
            yield thing, _OF_PAGES
        elif "id" in thing:
            yield thing, _OF_THINGS
        elif not has_good_identifiers(thing):
            yield thing, _OF_IDENTIFIERS


def _is_ordinary(thing: Object) -> bool:
    """Return True if no rule but that of the addresses has anything to look at in an object."""
    return (
        "linked_from" not in thing
        and ("tracks" not in thing or has_agreed_total(thing))
        and ("release_date" not in thing or has_precise_date(thing))
    )


def _whole_numbers(body: Any, faults: Faults) -> Iterator[Violation]:
    """Yield a violation for each number that the schemas want whole and that is written as a fraction.

    JSON Schema takes 5190.0 for an integer (core section 4.2.3), and Spotify sent it from January to March
    2024. So each such number is replaced by one half, which is no integer, and the schemas are applied again.
    """
    numbers = {
        pointer: value for pointer, value in _values(body) if isinstance(value, float) and value.is_integer()
    }
    for schema_error in faults(_halved(body)):
        if (
            schema_error.keyword == "type"
            and "integer" in schema_error.keyword_value
            and schema_error.pointer in numbers
        ):
            actual = shorten_value(numbers[schema_error.pointer])
            yield _violation(
                "whole-number", schema_error.pointer, "a whole number without fraction or exponent", actual
            )


def _halved(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _halved(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_halved(inner) for inner in value]
    return 0.5 if isinstance(value, float) and value.is_integer() else value


def _values(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value in a body but texts, after its pointer."""
    yield pointer, value
    if isinstance(value, dict):
        for name, inner in value.items():
            if not isinstance(inner, str):
                yield from _values(inner, pointer + to_pointer([name]))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            if not isinstance(inner, str):
                yield from _values(inner, f"{pointer}/{number}")


def _violation(rule: str, pointer: str, expected: str, actual: str) -> Violation:
    return Violation(
        kind="additive" if rule in _ADDITIVE else "breaking",
        pointer=pointer,
        expected=f"{expected} (rule {rule})",
        actual=actual,
    )
