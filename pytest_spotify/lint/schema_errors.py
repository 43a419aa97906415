"""What is wrong with a schema as it is written: unknown keywords, types and formats, and what is ruled out.

JSON Schema ignores a keyword that it does not know, so that `minimun` checks nothing; here it is an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_spotify.contracts.keywords import (
    ANNOTATIONS,
    ANY_REQUIRED,
    DISCRIMINATOR,
    NULLABLE,
    SCHEMA_KEYWORDS,
    SCHEMA_LIST_KEYWORDS,
    SCHEMA_MAP_KEYWORDS,
    UNDOCUMENTED,
)
from pytest_spotify.contracts.references import SCHEMA_URI_PREFIX
from pytest_spotify.errors import did_you_mean
from pytest_spotify.formats.json_positions import Path

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_OWN = {*ANNOTATIONS, ANY_REQUIRED, DISCRIMINATOR, NULLABLE, UNDOCUMENTED}
_KNOWN = {  # JSON Schema 2020-12, but for what is ruled out or never used
    *SCHEMA_KEYWORDS,
    *SCHEMA_LIST_KEYWORDS,
    *SCHEMA_MAP_KEYWORDS,
    *_OWN,
    "$anchor",
    "$id",
    "$ref",
    "$schema",
    "const",
    "default",
    "dependentRequired",
    "deprecated",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "readOnly",
    "required",
    "type",
    "uniqueItems",
    "writeOnly",
}
_FORMER = {"x-if-unasked"}  # of contracts of earlier versions: left out when they are loaded
_RULED_OUT = {
    "oneOf": f"choose by the value of a property ({DISCRIMINATOR})",
    "anyOf": f"choose by the value of a property ({DISCRIMINATOR})",
    "allOf": "write the properties of all in one schema",
    "unevaluatedProperties": "an object with `properties` is closed already",
    "unevaluatedItems": "say what the `items` are",
}
# The definition of ours that says what a format means, where there is one.
_FORMATS = {
    "date-time": "timestamp",
    "date": "release-date",
    "uri": "url",
    "time": "",
    "duration": "",
    "email": "",
    "hostname": "",
    "ipv4": "",
    "ipv6": "",
    "uri-reference": "url",
    "uuid": "",
    "regex": "",
}


def schema_errors(schema: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the path and the message of each error in a schema that stands at a path of its file."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield path, f"expected a schema, got {json.dumps(schema)[:80]}"
        return
    for keyword, value in schema.items():
        at = (*path, keyword)
        if message := _keyword_error(keyword, value):
            yield at, message
        yield from _errors_inside(keyword, value, at)


def _errors_inside(keyword: str, value: Any, at: Path) -> Iterator[tuple[Path, str]]:
    if keyword in SCHEMA_KEYWORDS:
        yield from schema_errors(value, at)
    elif keyword in SCHEMA_LIST_KEYWORDS and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from schema_errors(inner, (*at, number))
    elif keyword in SCHEMA_MAP_KEYWORDS and isinstance(value, Mapping):
        for name, inner in value.items():
            yield from schema_errors(inner, (*at, name))
    elif (
        keyword == DISCRIMINATOR and isinstance(value, Mapping) and isinstance(value.get("mapping"), Mapping)
    ):
        for name, inner in value["mapping"].items():
            yield from schema_errors(inner, (*at, "mapping", name))


def _keyword_error(keyword: str, value: Any) -> str:
    if keyword in _RULED_OUT and (keyword not in SCHEMA_LIST_KEYWORDS or _has_objects(value)):
        return (
            f"{keyword} is ruled out: an unknown property would be taken for a break; {_RULED_OUT[keyword]}"
        )
    if keyword == "format":
        return _format_error(value)
    if keyword == "type":
        return _type_error(value)
    if keyword in _KNOWN | _RULED_OUT.keys() | _FORMER:
        return ""
    if keyword.startswith("x-"):
        hint = did_you_mean(keyword, _OWN)
        return f"unknown keyword{hint}" if hint else ""
    return f"unknown keyword{did_you_mean(keyword, _KNOWN)}"


def _has_objects(schemas: Any) -> bool:
    """Return True if one of the schemas may be of an object: all but those that name other types."""
    if not isinstance(schemas, list):
        return False
    types = [schema.get("type", "object") for schema in schemas if isinstance(schema, Mapping)]
    return any("object" in ([named] if isinstance(named, str) else named) for named in types)


def _format_error(value: Any) -> str:
    name = str(value)
    known = f"unknown format{did_you_mean(name, _FORMATS)}; " if name not in _FORMATS else ""
    near = did_you_mean(name, _FORMATS).rpartition(" ")[2].rstrip("?") or name
    definition = _FORMATS.get(near, "")
    instead = (
        f' or {{"$ref": "{SCHEMA_URI_PREFIX}common.schema.json#/$defs/{definition}"}}' if definition else ""
    )
    return f"{known}a format is not checked: give a pattern{instead}"


def _type_error(value: Any) -> str:
    names = value if isinstance(value, list) else [value]
    for name in names:
        if name not in _TYPES:
            hint = did_you_mean(str(name), _TYPES)
            return f"unknown type {json.dumps(name)[:80]}{hint}" + (
                "" if hint else f"; there are {', '.join(_TYPES)}"
            )
    return ""
