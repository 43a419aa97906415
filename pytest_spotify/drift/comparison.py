"""How the shape of later bodies differs from that of earlier ones. Contracts are unknown here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_spotify.drift.shape import CERTAIN_FORMS, NO_FORM, NULL, ZERO_FRACTION, ObjectShape, Shape

Change = Literal[
    "status", "media type", "header", "body", "removed", "renamed", "added", "type", "null", "value", "form"
]
ENOUGH = 3  # objects that say something of all others
_SIMILAR = 0.5  # of the properties of two objects that one may be the other under a new name
# Where the next page is differs without any change of the API.
_VOLATILE = frozenset({"next", "previous", "before", "after", "cursors"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeChange:
    """One difference between two shapes, at a place with `*` for array positions.

    `object` is the `type` of the object that has the property. It is `certain` if the same object shows it,
    or several objects had it each time and several others never do; else content alone may explain it.
    """

    change: Change
    before: str
    after: str
    pointer: str = ""
    object: str = ""
    certain: bool = True


def compare_shapes(before: Shape, after: Shape, pointer: str = "", kind: str = "") -> Iterator[ShapeChange]:
    """Yield the changes from one shape to another; `kind` is the type of the object around it."""
    new = after.types.keys() - before.types.keys() - {NULL}
    if ZERO_FRACTION in before.types:
        new -= {"number"}
    if new and before.values:
        yield _change(pointer, "type", before.types.keys() - {NULL}, new, kind, certain=True)
    elif len(before.forms) == 1 and after.forms and not before.forms.keys() <= after.forms.keys():
        ((form, count),) = before.forms.items()
        certain = form in CERTAIN_FORMS or count >= ENOUGH
        if form != NO_FORM and certain:
            yield _change(pointer, "form", [form], after.forms.keys(), kind, certain=True)
    if before.items and after.items:
        yield from compare_shapes(before.items, after.items, f"{pointer}/*", kind)
    for name in before.objects.keys() & after.objects.keys():
        yield from _compare_objects(before.objects[name], after.objects[name], pointer, name)
    if len(before.objects) == len(after.objects) == 1 and "" in before.objects.keys() ^ after.objects.keys():
        (one,), (other,) = before.objects.values(), after.objects.values()
        yield from _compare_objects(one, other, pointer, next(iter(before.objects)))


def _compare_objects(
    before: ObjectShape, after: ObjectShape, pointer: str, kind: str
) -> Iterator[ShapeChange]:
    renamed = _renamed(before, after)
    for name, shape in before.properties.items():
        place, now = f"{pointer}/{name}", renamed.get(name, name)
        if now != name:
            yield _change(place, "renamed", [name], [now], kind, certain=True)
        else:
            yield from _removal(before, after, name, place, kind)
            yield from _nulls(before, after, name, place, kind)
        if inner := after.properties.get(now):
            yield from compare_shapes(shape, inner, f"{pointer}/{now}", kind)
    for name, shape in after.properties.items():
        if name not in before.properties and name not in renamed.values():
            gained = [key for key in _shared(before, after) if name in after.known[key]]
            always = shape.count == after.count
            certain = bool(gained) or (always and min(before.count, after.count) >= ENOUGH)
            types = _listed(shape.types)
            often = "" if always else f" in {shape.count} of {after.count}"
            yield _change(f"{pointer}/{name}", "added", ["absent"], [types + often], kind, certain=certain)


def _removal(
    before: ObjectShape, after: ObjectShape, name: str, place: str, kind: str
) -> Iterator[ShapeChange]:
    """Yield a change if objects have a property no more, or not all of those that had it."""
    shape, count = before.properties[name], after.properties[name].count if name in after.properties else 0
    if count == after.count or (count and shape.count < before.count):
        return
    lost = [
        key for key in _shared(before, after) if name in before.known[key] and name not in after.known[key]
    ]
    always = not count and shape.count == before.count
    certain = bool(lost) or (always and min(before.count, after.count) >= ENOUGH)
    absent = f"absent in {after.count - count} of {after.count}" if count else "absent"
    yield _change(place, "removed", [_listed(shape.types)], [absent], kind, certain=certain)


def _nulls(
    before: ObjectShape, after: ObjectShape, name: str, place: str, kind: str
) -> Iterator[ShapeChange]:
    """Yield a change if a property is null now where it was not, or is null no more."""
    was, now = before.properties[name], after.properties.get(name)
    if now is None or name in _VOLATILE:
        return
    nulls, counted = now.types[NULL], f"null in {now.types[NULL]} of {now.count}"
    if nulls and was.values and (not was.types[NULL] or not now.values):
        nulled = [
            key
            for key in _shared(before, after)
            if before.known[key].get(name, (NULL, None))[0] != NULL
            and after.known[key].get(name, ("", None))[0] == NULL
        ]
        certain = bool(nulled) or (not now.values and min(was.values, nulls) >= ENOUGH)
        yield _change(place, "null", was.types.keys() - {NULL}, [counted], kind, certain=certain)
    elif not was.values and not nulls and min(was.count, now.count) >= ENOUGH:
        yield _change(place, "null", [f"null in {was.count} of {was.count}"], now.types, kind, certain=True)


def _renamed(before: ObjectShape, after: ObjectShape) -> Mapping[str, str]:
    """Return the new name of each property that went as one like it came."""
    found: dict[str, str] = {}
    for name, shape in before.properties.items():
        if name in after.properties or shape.count < before.count:
            continue
        for other, candidate in after.properties.items():
            taken = other in before.properties or other in found.values() or candidate.count < after.count
            if not taken and _is_like(shape, candidate) and _may_be_renamed(before, after, name, other):
                found[name] = other
                break
    return found


def _is_like(one: Shape, other: Shape) -> bool:
    if (one.types.keys() ^ other.types.keys()) - {NULL} or one.forms.keys() != other.forms.keys():
        return False
    if one.items and other.items:
        return _is_like(one.items, other.items)
    names, others = (
        {name for each in shape.objects.values() for name in each.properties} for shape in (one, other)
    )
    return not names | others or len(names & others) >= _SIMILAR * len(names | others)


def _may_be_renamed(before: ObjectShape, after: ObjectShape, name: str, other: str) -> bool:
    """Return False if the same objects have another text or number under the new name."""
    pairs = [(before.known[key].get(name), after.known[key].get(other)) for key in _shared(before, after)]
    return not pairs or any(one == two for one, two in pairs)


def _shared(before: ObjectShape, after: ObjectShape) -> Iterable[str]:
    return before.known.keys() & after.known.keys()


def _change(
    pointer: str, change: Change, before: Iterable[str], after: Iterable[str], kind: str, *, certain: bool
) -> ShapeChange:
    return ShapeChange(
        pointer=pointer,
        change=change,
        before=_listed(before),
        after=_listed(after),
        object=kind,
        certain=certain,
    )


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
