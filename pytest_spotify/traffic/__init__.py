"""Recorded traffic as exchanges with Spotify: HAR 1.2 files, also in ZIP archives, and cassettes of VCR.py.

Strict: what is of Spotify is wholly understood, or the file is refused with the place and what was expected
there. Of traffic with other hosts the address alone is read. Of Spotify it knows the addresses alone.
"""

from __future__ import annotations

import io
import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, NoReturn, TypeAlias

from pytest_spotify.errors import NotTraffic, UnreadableTraffic, truncate
from pytest_spotify.files import is_file, open_file, read_bytes, unreadable
from pytest_spotify.formats import Data, strict_json
from pytest_spotify.formats.json_stream import JSONStream, Readable
from pytest_spotify.formats.yaml_reader import is_json, parse
from pytest_spotify.traffic.archive import (
    MAX_ARCHIVE_BYTES,
    SIGNATURE,
    Archive,
    Archived,
    Attachments,
    Folder,
    NoAttachments,
)
from pytest_spotify.traffic.entry import Cursor, Omissions, TrafficEntry, is_api
from pytest_spotify.traffic.har import read_entry
from pytest_spotify.traffic.vcr import read_interaction

Item: TypeAlias = tuple[Literal["entry", "interaction"], Cursor]

_OTHER_CASSETTE = " (this is a cassette of Ruby's VCR or of betamax)"
_BODY_HINT = "; a plain response body is checked with `pytest-spotify check --operation NAME FILE`"


def document_items(document: Data, where: str) -> Iterator[Item]:
    """Yield those of a parsed document; raises NotTraffic for any other document."""
    if isinstance(document, dict) and "log" in document:
        log = _checked(Cursor(document["log"], f"{where}, log"), dict, "an object")
        for node in _checked(log["entries"], list, "a list"):
            yield "entry", node
    elif isinstance(document, dict) and "interactions" in document:
        interactions = Cursor(document["interactions"], f"{where}, interactions")
        for node in _checked(interactions, list, "a list"):
            yield "interaction", node
    elif isinstance(document, list) and document and _is_interaction(document[0]):
        for node in Cursor(document, where):
            yield "interaction", node
    else:
        _refuse(where, document)


def stream_items(stream: JSONStream, where: str) -> Iterator[Item]:
    """Yield those of a JSON document that is read as they are taken; raises NotTraffic as above."""
    if stream.peek() == b"[":
        yield from _old_interactions(stream, where)
    else:
        others: dict[str, None] = {}
        is_traffic = False
        for name in stream.members():
            if is_traffic or name not in {"log", "interactions"}:
                stream.value()
                others[name] = None
                continue
            is_traffic = True
            if name == "interactions":
                for node in _elements(stream, f"{where}, interactions"):
                    yield "interaction", node
            else:
                yield from _log(stream, f"{where}, log")
        if not is_traffic:
            _refuse(where, others)
    stream.end()


def _log(stream: JSONStream, where: str) -> Iterator[Item]:
    if stream.peek() != b"{":
        _checked(Cursor(stream.value(), where), dict, "an object")
    has_entries = False
    for name in stream.members():
        if name == "entries" and not has_entries:
            has_entries = True
            for node in _elements(stream, f"{where}, entries"):
                yield "entry", node
        else:
            stream.value()
    if not has_entries:
        _checked(Cursor(None, f"{where}, entries"), list, "a list")


def _old_interactions(stream: JSONStream, where: str) -> Iterator[Item]:
    # VCR.py wrote no object around them before its version 1.0.
    index = -1
    for index, node in enumerate(_elements(stream, where)):
        if index == 0 and not _is_interaction(node.value):
            _refuse(where, [])
        yield "interaction", node
    if index < 0:
        _refuse(where, [])


def _elements(stream: JSONStream, where: str) -> Iterator[Cursor]:
    if stream.peek() != b"[":
        _checked(Cursor(stream.value(), where), list, "a list")
    for index, value in enumerate(stream.elements()):
        yield Cursor(value, f"{where} {index}")


def _checked(node: Cursor, kind: type, expected: str) -> Cursor:
    if not isinstance(node.value, kind):
        try:
            node.refuse(expected)
        except UnreadableTraffic as error:
            raise NotTraffic(str(error)) from None
    return node


def _is_interaction(value: Data) -> bool:
    return isinstance(value, dict) and "request" in value


def _refuse(where: str, document: Data) -> NoReturn:
    hint = _BODY_HINT if isinstance(document, (dict, list)) else ""
    if isinstance(document, dict) and "http_interactions" in document:
        hint = _OTHER_CASSETTE
    raise NotTraffic(f"{where}: neither a HAR file nor a VCR.py cassette{hint}")


_BY_NAME = {".har", ".zip"}
_BY_CONTENT = {".json", ".yaml", ".yml"}
# A cassette in YAML, whichever version of VCR.py wrote it, or what HAR files and JSON cassettes have.
_CONTENT = re.compile(rb'^interactions:|^- request:|"interactions"\s*:|"log"\s*:|^\s*\[\s*\{', re.MULTILINE)


def may_be_traffic(path: Path) -> bool:
    """Return True if a file is worth reading as traffic; a file of another suffix, or none at all, is not."""
    suffix = path.suffix.lower()
    try:
        if not is_file(path) or suffix not in _BY_NAME | _BY_CONTENT:
            return False
        if suffix in _BY_NAME:
            return True
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _CONTENT.search(content) is not None
    except (OSError, ValueError):  # an empty file cannot be mapped
        return False


__all__ = [
    "TrafficEntry",
    "TrafficFile",
    "entries",
    "is_api",
    "may_be_traffic",
    "parse_traffic",
    "read_traffic",
]

_HEAD = 64 * 1024


class TrafficFile:
    """A file of traffic, whose exchanges with Spotify are read one after the other, once.

    `omissions` says what the recorder left out of those that were read, `count` how many entries the file had
    so far, those of other hosts too.
    """

    def __init__(self, path: str | Path) -> None:
        self._path, self._shown = Path(path), truncate(str(path), 300)
        self._stream: JSONStream | None = None
        self._size = 1
        self.count = 0
        self.omissions = Omissions()

    @property
    def share_read(self) -> float:
        """Return how much of the file was read, from 0 to 1."""
        return min(self._stream.position / self._size, 1) if self._stream else 0

    def __iter__(self) -> Iterator[TrafficEntry]:
        with open_file(self._path, limit=MAX_ARCHIVE_BYTES) as file:
            try:
                yield from self.read(file, Folder(self._path.parent))
            except OSError as error:
                raise unreadable(self._path, error) from None

    def read(self, file: BinaryIO, attachments: Attachments) -> Iterator[TrafficEntry]:
        """Yield the exchanges of an open file; HAR, archive or cassette is told by content, not by name."""
        head = file.read(_HEAD)
        self._size = file.seek(0, io.SEEK_END)
        file.seek(0)
        if head.startswith(SIGNATURE):
            yield from self._read_archive(Archive(file, self._shown))
        elif is_json(head):
            yield from self._read_json(file, self._shown, attachments)
        else:
            document = parse(file.read(), self._shown)
            yield from self.entries(document_items(document, self._shown), attachments)

    def _read_archive(self, archive: Archive) -> Iterator[TrafficEntry]:
        names = archive.har_files()
        if not names:
            raise NotTraffic(f"{self._shown}: a ZIP archive without a HAR file")
        for name in names:
            self._size = archive.size(name)
            attachments = Archived(archive, PurePosixPath(name).parent)
            yield from self._read_json(archive.open(name), f"{self._shown}, {truncate(name)}", attachments)

    def _read_json(self, file: Readable, where: str, attachments: Attachments) -> Iterator[TrafficEntry]:
        self._stream = JSONStream(file, where)
        yield from self.entries(stream_items(self._stream, where), attachments)

    def entries(self, items: Iterable[Item], attachments: Attachments) -> Iterator[TrafficEntry]:
        """Yield the exchanges in entries of a HAR file or interactions of a cassette."""
        for kind, node in items:
            if kind == "entry":
                entry = read_entry(node, self.count, attachments, self.omissions)
            else:
                entry = read_interaction(node, self.count, self.omissions)
            self.count += 1
            if entry is not None:
                yield entry


def read_traffic(path: str | Path) -> list[TrafficEntry]:
    """Return the exchanges with Spotify of a file, without those that got no response or lost its body."""
    return list(TrafficFile(path))


def parse_traffic(data: bytes, path: str) -> list[TrafficEntry]:
    """Return the exchanges with Spotify in the bytes of a file. `path` is for messages."""
    return list(TrafficFile(path).read(io.BytesIO(data), NoAttachments()))


def read_body(path: Path, *, must_be_json: bool = True) -> bytes:
    """Return the bytes of a file; raises UnreadableTraffic for one that should be strict JSON and is not."""
    data = read_bytes(path)
    if must_be_json:
        try:
            strict_json.loads(data)
        except strict_json.NotStrictJSONError as error:
            raise UnreadableTraffic(f"{path}: not JSON: {error}") from None
    return data
