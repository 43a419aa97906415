"""The format of contract files, and what is said of a file that breaks it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pytest_spotify.contracts.messages import expected_text, shorten_value
from pytest_spotify.contracts.references import Schema, resolve_ref
from pytest_spotify.contracts.schema import Resources, SchemaError, Validator, compile_schema
from pytest_spotify.errors import did_you_mean
from pytest_spotify.formats import strict_json

SUFFIX = ".contract.json"
_NAME = "contract.schema.json"
SCHEMA_FILE = Path(__file__).parents[1] / _NAME
SCHEMA_URL = f"https://pytest-spotify.readthedocs.io/en/stable/{_NAME}"
"""The address of the format's schema in the documentation, and its `$id`."""

MISSING_SCHEMA = f'no $schema, so it is not taken for a contract; add the line "$schema": "{SCHEMA_URL}",'


def by_suffix(folder: Path) -> list[Path]:
    """Return what has the suffix of contracts below a folder, sorted; a folder may have it too.

    What lies deeper than a path can be long is passed over.
    """
    return sorted(
        Path(parent, name)
        for parent, folders, names in os.walk(folder)
        for name in (*folders, *names)
        if name.endswith(SUFFIX)
    )


def names_format(schema: object) -> bool:
    """Return True if the `$schema` of a file is the format's: its address, or a path to it."""
    return isinstance(schema, str) and schema.endswith(_NAME)


def may_name_format(data: bytes) -> bool:
    """Return True if a text that is no JSON names the format's schema."""
    return _NAME.encode() in data


def format_errors(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the message of each place in a contract's JSON that breaks the format."""
    for error in _validator().errors(content):
        yield error.location, _message(error)


def _message(error: SchemaError) -> str:
    if error.keyword == "additionalProperties":
        return "unknown key" + did_you_mean(str(error.keyword_value), _known_keys(error.pointer))
    if error.keyword == "required":
        return "missing"
    return f"expected {expected_text(error)}, got {shorten_value(error.instance)}"


def _known_keys(pointer: str) -> list[str]:
    """Return the keys that the format knows in the object at a pointer."""
    schema = _resolved(_schema())
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
        inner = properties.get(name) or next(iter(patterns.values()), schema.get("additionalProperties"))
        schema = _resolved(inner) if isinstance(inner, dict) else {}
    branches = [schema, *(schema.get(keyword, {}) for keyword in ("then", "else"))]
    return [name for branch in branches for name in branch.get("properties", ())]


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = resolve_ref(schema["$ref"], "", {"": _schema()}) if "$ref" in schema else None
    return found[1] if found else schema


@cache
def _schema() -> Schema:
    schema: Schema = strict_json.loads(SCHEMA_FILE.read_bytes())
    return schema


@cache
def _validator() -> Validator:
    return compile_schema(_schema(), Resources({}))
