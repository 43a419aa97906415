"""JSON parsed by orjson, where it is installed: its wheels are for CPython alone."""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]


def loads(data: bytes) -> Any:
    """Return what the standard library returns; raises its JSONDecodeError, or UnicodeDecodeError."""
    if orjson is not None:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass  # NaN and lone surrogates are values to the standard library, which also says what is wrong
    return json.loads(data.decode())


def loads_unique(data: bytes) -> tuple[Any, bool]:
    """Return the value, and whether it is certain that no name comes twice in an object.

    A name that comes twice takes its colon with it when the value is written again. An escaped colon would
    come in its place, so a text that may have one is never certain, nor is what orjson does not read.
    """
    if orjson is None:
        return None, False
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None, False
    again = orjson.dumps(value)
    if again == data:
        return value, True
    has_escaped_colon = b"\\" in data and b"\\u003" in data
    return value, not has_escaped_colon and again.count(b":") == data.count(b":")
