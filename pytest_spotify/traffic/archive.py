"""ZIP archives and folders that hold a HAR file with its attachments: read in memory, nothing is unpacked.

What an archive says of its sizes is held to: no member gives more bytes than that, and all that is read of
one archive is less than `MAX_ARCHIVE_BYTES`.

Playwright names the file of a body in `_file` of `content` and `postData` (its `recordHar` and `routeFromHAR`
with content "attach"). A name may come from anybody, so it leads nowhere but into the folder of the HAR file.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, BinaryIO, NoReturn, Protocol

from pytest_spotify.errors import UnreadableTraffic, truncate
from pytest_spotify.files import MAX_BYTES, read_bytes
from pytest_spotify.traffic.entry import Cursor

SIGNATURE = b"PK\x03\x04"
MAX_ARCHIVE_BYTES = 1024 * 1024 * 1024
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
_ENCRYPTED = 0x1  # general purpose bit flag 0 (APPNOTE.TXT section 4.4.4)


class Archive:
    """The members of an archive."""

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._path, self._opened = path, 0
        try:
            self._zip = zipfile.ZipFile(file)
        except _FAULTS:
            _refuse(path, "a damaged ZIP archive")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def har_files(self) -> list[str]:
        """Return the names of the HAR files, in the order of the archive."""
        return [name for name in self._zip.namelist() if name.lower().endswith(".har")]

    def size(self, name: str) -> int:
        """Return how many bytes a member unpacks to."""
        return self._zip.NameToInfo[name].file_size

    def open(self, name: str, *, limit: int | None = None) -> Member:
        """Return a member to read from; raises UnreadableTraffic for what is too large or cannot be read."""
        where = f"{self._path}, {truncate(name)}"
        self._opened += self.size(name)
        most = MAX_ARCHIVE_BYTES if limit is None else limit
        if self.size(name) > most:
            _refuse(where, f"unpacks to {self.size(name)} bytes; at most {most} can be read")
        if self._opened > MAX_ARCHIVE_BYTES:
            _refuse(
                self._path,
                f"unpacks to {self._opened} bytes and more; at most {MAX_ARCHIVE_BYTES} can be read",
            )
        if self._zip.NameToInfo[name].flag_bits & _ENCRYPTED:
            _refuse(where, "encrypted")
        try:
            return Member(self._zip.open(name), where)
        except _FAULTS:
            _refuse(where, "damaged, or compressed in a way that Python cannot undo")

    def read(self, name: str, *, limit: int | None = None) -> bytes:
        """Return the bytes of a member; raises as `open`."""
        return self.open(name, limit=limit).read()


class Member:
    """A member of an archive, read from its start on."""

    def __init__(self, file: IO[bytes], where: str) -> None:
        self._file, self._where = file, where

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end; raises UnreadableTraffic where the archive is damaged."""
        try:
            return self._file.read(size)
        except _FAULTS:
            _refuse(self._where, "damaged")

    def seek(self, offset: int, /) -> None:
        """Go on at that offset from the start."""
        self._file.seek(offset)


def _refuse(where: str, problem: str) -> NoReturn:
    raise UnreadableTraffic(f"{where}: {problem}") from None


class Attachments(Protocol):
    """Where the bodies lie that a HAR file only names."""

    def read(self, name: Cursor) -> bytes | None:
        """Return the bytes of an attachment, or None where it is not there."""


class NoAttachments:
    """Those of a document that lies nowhere."""

    def read(self, _name: Cursor) -> bytes | None:
        """Return None."""
        return None


class Folder:
    """Attachments in the folder of a HAR file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: Cursor) -> bytes | None:
        """Return the bytes of an attachment, or None where it is not there; a link out of it is refused."""
        path = self._folder / _inside(name)
        try:
            found = path.resolve(strict=True)
        except (OSError, RuntimeError):  # not there, or links that go in a circle
            return None
        if not found.is_relative_to(self._folder.resolve()):
            name.refuse("a file in the folder of the HAR file, no link out of it")
        return read_bytes(found)


class Archived:
    """Attachments in the archive of a HAR file."""

    def __init__(self, archive: Archive, folder: PurePosixPath) -> None:
        self._archive, self._folder = archive, folder

    def read(self, name: Cursor) -> bytes | None:
        """Return the bytes of an attachment, or None where it is not there."""
        path = str(self._folder / _inside(name))
        return self._archive.read(path, limit=MAX_BYTES) if path in self._archive else None


def _inside(name: Cursor) -> PurePosixPath:
    """Return a relative path that goes down only, by the rules of every system."""
    text = name.text()
    path, windows = PurePosixPath(text), PureWindowsPath(text)
    if "\0" in text or windows.is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        raise UnreadableTraffic(
            f"{name.where}: expected the name of a file beside the HAR file, found {truncate(text)!r}"
        )
    return path
