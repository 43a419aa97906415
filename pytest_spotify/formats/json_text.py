"""JSON text whose numbers stay as they were written: read, changed and written again for people to read.

`1.0`, `1e3` and `0.10` come back as they went in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from pytest_spotify.formats import Data, strict_json

WIDTH = 100


class Number(str):
    """A number, as the text it stood as."""

    __slots__ = ()


_decoder = json.JSONDecoder(parse_float=Number, parse_int=Number)

# What YAML or a terminal could read as something else: controls (RFC 8259 section 7 asks for less), line
# separators, invisible and direction marks, private use, and everything beyond the basic plane.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    "\ud800-\uf8ff\ufeff\ufff0-\uffff\U00010000-\U0010ffff]"
)


def loads(body: bytes) -> Data:
    """Return the value of strict JSON, or raise ValueError."""
    strict_json.loads(body)
    return _decoder.decode(body.decode())


def dumps(value: Data) -> str:
    """Write a value on one line."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return UNSAFE.sub(_escape, json.dumps(value, ensure_ascii=False))
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dumps(key)}: {dumps(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(dumps, value)) + "]"
    return json.dumps(value, allow_nan=False)


def pretty(value: Data) -> list[str]:
    """Write a value as lines: what is short on one line, lists of plain values several to a line."""
    return list(_lines(value, "", ""))


def _lines(value: Data, indent: str, ending: str) -> Iterator[str]:
    """Yield the lines of a value; the first comes without its indent."""
    inline = dumps(value)
    inner = indent + "  "
    if len(indent) + len(inline) <= WIDTH or not isinstance(value, (dict, list)) or not value:
        yield inline + ending
    elif isinstance(value, dict):
        yield "{"
        for last, (key, part) in _with_last(value.items()):
            name = f"{inner}{dumps(key)}: "
            for line in _lines(part, inner, "" if last else ","):
                yield name + line
                name = ""
        yield indent + "}" + ending
    elif any(isinstance(part, (dict, list)) for part in value):
        yield "["
        for last, part in _with_last(value):
            margin = inner
            for line in _lines(part, inner, "" if last else ","):
                yield margin + line
                margin = ""
        yield indent + "]" + ending
    else:
        yield "["
        row = inner
        for last, part in _with_last(value):
            text = dumps(part) + ("" if last else ",")
            if row != inner and len(row) + len(text) + 1 > WIDTH:
                yield row
                row = inner
            row += text if row == inner else f" {text}"
        yield row
        yield indent + "]" + ending


def _with_last(parts: Data) -> Iterator[tuple[bool, Data]]:
    """Yield each part after whether it is the last."""
    count = len(parts)
    return ((position == count, part) for position, part in enumerate(parts, 1))


def _escape(match: re.Match[str]) -> str:
    # json.dumps writes the surrogate pair that JSON wants beyond the basic plane (RFC 8259 section 7).
    return json.dumps(match.group())[1:-1]
