"""A schema drafted from response bodies: genson finds the structure, the values say the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_spotify.contracts.keywords import ANY_REQUIRED
from pytest_spotify.contracts.references import Schema
from pytest_spotify.draft.shared_schemas import COMMON, IDENTITY, SharedSchemas
from pytest_spotify.errors import MissingExtra

INSTALL_GENSON = "pip install genson"
"""What the extra `draft` has; its own name would be another's package where ours is not on the index."""

_PAGE = {"href", "items", "limit", "next", "offset", "previous", "total"}
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
_URI = re.compile(r"spotify:([a-z]+):[0-9A-Za-z]{22}")
_HREF = re.compile(r"https://api\.spotify\.com/v1/([a-z]+?)s/[0-9A-Za-z]{22}(\?[^ ]*)?")
_FORMS = [  # the value of a text, and the definition of ours that says so
    (re.compile(r"[0-9A-Za-z]{22}"), "id"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:.*Z"), "timestamp"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "release-date"),
    (re.compile(r"https?://\S+"), "url"),
]
_MARKET = re.compile(r"[A-Z]{2}")
_WORD = re.compile(r"[a-z]+(_[a-z]+)*")
_FEWEST_FOR_ENUM, _LARGEST_ENUM = 10, 5


class SchemaDrafter:
    """A drafter of schemas that refer to shared ones. Raises MissingExtra where genson is not installed."""

    def __init__(self, shared: SharedSchemas) -> None:
        try:
            from genson import SchemaBuilder  # type: ignore[import-untyped]
        except ModuleNotFoundError:
            raise MissingExtra(f"drafting a schema needs genson: {INSTALL_GENSON}") from None
        self._builder: Any = SchemaBuilder
        self._shared = shared

    def draft(self, bodies: Sequence[Any]) -> Schema:
        """Return a schema that all bodies fit."""
        builder = self._builder(schema_uri=None)
        for body in bodies:
            builder.add_object(body)
        return self._refined(builder.to_schema(), bodies, "")

    def _refined(self, structure: Schema, values: Sequence[Any], name: str) -> Schema:
        """Return the schema of values of one place, whose structure genson found."""
        present = [value for value in values if value is not None]
        is_nullable = len(present) < len(values)
        types = {_JSON_TYPES[type(value)] for value in present}
        if types == {"object"}:
            schema = self._object(_of_type(structure, "object"), present)
        elif types == {"array"}:
            schema = self._array(_of_type(structure, "array"), present, name)
        elif not present:
            return {"$comment": "Null in every response that this was drafted from.", "type": "null"}
        elif "object" in types or "array" in types:
            return {"type": sorted(types | ({"null"} if is_nullable else set()))}
        else:
            schema = self._scalar(types, present, name)
        return _nullable(schema) if is_nullable else schema

    def _object(self, structure: Schema, values: Sequence[Mapping[str, Any]]) -> Schema:
        if reference := self._shared.find_object(values):
            return {"$ref": reference}
        if all(value.keys() == _PAGE for value in values):
            items = [item for value in values for item in value["items"]]
            inner = _of_type(structure["properties"]["items"], "array").get("items", {})
            draft = {"items": self._refined(inner, items, "items")} if items else {}
            properties = {"properties": {"items": draft}, "additionalProperties": True} if items else {}
            return {"$ref": f"{COMMON}page", **properties}
        properties = {
            name: self._refined(inner, [value[name] for value in values if name in value], name)
            for name, inner in structure.get("properties", {}).items()
        }
        required = structure.get("required", [])
        schema: Schema = {"type": "object", "properties": properties}
        if required:
            schema["required"] = required
        elif len(properties) > 1 and all(values):
            schema[ANY_REQUIRED] = [*properties]
        return schema

    def _array(self, structure: Schema, values: Sequence[list[Any]], name: str) -> Schema:
        items = [item for value in values for item in value]
        whole = self._shared.scalar(name, values)
        if whole is not None and items:
            return whole
        if not items:
            return {"type": "array"}
        return {"type": "array", "items": self._refined(structure.get("items", {}), items, name)}

    def _scalar(self, types: set[str], values: Sequence[Any], name: str) -> Schema:
        if types == {"string"}:
            return self._text(values, name)
        if types <= {"integer", "number"}:
            known = self._shared.scalar(name, values)
            kind = "integer" if types == {"integer"} else "number"
            counted = {"$ref": f"{COMMON}count"} if kind == "integer" and min(values) >= 0 else {"type": kind}
            return known or counted
        return {"type": types.pop() if len(types) == 1 else sorted(types)}

    def _text(self, values: Sequence[str], name: str) -> Schema:
        for pattern, suffix in ((_URI, "uri"), (_HREF, "href")):
            matches = [match for value in values if (match := pattern.fullmatch(value))]
            kinds = {match[1] for match in matches}
            reference = f"{IDENTITY}{next(iter(kinds), '')}-{suffix}"
            if len(matches) == len(values) and len(kinds) == 1 and self._shared.has(reference):
                return {"$ref": reference}
        if name == "type" and len({*values}) == 1:
            return {"const": values[0]}
        if known := self._shared.scalar(name, values):
            return known
        for pattern, definition in _FORMS:
            if all(pattern.fullmatch(value) for value in values):
                schema: Schema = {"$ref": f"{COMMON}{definition}"}
                if self._shared.fits(schema, values):
                    return schema
        if ("market" in name or "country" in name) and all(_MARKET.fullmatch(value) for value in values):
            return {"$ref": f"{COMMON}market"}
        found = sorted({*values})
        is_enum = len(values) >= _FEWEST_FOR_ENUM and len(found) <= _LARGEST_ENUM
        if is_enum and all(_WORD.fullmatch(value) for value in found):
            return {"type": "string", "enum": found}
        return {"type": "string"}


def _of_type(structure: Schema, kind: str) -> Schema:
    """Return what genson found for values of one type, where it found several."""
    if structure.get("type") == kind:
        return structure
    return next((each for each in structure.get("anyOf", ()) if each.get("type") == kind), {})


def _nullable(schema: Schema) -> Schema:
    """Return a schema that admits null as well."""
    if "enum" in schema or not isinstance(schema.get("type"), str):
        return {**schema, "x-nullable": True}
    return {**schema, "type": [schema["type"], "null"]}
