"""YAML's scalars without quotes: which values they are (YAML 1.2.2 section 10.3)."""

from __future__ import annotations

import re

from pytest_spotify.formats import Data

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NOT_TEXT = frozenset({*_NULL, *_BOOLEAN})  # words without quotes, beside numbers
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]{1,3})?")


def resolve(text: str) -> Data:
    """Return the value of a scalar without quotes: null, true, a number, or the text itself."""
    if text and text[0] not in "+-0123456789~nNtTfF":
        return text
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
