"""The `fields` parameter of playlists: what a request asked for, and what a schema says of an answer to it.

Names are separated by commas, dots and parentheses lead inside, `!` leaves out:
`items(added_at,item(name,album(!images)))`
(https://developer.spotify.com/documentation/web-api/reference/get-playlist). How `!` goes together with plain
names in one list is not documented, so such a list is held to nothing; nor is one that cannot be read.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_spotify.contracts.projection import CONDITIONAL, IF_UNASKED
from pytest_spotify.contracts.schema import Schema, resolve_ref

_DEEPEST = 16  # no answer is as deep; what leads further is not followed


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of an object: what is `named`, or, where nothing is, all but `excluded`."""

    named: Mapping[str, Selection] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    is_known: bool = True

    def for_property(self, name: str) -> Selection | None:
        """Return what is asked of a property; None where it may be left out."""
        if name in self.excluded or not self.is_known:
            return None
        return self.named.get(name) if self.named else ALL_FIELDS


ALL_FIELDS = Selection()
UNKNOWN_FIELDS = Selection(is_known=False)


def parse_fields(fields: str) -> Selection:
    """Return what the text of a `fields` parameter asks for."""
    tokens = deque(re.findall(r"[^,.()!\s]+|[,.()!]", fields))
    try:
        found = _listed(tokens, 0)
    except ValueError:
        return UNKNOWN_FIELDS
    return UNKNOWN_FIELDS if tokens else found


def _listed(tokens: deque[str], depth: int) -> Selection:
    """Read names up to the parenthesis that closes them; raise ValueError where there are none."""
    named: dict[str, Selection] = {}
    excluded: set[str] = set()
    while True:
        leaves_out = _taken(tokens, "!")
        path = [_name(tokens)]
        while _taken(tokens, "."):
            path.append(_name(tokens))
        if depth + len(path) > _DEEPEST:
            raise ValueError(path)
        inner = ALL_FIELDS
        if _taken(tokens, "("):
            inner = _listed(tokens, depth + len(path))
            if not _taken(tokens, ")"):
                raise ValueError(path)
        for name in reversed(path[1:]):
            inner = Selection({name: inner})
        if leaves_out:
            excluded.add(path[0])
        else:
            named[path[0]] = _merge(named.get(path[0], inner), inner)
        if not _taken(tokens, ","):
            return UNKNOWN_FIELDS if named and excluded else Selection(named, frozenset(excluded))


def _taken(tokens: deque[str], sign: str) -> bool:
    if tokens and tokens[0] == sign:
        tokens.popleft()
        return True
    return False


def _name(tokens: deque[str]) -> str:
    if not tokens or tokens[0] in ",.()!":
        raise ValueError("a name is missing")
    return tokens.popleft()


def _merge(one: Selection, other: Selection) -> Selection:
    """Return what is asked for certain where a property is named twice."""
    if one.named and other.named:
        common = {
            name: _merge(one.named[name], other.named[name]) for name in one.named if name in other.named
        }
        return Selection({**one.named, **other.named, **common})
    return one if one == other else UNKNOWN_FIELDS


def project_fields(
    schema: Any,
    asked: Selection,
    schemas: Mapping[str, Schema],
    base: str = "",
    within: frozenset[tuple[str, str, int]] = frozenset(),
) -> Any:
    """Return a schema as it holds for an answer of which only a part was asked for.

    Properties that were not asked for are not required. A condition on one says nothing: what
    `x-if-unasked` beside it says holds instead. `schemas` are the documents that references may name; `base`
    is the one that the schema stands in.
    """
    if not isinstance(schema, Mapping):
        return schema
    if asked == ALL_FIELDS:
        return _absolute(schema, base)

    def inner(value: Any, selection: Selection = asked) -> Any:
        return project_fields(value, selection, schemas, base, within)

    selected: dict[str, Any] = {}
    further = [inner(each) for each in schema.get("allOf", ())]
    for keyword, value in schema.items():
        if keyword == "$ref":
            further.append(_target(value, asked, schemas, base, within))
        elif keyword == "required":
            selected[keyword] = [name for name in value if asked.for_property(name)]
        elif keyword == "properties":
            selected[keyword] = {
                name: inner(each, asked.for_property(name) or UNKNOWN_FIELDS) for name, each in value.items()
            }
        elif keyword == "dependentSchemas":
            selected[keyword] = {
                name: inner(each) for name, each in value.items() if asked.for_property(name)
            }
        elif keyword == "items":
            selected[keyword] = inner(value)
        elif keyword != "allOf" and keyword not in CONDITIONAL:
            selected[keyword] = _absolute(value, base)
    if "if" in schema:
        if all(asked.for_property(name) for name in _looked_at(schema["if"])):
            selected["if"] = _absolute(schema["if"], base)
            selected.update(
                {branch: inner(schema[branch]) for branch in ("then", "else") if branch in schema}
            )
        elif IF_UNASKED in schema:
            further.append(inner(schema[IF_UNASKED]))
    return selected | {"allOf": further} if further else selected


def _target(
    reference: str,
    asked: Selection,
    schemas: Mapping[str, Schema],
    base: str,
    within: frozenset[tuple[str, str, int]],
) -> Any:
    here = (base, reference, id(asked))
    if here in within:
        return {}  # a schema that contains itself: held to no more than once
    found = resolve_ref(reference, base, schemas)
    if found is None:
        return {"$ref": reference}
    document, target = found
    return project_fields(target, asked, schemas, document, within | {here})


def _looked_at(condition: Any) -> set[str]:
    if not isinstance(condition, Mapping):
        return set()
    return {*condition.get("required", ()), *condition.get("properties", ())}


def _absolute(schema: Any, base: str) -> Any:
    """Return a schema of the document `base` for use in another one."""
    if not base:
        return schema
    if isinstance(schema, Mapping):
        return {
            key: base + value
            if key == "$ref" and isinstance(value, str) and value.startswith("#")
            else _absolute(value, base)
            for key, value in schema.items()
        }
    return [_absolute(value, base) for value in schema] if isinstance(schema, list) else schema
