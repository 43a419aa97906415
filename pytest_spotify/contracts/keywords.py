"""Keywords of our own in schemas: what they must look like, and the JSON Schema that they stand for.

| keyword | meaning |
| --- | --- |
| `x-access` | the accesses that have a property (`access` projects it) |
| `x-source` | where a fact is known from, one text or several; an annotation |
| `x-discriminator` | the schema to use by the value of one property, as in OpenAPI 3.2 |
| `x-any-required` | at least one of these properties is required, as Ajv's `anyRequired` |
| `x-nullable` | null is valid beside what the schema says, as OpenAPI 3.0's `nullable` |
| `x-undocumented` | of a parameter: texts that no reference names and that the API takes |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pytest_spotify.access import ACCESSES
from pytest_spotify.contracts.projection import ANY_REQUIRED, DISCRIMINATOR, map_schemas
from pytest_spotify.contracts.references import Schema, resolve_ref

NULLABLE = "x-nullable"
UNDOCUMENTED = "x-undocumented"
SOURCE = "x-source"
_ANNOTATIONS = ("$comment", "description", "title", SOURCE, "x-access")


def annotation_error(schema: Mapping[str, Any]) -> str:
    """Return an error message if a keyword of our own is malformed in a schema, else an empty text."""
    for keyword in sorted(_EXPECTED.keys() & schema.keys()):
        is_valid, expected = _EXPECTED[keyword]
        if not is_valid(schema[keyword]):
            return f"{keyword}: expected {expected}, got {json.dumps(schema[keyword])[:80]}"
    return ""


def _is_names(value: Any, fewest: int) -> bool:
    return isinstance(value, list) and len(value) >= fewest and all(isinstance(name, str) for name in value)


def _is_discriminator(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("propertyName"), str)
        and isinstance(value.get("mapping"), dict)
        and value["mapping"] != {}
        and not value.keys() - {"propertyName", "mapping", "defaultMapping"}
    )


_EXPECTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "x-access": (
        lambda value: _is_names(value, 1) and {*value} <= {*ACCESSES},
        f"a list of {', '.join(ACCESSES)}",
    ),
    SOURCE: (lambda value: isinstance(value, str) or _is_names(value, 1), "a text or a list of texts"),
    DISCRIMINATOR: (_is_discriminator, "an object with propertyName, mapping and perhaps defaultMapping"),
    ANY_REQUIRED: (lambda value: _is_names(value, 2), "a list of two names or more"),
    NULLABLE: (lambda value: isinstance(value, bool), "true or false"),
    UNDOCUMENTED: (lambda value: _is_names(value, 1), "a list of texts"),
}


def expand(schema: Any, schemas: Mapping[str, Schema], base: str = "") -> Any:
    """Return a schema with the keywords of our own replaced by the JSON Schema that they stand for.

    `schemas` are the documents that references may name; `base` is the one that the schema stands in.
    """
    if not isinstance(schema, Mapping):
        return schema
    expanded: Schema = map_schemas(schema, lambda inner, _keyword: expand(inner, schemas, base))
    if table := expanded.pop(DISCRIMINATOR, None):
        _add(expanded, _chain(table["propertyName"], table["mapping"], table.get("defaultMapping")))
    if names := expanded.pop(ANY_REQUIRED, None):
        _add(expanded, _any_required(names))
    return _nullable(expanded, schemas, base) if expanded.pop(NULLABLE, False) else expanded


def _add(schema: Schema, condition: Schema) -> None:
    """Put a condition beside the keywords of a schema, or into `allOf` if it has one already."""
    if "if" in schema:
        schema["allOf"] = [*schema.get("allOf", ()), condition]
    else:
        schema.update(condition)


def _chain(name: str, mapping: Mapping[str, Any], default: Any) -> Schema:
    """Return a discriminator as `if`, `then`, `else` for each value of the property."""
    chain: Any = default
    for value, schema in reversed([*mapping.items()]):
        condition = {"properties": {name: {"const": value}}, "required": [name]}
        chain = {"if": condition, "then": schema} | ({} if chain is None else {"else": chain})
    return dict(chain)


def _any_required(names: list[str]) -> Schema:
    if len(names) == 1:
        return {"required": names}
    return {"if": {"required": names[:1]}, "else": _any_required(names[1:])}


def _nullable(schema: Schema, schemas: Mapping[str, Schema], base: str) -> Schema:
    """Return the choice between null and a schema; what is neither is told the type of null."""
    inner = {keyword: value for keyword, value in schema.items() if keyword not in _ANNOTATIONS}
    annotations = {keyword: schema[keyword] for keyword in _ANNOTATIONS if keyword in schema}
    expected = _type(inner, schemas, base)
    if expected is None:
        return annotations | {"if": {"type": "null"}, "else": inner}
    return annotations | {"if": {"type": expected}, "then": inner, "else": {"type": "null"}}


def _type(schema: Any, schemas: Mapping[str, Schema], base: str) -> Any:
    """Return the type that a schema, or the one that it refers to, names; None if there is none."""
    if not isinstance(schema, Mapping) or "type" in schema:
        return schema.get("type") if isinstance(schema, Mapping) else None
    found = resolve_ref(schema["$ref"], base, schemas) if "$ref" in schema else None
    parts = [(part, base) for part in schema.get("allOf", ())]
    parts += [(found[1], found[0])] if found else []
    types = (_type(part, schemas, document) for part, document in parts)
    return next((each for each in types if each is not None), None)
