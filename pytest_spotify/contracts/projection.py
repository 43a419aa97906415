"""What a schema says under one access: one file serves all, and `x-access` marks what only some have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pytest_spotify.access import ACCESSES, Access

DISCRIMINATOR = "x-discriminator"
ANY_REQUIRED = "x-any-required"
CONDITIONAL = frozenset({"if", "then", "else"})
# Keywords whose value is a schema, a list of schemas, or schemas by name (JSON Schema 2020-12, and our own).
_SCHEMA = {"additionalProperties", "contains", "items", "not", "propertyNames"} | CONDITIONAL
_LIST = {"allOf", "anyOf", "oneOf", "prefixItems"}
_BY_NAME = {"$defs", "dependentSchemas", "patternProperties", "properties"}


def project_for_access(schema: Any, access: Access | None, keyword: str = "") -> Any:
    """Return a schema as it holds for one access (None: for all of them), closed.

    A property that the access lacks is dropped, from `properties` and `required`. A schema that
    names `properties` and says nothing of others admits no others, save where it only adds to
    another: as an `if`, `then`, `else` or in a discriminator (`keyword`), without a type of its own.
    """
    if not isinstance(schema, Mapping):
        return schema
    projected = map_schemas(schema, lambda inner, keyword: project_for_access(inner, access, keyword))
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


def map_schemas(schema: Mapping[str, Any], change: Callable[[Any, str], Any]) -> dict[str, Any]:
    """Return a copy of a schema in which each schema directly inside is changed.

    `change` is given it and the keyword that it stands under, if that has one schema: `then`, `items`.
    """
    return {keyword: _mapped(keyword, value, change) for keyword, value in schema.items()}


def _mapped(keyword: str, value: Any, change: Callable[[Any, str], Any]) -> Any:
    if keyword in _SCHEMA:
        return change(value, keyword)
    if keyword in _LIST and isinstance(value, list):
        return [change(inner, "") for inner in value]
    if keyword in _BY_NAME and isinstance(value, Mapping):
        return {name: change(inner, "") for name, inner in value.items()}
    if keyword == DISCRIMINATOR:
        mapping = {name: change(inner, "then") for name, inner in value["mapping"].items()}
        default = {key: change(value[key], "else") for key in ("defaultMapping",) if key in value}
        return {**value, "mapping": mapping, **default}
    return value


def _has(schema: Any, access: Access | None) -> bool:
    return access is None or not isinstance(schema, Mapping) or access in schema.get("x-access", ACCESSES)
