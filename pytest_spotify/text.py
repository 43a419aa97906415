"""Text for people: foreign text made safe to show, and suggestions for unknown names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches


def escape_unprintable(text: str) -> str:
    """Return text with control, bidirectional and surrogate characters escaped, save line feeds."""
    return re.sub(r"[^\n]", _escaped, text)


def truncate(text: str, limit: int = 80) -> str:
    """Return text as one line of at most `limit` characters, what is not printable escaped."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    """Return the end of an error message with the nearest known name, or an empty text if none is near."""
    nearest = get_close_matches(name, list(known), n=1)
    return f"; did you mean {form.format(nearest[0])}?" if nearest else ""
