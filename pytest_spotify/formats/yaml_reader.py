"""A file's bytes to plain data: JSON or YAML, told apart by content, and safe to open whoever wrote the file.

YAML is read from the parser's events: no tag can run code, an alias is one more reference (and what it
repeats counts against the size limit), dates stay text, nesting is capped. Every refusal is an
`UnreadableTraffic` with the path, the place and what was expected. Of what the data means it knows only that
it should be recorded traffic, which its messages say.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

import yaml

from pytest_spotify.errors import UnreadableTraffic, truncate
from pytest_spotify.files import MAX_BYTES, check_text, place
from pytest_spotify.formats import Data
from pytest_spotify.formats.strict_json import most_values
from pytest_spotify.formats.yaml_scalars import resolve

MAX_DEPTH = 64
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?\s*")
_JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")

# PyYAML's stubs give events no common type for what they carry.
_Event: TypeAlias = Any
# The C loader is some fifty times faster; PyYAML's wheels carry it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(data: bytes, path: object) -> Data:
    """Return what a JSON or YAML document holds."""
    check_text(data, path)
    if _BLANK.fullmatch(data):
        raise UnreadableTraffic(f"{path}: empty; expected a HAR file or a VCR.py cassette")
    if is_json(data):
        return _parse_json(data.decode("utf-8-sig"), path)
    return _Builder(path, len(data)).build(data.removeprefix(codecs.BOM_UTF8))


def is_json(data: bytes) -> bool:
    """Return True if a document that begins so is JSON, as far as it can be told from YAML."""
    return _JSON.match(data) is not None


def _parse_json(text: str, path: object) -> Data:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = place(error.lineno - 1, error.colno - 1)
        raise UnreadableTraffic(f"{path}, {where}: not JSON: {error.msg}") from None
    except RecursionError:
        raise UnreadableTraffic(f"{path}: nested too deeply to be a HAR file or a cassette") from None
    except ValueError:  # a number of thousands of digits
        raise UnreadableTraffic(f"{path}: holds a number too large to read") from None


_CORE = "tag:yaml.org,2002:"
_TEXT = {"!", _CORE + "str", _CORE + "python/str", _CORE + "python/unicode"}
# VCR.py before 1.0 wrote its objects by their Python names; read as what they hold, they do nothing.
_SEQUENCE = {None, "!"} | {_CORE + name for name in ("seq", "python/tuple")}
_SEQUENCE |= {f"{_CORE}python/object/apply:{module}.frozenset" for module in ("__builtin__", "builtins")}
_STREAM = {_CORE + "python/object/new:_io.BytesIO", _CORE + "python/object/apply:builtins.iter"}
_MAPPING = {None, "!", _CORE + "map", _CORE + "python/object:vcr.request.Request"} | _STREAM


# As values are counted in JSON.
_WEIGHTS = {yaml.AliasEvent: 1, yaml.ScalarEvent: 2, yaml.MappingStartEvent: 3, yaml.SequenceStartEvent: 3}
_ANCHOR = 3


class _Open:
    """A collection that is not complete yet."""

    __slots__ = ("anchor", "key", "size", "stream", "value")

    def __init__(self, value: Data, event: _Event, *, stream: bool = False) -> None:
        self.value, self.anchor, self.stream = value, event.anchor, stream
        self.size = 1
        self.key: Any = _NOTHING


_NOTHING: Any = object()


class _Builder:
    """Builds plain data from the events of one YAML document."""

    def __init__(self, path: object, size: int) -> None:
        self._path, self._most, self._values_left = path, 2 * max(MAX_BYTES, size), most_values(size)
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: list[_Open] = []
        self._total = 0
        self._root: Any = _NOTHING

    def build(self, text: bytes) -> Data:
        try:
            self._consume(_Loader(text).get_event)
        except yaml.YAMLError as error:
            where = ""
            if mark := getattr(error, "problem_mark", None):
                # The parser looks ahead of its events, and libyaml 0.2.6 ends at a depth of 1,000 by itself.
                self._refuse_nesting(text.decode(errors="replace")[: mark.index])
                where = f", {place(mark.line, mark.column)}"
            problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "malformed"
            raise UnreadableTraffic(f"{self._path}{where}: not YAML: {truncate(str(problem))}") from None
        return None if self._root is _NOTHING else self._root

    def _consume(self, next_event: Callable[[], _Event]) -> None:
        while (event := next_event()) is not None:
            kind = type(event)
            self._values_left -= _WEIGHTS.get(kind, 0)
            if self._values_left < 0:
                self._refuse(event, "more values than recorded traffic of that size has")
            if kind is yaml.ScalarEvent:
                value = self._scalar(event)
                self._add(value, len(event.value) + 1, event)
                if event.anchor:
                    self._anchors[event.anchor] = value, len(event.value) + 1
                    self._values_left -= _ANCHOR
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self._end(event)
            elif kind is yaml.AliasEvent:
                if event.anchor not in self._anchors:
                    self._refuse(event, "an alias of something that is not complete or not there")
                self._add(*self._anchors[event.anchor], event)
            elif kind is yaml.DocumentStartEvent and self._root is not _NOTHING:
                self._refuse(event, "a second document; expected one")

    def _start(self, event: _Event) -> None:
        self._refuse_depth(event, len(self._open) + 1)
        is_mapping = type(event) is yaml.MappingStartEvent
        if event.tag not in (_MAPPING if is_mapping else _SEQUENCE):
            self._refuse_tag(event)
        self._open.append(_Open({} if is_mapping else [], event, stream=event.tag in _STREAM))

    def _end(self, event: _Event) -> None:
        done = self._open.pop()
        value = _stream_content(done.value) if done.stream else done.value
        if done.anchor:
            self._anchors[done.anchor] = value, done.size
        # The parts were counted as they came.
        self._add(value, done.size, event, counted=True)

    def _add(self, value: Data, size: int, event: _Event, *, counted: bool = False) -> None:
        if not counted:
            self._total += size
            if self._total > self._most:
                self._refuse(event, "aliases that make the document too large")
        if not self._open:
            self._root = value
            return
        parent = self._open[-1]
        parent.size += size
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif parent.key is _NOTHING:
            if not isinstance(value, (str, int)):
                self._refuse(event, "a mapping key that is not text")
            if value in parent.value:
                self._refuse(event, f"the key {truncate(str(value))!r} twice in one mapping")
            parent.key = value
        else:
            parent.value[parent.key] = value
            parent.key = _NOTHING

    def _scalar(self, event: _Event) -> Data:
        text, tag = event.value, event.tag
        if tag is None:
            return resolve(text) if event.implicit[0] else text
        if tag in _TEXT:
            return text
        if tag == _CORE + "binary":
            try:
                return base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                self._refuse(event, "!!binary that is not base64")
        if tag in {_CORE + "int", _CORE + "float", _CORE + "bool", _CORE + "null"}:
            return resolve(text)
        return self._refuse_tag(event)

    def _refuse_tag(self, event: _Event) -> NoReturn:
        tag = event.tag.replace(_CORE, "!!")
        self._refuse(event, f"the tag {truncate(tag)}: no recorded traffic needs it, so it is not read")

    def _refuse_nesting(self, text: str) -> None:
        """Raise UnreadableTraffic if text, which may end anywhere, is nested too deeply."""
        depth = 0
        with contextlib.suppress(yaml.YAMLError):
            for event in yaml.parse(text, _Loader):
                depth += isinstance(event, yaml.CollectionStartEvent)
                self._refuse_depth(event, depth)
                depth -= isinstance(event, yaml.CollectionEndEvent)

    def _refuse_depth(self, event: _Event, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} levels deep")

    def _refuse(self, event: _Event, problem: str) -> NoReturn:
        mark = event.start_mark
        raise UnreadableTraffic(f"{self._path}, {place(mark.line, mark.column)}: {problem}")


def _stream_content(fields: dict[Data, Data]) -> Data:
    """Return the content of a file or an iterator that was a request's body."""
    parts = fields.get("state", fields.get("args"))
    first = parts[0] if isinstance(parts, list) and parts else b""
    if isinstance(first, list) and all(isinstance(part, (str, bytes)) for part in first):
        return b"".join(part.encode() if isinstance(part, str) else part for part in first)
    return first
