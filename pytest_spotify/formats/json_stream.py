"""A JSON document read from a file value by value, so that of a long list one element is in memory.

As with the rest of this package, every refusal is an `UnreadableTraffic` with the path and the place.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.files import not_utf8, place
from pytest_spotify.formats import Data
from pytest_spotify.formats.strict_json import (
    NotStrictJSONError,
    check_number_of_values,
    most_values,
    parse,
)

WINDOW = 1024 * 1024
_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
# A quote alone begins a string that the window cuts.
_TOKEN = re.compile(_STRING + rb'|[{}\[\]"]', re.DOTALL)
_SCALAR = re.compile(_STRING + rb'|[^\s,:{}\[\]"]+', re.DOTALL)
_CLOSING = re.compile(rb"\s*\}\Z")
_OPENING = re.compile(rb"(\{\s*)(" + _STRING + rb")", re.DOTALL)
_LONGEST_SPACE = 200  # that separators are made of: of more, the end of a value is found by its brackets
_NOTHING: Any = object()


class Readable(Protocol):
    """A file of bytes that can be read again from its start."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many bytes, none at the end."""

    def seek(self, offset: int, /) -> Any:
        """Go on at that offset from the start."""


class JSONStream:
    """A cursor over a JSON document; the caller says what it reads next. `position` is in bytes."""

    def __init__(self, file: Readable, path: object) -> None:
        self._file, self._path = file, path
        self._window, self._at = b"", 0
        self._dropped = 0  # so many bytes lie before the window
        self._is_whole = False  # nothing follows the window
        self.position = 0
        while len(self._window) < len(codecs.BOM_UTF8) and self._read_on():
            pass
        self._at = len(codecs.BOM_UTF8) if self._window.startswith(codecs.BOM_UTF8) else 0

    def peek(self) -> bytes:
        """Return the next byte that is no white space, or nothing at the end of the document."""
        self._skip_space()
        return self._window[self._at : self._at + 1]

    def members(self) -> Iterator[str]:
        """Yield each name of the object that is next. The caller reads its value before it goes on."""
        self._take(b"{")
        if self.peek() == b"}":
            self._take(b"}")
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                self._refuse(self._at, "a name in double quotes was expected")
            self._take(b":")
            yield name
            if self.peek() == b"}":
                self._take(b"}")
                return
            self._take(b",")

    def elements(self) -> Iterator[Data]:
        """Yield each element of the list that is next."""
        self._take(b"[")
        if self.peek() == b"]":
            self._take(b"]")
            return
        separator, first = None, b""
        while True:
            value = self._value_before(separator) if separator else _NOTHING
            if value is _NOTHING:
                end = self._value_end()
                first = first or self._window[self._at : end]
                value = self._value_until(end)
            yield value
            space = self._skip_space()
            if self.peek() == b"]":
                self._take(b"]")
                return
            self._take(b",")
            space += b"," + self._skip_space()
            separator = separator or _Separator.after(first, space)

    def value(self) -> Data:
        """Return the value that is next."""
        return self._value_until(self._value_end())

    def end(self) -> None:
        """Refuse what follows the document."""
        if self.peek():
            self._refuse(self._at, "something follows the document")

    def _value_before(self, separator: _Separator) -> Data:
        """Return the value that ends at the next separator; nothing where that is not the end of a value."""
        found = self._window.find(separator.text, self._at)
        if found < 0 and len(self._window) - self._at < WINDOW and self._read_on():
            found = self._window.find(separator.text, self._at)
        if found < 0:
            return _NOTHING
        end = found + separator.closing
        try:
            value = _parsed(self._window[self._at : end])
        except (ValueError, RecursionError):
            return _NOTHING
        self._at = end
        return value

    def _value_end(self) -> int:
        """Return the end in the window of the value that is next, reading on until it is there."""
        first = self.peek()
        if first in {b"{", b"["}:
            while (end := self._closing_bracket()) is None:
                if not self._read_on():
                    return len(self._window)
            return end
        while True:
            match = _SCALAR.match(self._window, self._at)
            is_cut = match.end() == len(self._window) if match else first == b'"'
            if not is_cut or not self._read_on():
                return match.end() if match else len(self._window)

    def _closing_bracket(self) -> int | None:
        depth = values = 0
        for token in _TOKEN.finditer(self._window, self._at):
            character = self._window[token.start()]
            if character in b"{[":
                depth += 1
                values += 2
            elif character in b"}]":
                depth -= 1
                if depth == 0:
                    return token.end()
            elif token.end() - token.start() == 1:
                break
        if values > most_values(
            len(self._window) - self._at
        ):  # so far: the rest would take as long as memory
            self._refuse(self._at, "too many lists and objects in one value")
        return None

    def _value_until(self, end: int) -> Data:
        """Return the value that ends there, and go on behind it."""
        data = self._window[self._at : end]
        try:
            value = _parsed(data)
        except NotStrictJSONError as error:
            where = place(*self._place(self._at))
            raise UnreadableTraffic(f"{self._path}, {where}: {error}") from None
        except UnicodeDecodeError as error:
            raise not_utf8(error, self._path, *self._place(self._at + error.start)) from None
        except json.JSONDecodeError as error:
            self._refuse(self._at + len(error.doc[: error.pos].encode()), error.msg)
        except RecursionError:
            raise UnreadableTraffic(
                f"{self._path}: nested too deeply to be a HAR file or a cassette"
            ) from None
        except ValueError:  # a number of thousands of digits
            raise UnreadableTraffic(f"{self._path}: holds a number too large to read") from None
        self._at = end
        return value

    def _skip_space(self) -> bytes:
        """Go on behind white space, and return the last of it."""
        skipped = b""
        while True:
            end = _SPACE.match(self._window, self._at).end()  # type: ignore[union-attr]
            skipped = (skipped + self._window[self._at : end])[-_LONGEST_SPACE:]
            self._at = end
            if end < len(self._window) or not self._read_on():
                return skipped

    def _take(self, character: bytes) -> None:
        if self.peek() != character:
            self._refuse(self._at, f"{character.decode()} was expected")
        self._at += 1

    def _read_on(self) -> bool:
        """Lengthen the window, drop what was read, and say whether there was more; else change nothing."""
        data = b"" if self._is_whole else self._file.read(max(WINDOW, len(self._window) - self._at))
        if not data:
            self._is_whole = True
            return False
        self.position += len(data)
        self._dropped += self._at
        self._window, self._at = self._window[self._at :] + data, 0
        return True

    def _place(self, position: int) -> tuple[int, int]:
        """Return line and column of a byte of the window; what was dropped is read again for it."""
        self._file.seek(0)
        line, line_start, read = 0, 0, 0
        end = self._dropped + position
        while read < end and (data := self._file.read(min(WINDOW, end - read))):
            line += data.count(b"\n")
            line_start = read + data.rfind(b"\n") + 1 if b"\n" in data else line_start
            read += len(data)
        return line, end - line_start

    def _refuse(self, position: int, problem: str) -> NoReturn:
        where = place(*self._place(position))
        raise UnreadableTraffic(f"{self._path}, {where}: not JSON: {problem}") from None


def _parsed(data: bytes) -> Data:
    check_number_of_values(data)
    return parse(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Separator:
    """What probably stands between two elements of a list of objects, and nowhere within one.

    Programs write each element of a list as they wrote the first: either with line ends, then the white space
    tells how deep a bracket is, or without, then the first name does. Where this guess is wrong, what is cut
    out is no value, and the end is found bracket by bracket: at a tenth of the speed.
    """

    text: bytes
    closing: int  # so many bytes are still of the element before

    @classmethod
    def after(cls, first: bytes, between: bytes) -> _Separator | None:
        closing, opening = _CLOSING.search(first[-200:]), _OPENING.match(first)
        if not closing or not opening:
            return None
        text = closing.group() + between + opening.group(1)
        text += b'"' if b"\n" in text else opening.group(2)
        return cls(text=text, closing=len(closing.group()))
