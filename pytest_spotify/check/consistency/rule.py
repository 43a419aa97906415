"""What a consistency rule is: a function that looks at one JSON object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

Object = dict[str, Any]


class Finding(NamedTuple):
    """A rule that an object breaks. `field` is a JSON pointer from the object on."""

    rule: str
    field: str
    expected: str
    actual: str


# A function for one or more rules. It gets an object and the object's own pointer, to name the field that it
# compares with.
Rule = Callable[[Object, str], Iterator[Finding]]


def whole(value: Any) -> int | None:
    """Return a whole number, even where it is written with a fraction (`20.0`); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None
