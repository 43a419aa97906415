"""The shape of JSON bodies: which properties objects have, of which types and forms; no values.

Many bodies have one shape together. Objects are counted apart by their `type`, since a list may hold tracks
and episodes, and found again by their `uri`, so that one object can be compared with itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

NULL = "null"
# 5190.0 is no 5190 to a typed client, as all of them learned from January to March 2024.
ZERO_FRACTION = "number with a zero fraction"

_TYPES = {
    type(None): NULL,
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
}

Mark: TypeAlias = tuple[str, int | None]
"""The type of a value, and a hash that tells whether it is the same text or number."""

_LONGEST = 500  # of a text whose form is looked for
_FORMS = {
    "Spotify URI": re.compile(r"spotify:[a-z]+:\S+"),
    "URL": re.compile(r"https?://\S+"),
    "Spotify id": re.compile(r"(?=.*[0-9])(?=.*[A-Z])(?=.*[a-z])[0-9A-Za-z]{22}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"),
    "date": re.compile(r"\d{4}(-\d\d){0,2}"),
    "UUID": re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}"),
    "hexadecimal digits": re.compile(r"[0-9a-f]{16,}"),
    "digits": re.compile(r"[0-9]+"),
    "market": re.compile(r"[A-Z]{2}"),
}
# A single text of such a form has it by no accident, as a name of two capital letters may.
CERTAIN_FORMS = frozenset({"Spotify URI", "URL", "date-time", "UUID"})
NO_FORM = "text"


@dataclass(slots=True)
class Shape:
    """The values at one place: how many of which type, and what is inside them."""

    types: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)  # of the texts
    items: Shape | None = None
    objects: dict[str, ObjectShape] = field(default_factory=dict)  # by their `type`, "" without one

    @property
    def count(self) -> int:
        """Return how many values there were."""
        return self.types.total()

    @property
    def values(self) -> int:
        """Return how many of the values are not null."""
        return self.count - self.types[NULL]


@dataclass(slots=True)
class ObjectShape:
    """The objects of one `type` at one place."""

    count: int = 0
    properties: dict[str, Shape] = field(default_factory=dict)
    known: dict[str, dict[str, Mark]] = field(default_factory=dict)  # by identity, a mark of each property


def shape_of(bodies: Iterable[tuple[Any, str]]) -> Shape:
    """Return the shape of parsed bodies, each with a text that names it: the same for the same object."""
    shape = Shape()
    for body, identity in bodies:
        _add(shape, body, identity)
    return shape


def type_of(value: Any) -> str:
    """Return the JSON type of a value, whole numbers that are written as fractions apart."""
    if isinstance(value, float) and value.is_integer():
        return ZERO_FRACTION
    return _TYPES.get(type(value), "object")


def _add(shape: Shape, value: Any, identity: str) -> None:
    shape.types[type_of(value)] += 1
    if isinstance(value, str):
        shape.forms[_form(value)] += 1
    elif isinstance(value, list):
        shape.items = shape.items or Shape()
        for item in value:
            _add(shape.items, item, "")
    elif isinstance(value, dict):
        _add_object(shape, value, identity)


def _add_object(shape: Shape, value: Mapping[str, Any], identity: str) -> None:
    kind = value.get("type")
    objects = shape.objects.setdefault(kind if isinstance(kind, str) else "", ObjectShape())
    objects.count += 1
    identity = _identity(value) or identity
    if identity:
        objects.known[identity] = {name: _mark(each) for name, each in value.items()}
    for name, each in value.items():
        inner = objects.properties.setdefault(name, Shape())
        _add(inner, each, f"{identity} {name}" if identity else "")


def _mark(value: Any) -> Mark:
    return type_of(value), hash(value) if isinstance(value, str | int | float) else None


def _identity(value: Mapping[str, Any]) -> str:
    """Return what names an object wherever it is met: its URI, or its address."""
    return next((text for key in ("uri", "href") if isinstance(text := value.get(key), str)), "")


def _form(text: str) -> str:
    text = text[:_LONGEST]
    return next((name for name, form in _FORMS.items() if form.fullmatch(text)), NO_FORM)
