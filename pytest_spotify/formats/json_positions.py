"""Where the values of a JSON text stand: line and column by path, which parsers do not say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]

Path = tuple[str | int, ...]  # the way from the root of the text to a value in it

_SPACE = re.compile(r"[ \t\r\n]*")
_ENDS = {"{": "}", "[": "]"}
_decoder = json.JSONDecoder()


class Positions:
    """The places of the values in a JSON text that a parser accepts; a member stands where its key does."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._offsets: dict[Path, int] = {}
        self.repeated: list[Path] = []  # members whose name their object has already
        for path, offset in _scan(text):
            if path in self._offsets:
                self.repeated.append(path)
            self._offsets[path] = offset

    def of(self, path: Path) -> tuple[int, int]:
        """Return line and column, both from 1, of a value; of one that is missing, where it should be."""
        while path and path not in self._offsets:
            path = path[:-1]
        offset = self._offsets.get(path, 0)
        return self._text.count("\n", 0, offset) + 1, offset - self._text.rfind("\n", 0, offset)


def _skip(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _scan(text: str) -> Iterator[tuple[Path, int]]:
    """Yield each value of the text with its offset; a member's is that of its key."""
    offset = _skip(text, 0)
    yield (), offset
    if text[offset] not in _ENDS:
        return
    stack: list[tuple[Path, str, int]] = [((), _ENDS[text[offset]], 0)]  # path, its end, the next index
    offset = _skip(text, offset + 1)
    while stack:
        path, end, index = stack.pop()
        if text[offset] == end:
            offset = _skip(text, offset + 1)
            continue
        if text[offset] == ",":
            offset = _skip(text, offset + 1)
        place = offset
        key: str | int = index
        if end == "}":
            key, offset = scanstring(text, offset + 1)
            offset = _skip(text, _skip(text, offset) + 1)
        yield (*path, key), place
        stack.append((path, end, index + 1))
        if text[offset] in _ENDS:
            stack.append(((*path, key), _ENDS[text[offset]], 0))
            offset = _skip(text, offset + 1)
        else:
            _, offset = _decoder.raw_decode(text, offset)
            offset = _skip(text, offset)
