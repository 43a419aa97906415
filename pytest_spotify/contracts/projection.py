"""What a schema says under one access: one file serves all, and `x-access` marks what only some have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pytest_spotify.access import ACCESSES, Access

IF_UNASKED = "x-if-unasked"
CONDITIONAL = frozenset({"if", "then", "else", IF_UNASKED})
# Keywords whose value is a schema, a list of schemas, or schemas by name (JSON Schema 2020-12, and our own).
_SCHEMA = {"additionalProperties", "contains", "items", "not", "propertyNames"} | CONDITIONAL
_LIST = {"allOf", "anyOf", "oneOf", "prefixItems"}
_BY_NAME = {"$defs", "dependentSchemas", "patternProperties", "properties"}


def annotation_error(schema: Mapping[str, Any]) -> str:
    """Return what is wrong with a schema's keywords of our own, which no engine looks at, or nothing."""
    named, otherwise = schema.get("x-access", [*ACCESSES]), schema.get(IF_UNASKED, {})
    if not isinstance(named, list) or not named or any(access not in ACCESSES for access in named):
        return f"x-access: expected a list of {', '.join(ACCESSES)}, got {json.dumps(named)[:80]}"
    return "" if isinstance(otherwise, Mapping) else f"{IF_UNASKED}: expected an object"


def project_for_access(schema: Any, access: Access, keyword: str = "") -> Any:
    """Return a schema as it holds for one access, closed.

    A property that the access lacks is dropped, from `properties` and `required`. A schema that
    names `properties` and says nothing of others admits no others, save where it only adds to
    another: as an `if`, `then`, `else` or `x-if-unasked` (`keyword`) without a type of its own.
    """
    if not isinstance(schema, Mapping):
        return schema
    projected = {key: _projected(key, value, access) for key, value in schema.items()}
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        absent = [name for name, inner in properties.items() if not _has(inner, access)]
        projected["properties"] = {
            name: inner for name, inner in projected["properties"].items() if name not in absent
        }
        if isinstance(schema.get("required"), list):
            projected["required"] = [name for name in schema["required"] if name not in absent]
        if keyword not in CONDITIONAL or "type" in schema:
            projected.setdefault("additionalProperties", False)
    return projected


def _projected(keyword: str, value: Any, access: Access) -> Any:
    if keyword in _SCHEMA:
        return project_for_access(value, access, keyword)
    if keyword in _LIST and isinstance(value, list):
        return [project_for_access(inner, access) for inner in value]
    if keyword in _BY_NAME and isinstance(value, Mapping):
        return {name: project_for_access(inner, access) for name, inner in value.items()}
    return value


def _has(schema: Any, access: Access) -> bool:
    return not isinstance(schema, Mapping) or access in schema.get("x-access", ACCESSES)
