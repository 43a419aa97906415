"""The `fields` parameter of playlists: what a request selects, and what a schema says of its response.

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

from pytest_spotify.contracts.forms import choose_form, list_forms
from pytest_spotify.contracts.keywords import ANY_REQUIRED, CONDITIONAL, DISCRIMINATOR, map_schemas
from pytest_spotify.contracts.references import DOCUMENT_KEYWORDS, Schema, absolute, resolve_ref

_DEEPEST = 16  # no answer is as deep; what leads further is not followed


@dataclass(frozen=True, slots=True)
class Selection:
    """The properties that a request selects: those `named`, or, without any, all but `excluded`."""

    named: Mapping[str, Selection] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    is_known: bool = True

    def for_property(self, name: str) -> Selection | None:
        """Return what is selected of a property; None if the property may be left out."""
        if name in self.excluded or not self.is_known:
            return None
        return self.named.get(name) if self.named else ALL_FIELDS


ALL_FIELDS = Selection()
UNKNOWN_FIELDS = Selection(is_known=False)


def parse_fields(fields: str) -> Selection:
    """Return the selection that the text of a `fields` parameter makes."""
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
    """Return what is certainly selected if a property is named twice."""
    if one.named and other.named:
        common = {
            name: _merge(one.named[name], other.named[name]) for name in one.named if name in other.named
        }
        return Selection({**one.named, **other.named, **common})
    return one if one == other else UNKNOWN_FIELDS


def project_fields(schema: Any, selection: Selection, schemas: Mapping[str, Schema], base: str = "") -> Any:
    """Return the schema of a response of which only a part was selected.

    Properties that were not selected are not required. If a schema chooses its form by one of them, `forms`
    finds what holds. `schemas` are the documents that references may name; `base` is the schema's own.
    """
    return _Projection(schemas).select(schema, selection, base)


class _Projection:
    """The projection of one schema; each reference is followed once for each selection."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._followed: dict[tuple[str, str, int], Any] = {}
        self._within: set[tuple[str, str, int]] = set()
        self._cuts = 0  # how many references were not followed, since they lead back to themselves

    def select(self, schema: Any, selection: Selection, base: str) -> Any:
        if not isinstance(schema, dict):
            return schema
        if selection == ALL_FIELDS:
            return absolute(schema, base)

        def inner(value: Any, inner_selection: Selection = selection) -> Any:
            return self.select(value, inner_selection, base)

        selected: dict[str, Any] = {}
        further = [inner(each) for each in schema.get("allOf", ())]
        for keyword, value in schema.items():
            if keyword == "$ref":
                further.append(self._follow(value, selection, base))
            elif keyword == "required":
                selected[keyword] = [name for name in value if selection.for_property(name)]
            elif keyword == "properties":
                selected[keyword] = {
                    name: inner(each, selection.for_property(name) or UNKNOWN_FIELDS)
                    for name, each in value.items()
                }
            elif keyword == "dependentSchemas":
                selected[keyword] = {
                    name: inner(each) for name, each in value.items() if selection.for_property(name)
                }
            elif keyword == "items":
                selected[keyword] = inner(value)
            elif keyword == ANY_REQUIRED:
                further.append(_any_required(value, selection, schema.get("properties", {})))
            elif keyword == DISCRIMINATOR and selection.for_property(value["propertyName"]):
                selected |= map_schemas({keyword: value}, lambda each, _keyword: inner(each))
            elif keyword == DISCRIMINATOR:
                further.append(self._choose({keyword: value}, selection, base))
            elif (
                keyword != "allOf"
                and keyword not in CONDITIONAL
                and not (base and keyword in DOCUMENT_KEYWORDS)
            ):
                selected[keyword] = absolute(value, base)
        branches = {branch: schema[branch] for branch in ("then", "else") if branch in schema}
        if all(selection.for_property(name) for name in _looked_at(schema.get("if"))):
            selected |= {branch: inner(each) for branch, each in branches.items()}
            selected |= {"if": absolute(schema["if"], base)} if "if" in schema else {}
        elif len(branches) == 2:
            further.append(self._choose(branches, selection, base))
        return selected | {"allOf": further} if further else selected

    def _choose(self, choice: Schema, selection: Selection, base: str) -> Schema:
        found = list_forms(choice, base, self._schemas)
        selected = [self.select(form, selection, document) for document, form in found]
        return choose_form(
            selected, self._schemas, default=selected[-1] if selected and "else" in choice else None
        )

    def _follow(self, reference: str, selection: Selection, base: str) -> Any:
        here = (base, reference, id(selection))
        if here in self._followed:
            return self._followed[here]
        if here in self._within:
            self._cuts += 1
            return {}  # a schema that contains itself is checked once
        found = resolve_ref(reference, base, self._schemas)
        if found is None:
            return {"$ref": reference}
        document, target = found
        cuts = self._cuts
        self._within.add(here)
        selected = self.select(target, selection, document)
        self._within.remove(here)
        if self._cuts == cuts:
            self._followed[here] = selected
        return selected


def _any_required(names: list[str], selection: Selection, properties: Mapping[str, Any]) -> Schema:
    """Return what holds of `x-any-required` if only some of its names were selected."""
    left = [name for name in names if selection.for_property(name)]
    if len(left) > 1:
        return {ANY_REQUIRED: left}
    return {"required": [name for name in left if name in properties]}


def _looked_at(condition: Any) -> set[str]:
    if not isinstance(condition, dict):
        return set()
    return {*condition.get("required", ()), *condition.get("properties", ())}
