"""JSON read strictly (RFC 8259): what one parser refuses and another accepts is refused here.

UTF-8 only, no byte order mark, no duplicate keys, no NaN or Infinity, no numbers that overflow,
no lone surrogates, caps on size and depth. Spotify, contracts and cassettes are unknown here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple, NoReturn

MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 64
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[\]{}]', re.DOTALL)
_MOST_ITEMS = 50_000  # of a list or an object: that many segments are hours of a recording
_LONG = 1_000_000  # bytes of a name or a text: Spotify's longest are descriptions of some thousand
_FREE = 300_000
_BYTES_EACH = 8
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
# From here on a whole number may have lost digits: orjson reads it as a float.
_LARGE = 2.0**63
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
    if len(data) > MAX_BYTES:
        raise NotStrictJSONError(f"more than {MAX_BYTES // 1024 // 1024} MiB")
    if data.startswith(b"\xef\xbb\xbf"):
        raise NotStrictJSONError("starts with a byte order mark")
    check_number_of_values(data)
    if len(data) > _LONG and any(len(text[0]) > _LONG for text in _STRING.finditer(data)):
        # An engine copies the whole body for each fault in it.
        raise NotStrictJSONError(f"a name or a text of more than {_LONG} bytes")
    value, is_certain = loads_unique(data)
    if is_certain:
        content = _content(value)
        if not any(abs(number) >= _LARGE for number in content.fractions):
            return content
    return _content(_loads(data))


def loads(data: bytes) -> Any:
    """Return the value, or raise `NotStrictJSONError`."""
    return read(data).value


def most_values(size: int) -> int:
    """Return how many values a document of that size may have; a list or an object counts for three.

    Of Spotify's own, the analysis of a long recording has the most: one in ten bytes.
    """
    return _FREE + size // _BYTES_EACH


def check_number_of_values(data: bytes) -> None:
    """Refuse JSON that has more values than `most_values`, counted without a parser."""
    if len(data) < _FREE // 2:  # it cannot: most bodies end here
        return
    most = most_values(len(data))
    brackets, commas = data.count(b"[") + data.count(b"{"), data.count(b",")
    if 2 * brackets + commas + data.count(b'"') // 2 <= most:
        return  # though what stands in texts is counted there too
    values = depth = 0
    for token in _TOKEN.finditer(data):
        character = data[token.start()]
        depth += (character in b"[{") - (character in b"]}")
        values += 2 if character in b"[{" else character not in b"]}"
        if depth > MAX_DEPTH:
            raise NotStrictJSONError(_TOO_DEEP)
        if values > most:
            raise NotStrictJSONError(f"more than {most} values in {len(data)} bytes")


def is_nested_too_deep(data: bytes) -> bool:
    """Return True if a text is JSON nested so deep that parsers end in a RecursionError, well-formed or not.

    A few levels more than MAX_DEPTH are left to `read`, which says so too.
    """
    if data.lstrip()[:1] not in (b"[", b"{"):
        return False
    brackets = _STRING.sub(b"", data).translate(None, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):  # each round takes the innermost level away, wherever it is
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    depth = 0
    for bracket in brackets:
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _content(value: Any) -> Content:
    """Return the value and what stands in it; walks it level by level and refuses too many of them."""
    objects: list[dict[str, Any]] = []
    fractions: list[float] = []
    level: list[Collection[Any]] = [[value]]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Collection[Any]] = []
        for container in level:
            if len(container) > _MOST_ITEMS:
                raise NotStrictJSONError(f"more than {_MOST_ITEMS} items in a list or an object")
            if type(container) is list and _are_strings(container):
                continue
            for inner in container:
                kind = type(inner)
                if kind is str:
                    continue
                if kind is dict:
                    objects.append(inner)
                    deeper.append(inner.values())
                elif kind is list:
                    deeper.append(inner)
                elif kind is float:
                    fractions.append(inner)
        if not deeper:
            return Content(value, objects, fractions)
        level = deeper
    raise NotStrictJSONError(_TOO_DEEP)


def _are_strings(values: list[Any]) -> bool:
    """Return True if a list holds strings alone, as that of markets does: joining them tells quickest."""
    if values and type(values[0]) is not str:
        return False
    try:
        "".join(values)
    except TypeError:
        return False
    return True


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
        raise NotStrictJSONError(_TOO_DEEP) from None
    except ValueError:  # the interpreter's cap on the digits of an integer
        raise NotStrictJSONError("a number with too many digits") from None
    if b"\\u" in data and _SURROGATE.search(data):
        _refuse_lone_surrogates(value)
    return value


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


def loads_unique(data: bytes) -> tuple[Any, bool]:
    """Return the value, and whether it is certain that no name comes twice in an object.

    A name that comes twice takes its colon with it when the value is written again. An escaped colon would
    come in its place, so a text that may have one is never certain, nor is what orjson does not read.
    """
    if orjson is None:
        return None, False
    try:
        value = orjson.loads(data)
        again = orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # it writes fewer levels than it reads
        return None, False
    if again == data:
        return value, True
    has_escaped_colon = b"\\" in data and b"\\u003" in data
    return value, not has_escaped_colon and again.count(b":") == data.count(b":")
