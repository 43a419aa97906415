"""Texts of schema errors: what was expected, and what is there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pytest_spotify.contracts.schema import SchemaError

_LONGEST = 80
MISSING = "missing"
UNEXPECTED = "unexpected property (not in the contract)"
_TYPES = {dict: "an object", list: "an array", str: "text", type(None): "null"}


def shorten_value(value: Any) -> str:
    """Return a short text of a JSON value; a long one is cut, control characters are escaped."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**20:
        return "a huge number"
    if isinstance(value, str) and len(value) > _LONGEST:
        value = value[:_LONGEST] + value[-1]  # its end is shown
    text = json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...{text[-1]}"


def expected_text(error: SchemaError) -> str:
    """Return what the schema expects, by the keyword that failed."""
    value: Any = error.keyword_value
    match error.keyword:
        case "type":
            return " or ".join(value)
        case "enum":
            return "one of " + _listed(value)
        case "const":
            return shorten_value(value)
        case "pattern":
            return f"a string matching {value}"
        case "minimum" | "maximum":
            return f"at {'least' if error.keyword == 'minimum' else 'most'} {value}"
        case "minItems" | "minLength":
            return f"at least {value} {'items' if error.keyword == 'minItems' else 'characters'}"
        case "maxItems" | "maxLength":
            return f"at most {value} {'items' if error.keyword == 'maxItems' else 'characters'}"
        case "required":
            return "a required property"
        case "additionalProperties":
            return "no property that the contract does not know"
    return f"what {error.keyword} asks for"


def actual_text(error: SchemaError) -> str:
    """Return what is there in place of the expected."""
    if error.keyword == "required":
        return MISSING
    if error.keyword == "additionalProperties":
        return (
            shorten_value(error.instance.get(error.keyword_value))
            if isinstance(error.instance, dict)
            else "a value"
        )
    if error.keyword == "type" and not isinstance(error.instance, (int, float)):
        return _TYPES[type(error.instance)]
    return shorten_value(error.instance)


def sentence(error: SchemaError) -> str:
    """Return the sentence of an error that "expected ..., got ..." would say badly, or an empty text."""
    if error.keyword == "required":
        return "required property is missing"
    if error.keyword == "additionalProperties":
        return f"{UNEXPECTED}: {actual_text(error)}"
    return ""


def _listed(options: Sequence[Any]) -> str:
    texts = [str(option) if isinstance(option, str) else json.dumps(option) for option in options]
    shown = ", ".join(texts[:12])
    return shown if len(texts) <= 12 else f"{shown} and {len(texts) - 12} more"
