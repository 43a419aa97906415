"""Keywords of our own in schemas: what they must look like, and the JSON Schema that they stand for.

`project_for_access` selects what one access has, `expand` replaces the other keywords, and `inline` shows all
of it without references.

| keyword | meaning |
| --- | --- |
| `x-access` | the accesses that have a property (`project_for_access` selects them) |
| `x-source` | where a fact is known from, one text or several; an annotation |
| `x-discriminator` | the schema to use by the value of one property, as in OpenAPI 3.2 |
| `x-any-required` | at least one of these properties is required, as Ajv's `anyRequired` |
| `x-nullable` | null is valid beside what the schema says, as OpenAPI 3.0's `nullable` |
| `x-undocumented` | of a parameter: patterns of texts that no reference names and that the API takes |
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.contracts.references import DOCUMENT_KEYWORDS, Schema, absolute, resolve_ref

DISCRIMINATOR = "x-discriminator"
ANY_REQUIRED = "x-any-required"
CONDITIONAL = frozenset({"if", "then", "else"})
# Keywords whose value is a schema, a list of schemas, or schemas by name (JSON Schema 2020-12, and our own).
SCHEMA_KEYWORDS = {"additionalProperties", "contains", "items", "not", "propertyNames"} | CONDITIONAL
SCHEMA_LIST_KEYWORDS = {"allOf", "anyOf", "oneOf", "prefixItems"}
SCHEMA_MAP_KEYWORDS = {"$defs", "dependentSchemas", "patternProperties", "properties"}


def project_for_access(schema: Any, access: Access | None, keyword: str = "") -> Any:
    """Return a schema as it holds for one access (None: for all of them), closed.

    A property that the access lacks is dropped, from `properties` and `required`. A schema that
    names `properties` and says nothing of others admits no others, save where it only adds to
    another: as an `if`, `then`, `else` or in a discriminator (`keyword`), without a type of its own.
    """
    if not isinstance(schema, dict):
        return schema
    projected = map_schemas(schema, lambda inner, keyword: project_for_access(inner, access, keyword))
    properties = schema.get("properties")
    if isinstance(properties, dict):
        absent = [name for name, inner in properties.items() if not _has(inner, access)]
        projected["properties"] = {
            name: inner for name, inner in projected["properties"].items() if name not in absent
        }
        if isinstance(schema.get("required"), list):
            projected["required"] = [name for name in schema["required"] if name not in absent]
        if keyword not in CONDITIONAL or "type" in schema:
            projected.setdefault("additionalProperties", False)
    return projected


def map_schemas(schema: Mapping[str, Any], change: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Return a copy of a schema in which each schema directly inside is changed.

    `change` is given it and the keyword that it stands under, if that has one schema: `then`, `items`.
    """
    return {keyword: _mapped(keyword, value, change) for keyword, value in schema.items()}


def _mapped(keyword: str, value: Any, change: Callable[[Any, str], Any]) -> Any:
    if keyword in SCHEMA_KEYWORDS:
        return change(value, keyword)
    if keyword in SCHEMA_LIST_KEYWORDS and isinstance(value, list):
        return [change(inner, "") for inner in value]
    if keyword in SCHEMA_MAP_KEYWORDS and isinstance(value, dict):
        return {name: change(inner, "") for name, inner in value.items()}
    if keyword == DISCRIMINATOR:
        mapping = {name: change(inner, "then") for name, inner in value["mapping"].items()}
        default = {key: change(value[key], "else") for key in ("defaultMapping",) if key in value}
        return {**value, "mapping": mapping, **default}
    return value


def _has(schema: Any, access: Access | None) -> bool:
    return access is None or not isinstance(schema, dict) or access in schema.get("x-access", ACCESSES)


NULLABLE = "x-nullable"
UNDOCUMENTED = "x-undocumented"
SOURCE = "x-source"
ANNOTATIONS = ("$comment", "description", "title", SOURCE, "x-access")


def annotation_error(schema: Mapping[str, Any]) -> str:
    """Return an error message if a keyword of our own is malformed in a schema, else an empty text."""
    for keyword, (is_valid, expected) in _EXPECTED.items():
        if keyword in schema and not is_valid(schema[keyword]):
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
    if not isinstance(schema, dict):
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
    inner = {keyword: value for keyword, value in schema.items() if keyword not in ANNOTATIONS}
    annotations = {keyword: schema[keyword] for keyword in ANNOTATIONS if keyword in schema}
    expected = _type(inner, schemas, base)
    if expected is None:
        return annotations | {"if": {"type": "null"}, "else": inner}
    return annotations | {"if": {"type": expected}, "then": inner, "else": {"type": "null"}}


def _type(schema: Any, schemas: Mapping[str, Schema], base: str) -> Any:
    """Return the type that a schema, or the one that it refers to, names; None if there is none."""
    if not isinstance(schema, dict) or "type" in schema:
        return schema.get("type") if isinstance(schema, dict) else None
    found = resolve_ref(schema["$ref"], base, schemas) if "$ref" in schema else None
    parts = [(part, base) for part in schema.get("allOf", ())]
    parts += [(found[1], found[0])] if found else []
    types = (_type(part, schemas, document) for part, document in parts)
    return next((each for each in types if each is not None), None)


_MERGED_ANNOTATIONS = frozenset({"$comment", "title", "x-source", "x-access"})


def inline(schema: Schema, base: str, schemas: Mapping[str, Schema], access: Access | None = None) -> Schema:
    """Return a schema as it is checked, with the schemas that it refers to in the place of the references.

    Objects are closed, keywords of our own expanded, and if an access is named it is the schema for that one.
    `base` is the document that the schema is in; `schemas` are the documents that references may name. A
    schema inside itself stays a reference.
    """
    projected = {
        uri: project_for_access(document, access) for uri, document in {**schemas, base: schema}.items()
    }
    expanded = {uri: expand(document, projected, uri) for uri, document in projected.items()}
    return dict(_inlined(absolute(expanded[base], base), expanded, frozenset()))


def _inlined(schema: Any, schemas: Mapping[str, Schema], within: frozenset[str]) -> Any:
    if not isinstance(schema, dict):
        return schema
    inlined = map_schemas(schema, lambda inner, _keyword: _inlined(inner, schemas, within))
    found = resolve_ref(schema["$ref"], "", schemas) if "$ref" in schema else None
    if found is None or schema["$ref"] in within:
        return inlined
    document, target = found
    del inlined["$ref"]
    own = {keyword: value for keyword, value in target.items() if keyword not in DOCUMENT_KEYWORDS}
    inner = _inlined(absolute(own, document), schemas, within | {schema["$ref"]})
    return _merged(inlined, inner) if _can_merge(inlined, inner) else {**inlined, "allOf": [inner]}


def _can_merge(one: Any, other: Any) -> bool:
    """Return True if two schemas of one value can be read as one."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return bool(one == other)
    properties, others = one.get("properties", {}), other.get("properties", {})
    if other.get("additionalProperties") is False and not properties.keys() <= others.keys():
        return False
    if one.get("additionalProperties") is False and not others.keys() <= properties.keys():
        return False
    if not all(_can_merge(properties[name], others[name]) for name in properties.keys() & others.keys()):
        return False
    if "items" in one and "items" in other and not _can_merge(one["items"], other["items"]):
        return False
    merged = {"additionalProperties", "items", "properties", "required"} | _MERGED_ANNOTATIONS
    if {"if", "then", "else"} & one.keys() and {"if", "then", "else"} & other.keys():
        return False
    return all(one[keyword] == other[keyword] for keyword in (one.keys() & other.keys()) - merged)


def _merged(one: Any, other: Any) -> Any:
    """Return a schema for both; the annotations are those of the first, whose keywords come after."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return one
    merged = {**other, **one}
    if "properties" in one and "properties" in other:
        both = {name: _merged(one["properties"][name], inner) for name, inner in other["properties"].items()
                if name in one["properties"]}  # fmt: skip
        merged["properties"] = {**other["properties"], **one["properties"], **both}
    if "items" in one and "items" in other:
        merged["items"] = _merged(one["items"], other["items"])
    if "required" in one and "required" in other:
        merged["required"] = [*dict.fromkeys([*other["required"], *one["required"]])]
    if False in (one.get("additionalProperties"), other.get("additionalProperties")):
        merged["additionalProperties"] = False
    return merged
