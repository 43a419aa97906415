"""Recorded traffic as exchanges with Spotify: HAR 1.2 files, also in ZIP archives, and cassettes of VCR.py.

Strict: what is of Spotify is wholly understood, or the file is refused with the place and what was expected
there. Of traffic with other hosts the address alone is read. Of Spotify it knows the addresses alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pytest_spotify.errors import NotTraffic, UnreadableTraffic
from pytest_spotify.files import open_file, read_bytes
from pytest_spotify.formats import strict_json
from pytest_spotify.formats.json_stream import JSONStream, Readable
from pytest_spotify.formats.yaml_reader import Data, is_json, parse
from pytest_spotify.text import truncate
from pytest_spotify.traffic.archive import MAX_BYTES, SIGNATURE, Archive
from pytest_spotify.traffic.attachments import Archived, Attachments, Folder, NoAttachments
from pytest_spotify.traffic.detect import may_be_traffic
from pytest_spotify.traffic.entry import Omissions, TrafficEntry, is_api
from pytest_spotify.traffic.har import read_entry
from pytest_spotify.traffic.items import Item, document_items, stream_items
from pytest_spotify.traffic.vcr import read_interaction

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
        with open_file(self._path, limit=MAX_BYTES) as file:
            yield from self.read(file, Folder(self._path.parent))

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


def read_entries(document: Data, path: str) -> list[TrafficEntry]:
    """Return the exchanges with Spotify in a parsed document. `path` is for messages."""
    return list(TrafficFile(path).entries(document_items(document, path), NoAttachments()))


def read_body(path: Path, *, must_be_json: bool = True) -> bytes:
    """Return the bytes of a file; raises UnreadableTraffic for one that should be strict JSON and is not."""
    data = read_bytes(path)
    if must_be_json:
        try:
            strict_json.loads(data)
        except strict_json.NotStrictJSONError as error:
            raise UnreadableTraffic(f"{path}: not JSON: {error}") from None
    return data
