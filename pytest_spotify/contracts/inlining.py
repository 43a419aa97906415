"""Schemas without references, for people to read: what a short file means in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pytest_spotify.access import Access
from pytest_spotify.contracts.keywords import expand
from pytest_spotify.contracts.projection import map_schemas, project_for_access
from pytest_spotify.contracts.references import DOCUMENT_KEYWORDS, Schema, absolute, resolve_ref

_ANNOTATIONS = frozenset({"$comment", "title", "x-source", "x-access"})


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
    if not isinstance(schema, Mapping):
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
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
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
    merged = {"additionalProperties", "items", "properties", "required"} | _ANNOTATIONS
    if {"if", "then", "else"} & one.keys() and {"if", "then", "else"} & other.keys():
        return False
    return all(one[keyword] == other[keyword] for keyword in (one.keys() & other.keys()) - merged)


def _merged(one: Any, other: Any) -> Any:
    """Return a schema for both; the annotations are those of the first, whose keywords come after."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
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
