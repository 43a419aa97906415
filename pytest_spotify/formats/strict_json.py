"""JSON read strictly (RFC 8259): what one parser refuses and another accepts is refused here.

UTF-8 only, no byte order mark, no duplicate keys, no NaN or Infinity, no numbers that overflow,
no lone surrogates, caps on size and depth. Knows nothing of Spotify, contracts or cassettes.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 64
# The outline of a text: its digits as 0, what may stand before a number, and what strings have before digits.
_BRACKETS, _DIGITS, _OTHERS = b"[]{}", b"0123456789", b':,/"\\'
_TO_OUTLINE = bytes.maketrans(_DIGITS, b"0" * len(_DIGITS))
_NOT_IN_OUTLINE = bytes(set(range(256)) - set(_BRACKETS + _DIGITS + _OTHERS))
_NOT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
# To orjson a whole number of so many digits may be a float.
_LARGE = b"0" * 19
_BEFORE_NUMBERS = (b":", b",", b"[")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class NotStrictJSONError(ValueError):
    """The bytes are not the JSON we accept; the message says why, in a few words."""


class Content(NamedTuple):
    """A JSON value, and what stands in it at any depth."""

    value: Any
    objects: list[dict[str, Any]]
    fractions: list[float]  # the numbers that are written with a fraction or an exponent


def read(data: bytes) -> Content:
    """Return the value and what stands in it, or raise `NotStrictJSONError`."""
    value = loads(data)
    objects: list[dict[str, Any]] = []
    fractions: list[float] = []
    containers = [[value]]
    for container in containers:  # grows while it is walked
        for inner in container:
            kind = type(inner)
            if kind is dict:
                objects.append(inner)
                containers.append(inner.values())
            elif kind is list:
                containers.append(inner)
            elif kind is float:
                fractions.append(inner)
    return Content(value, objects, fractions)


def loads(data: bytes) -> Any:
    """Return the value, or raise `NotStrictJSONError`."""
    if len(data) > MAX_BYTES:
        raise NotStrictJSONError(f"more than {MAX_BYTES // 1024 // 1024} MiB")
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotStrictJSONError("starts with a byte order mark")
    outline = data.translate(_TO_OUTLINE, _NOT_IN_OUTLINE)
    if _deeper_than(data, outline, MAX_DEPTH):
        raise NotStrictJSONError(f"nested deeper than {MAX_DEPTH} levels")
    has_large_number = outline.startswith(_LARGE) or any(mark + _LARGE in outline for mark in _BEFORE_NUMBERS)
    if not has_large_number:
        value, is_certain = loads_unique(data, colons=outline.count(b":"))
        if is_certain:
            return value
    return _loads(data)


def _loads(data: bytes) -> Any:
    try:
        value = _decoder.decode(data.decode())
    except UnicodeDecodeError as error:
        raise NotStrictJSONError(f"not UTF-8 at byte {error.start}") from None
    except NotStrictJSONError:
        raise
    except json.JSONDecodeError as error:
        raise NotStrictJSONError(f"line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotStrictJSONError(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:  # the interpreter's cap on the digits of an integer
        raise NotStrictJSONError("a number with too many digits") from None
    if b"\\u" in data and _SURROGATE.search(data):
        _refuse_lone_surrogates(value)
    return value


def _deeper_than(data: bytes, outline: bytes, levels: int) -> bool:
    """Say whether brackets nest deeper; peels one level a pass, so that it costs little.

    Brackets inside strings can look like nesting: only then is the text read bracket by bracket.
    """
    brackets = outline.translate(None, _NOT_BRACKETS)
    if len(brackets) <= levels:
        return False
    for _ in range(levels):
        peeled = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(peeled) == len(brackets):
            break
        brackets = peeled
    if not brackets:
        return False
    depth = deepest = 0
    for token in re.finditer(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', data, re.DOTALL):
        first = token.group()[:1]
        if first in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in b"]}":
            depth -= 1
    return deepest > levels


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise NotStrictJSONError(f"duplicate key {json.dumps(key)[:80]}")
            seen.add(key)
    return found


def _constant(name: str) -> NoReturn:
    raise NotStrictJSONError(f"{name} is not a JSON number")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise NotStrictJSONError("a number too large for a double")
    return number


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotStrictJSONError("a lone surrogate in a string") from None


_decoder = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_float)


try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]


def parse(data: bytes) -> Any:
    """Return what the standard library returns; raises its JSONDecodeError, or UnicodeDecodeError."""
    if orjson is not None:
        try:
            return orjson.loads(data)
        except orjson.JSONDecodeError:
            pass  # NaN and lone surrogates are values to the standard library, which also says what is wrong
    return json.loads(data.decode())


def loads_unique(data: bytes, *, colons: int) -> tuple[Any, bool]:
    """Return the value, and whether it is certain that no name comes twice in an object.

    `colons` is how many the text has. A name that comes twice takes its colon with it when the value is
    written again. An escaped colon would come in its place, so a text that may have one is never certain, nor
    is what orjson does not read.
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
    return value, not has_escaped_colon and again.count(b":") == colons
