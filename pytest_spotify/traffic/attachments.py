"""Bodies that a recorder wrote to files of their own, beside the HAR file or with it in one archive.

Playwright names such a file in `_file` of `content` and `postData` (its `recordHar` and `routeFromHAR` with
content "attach"). A name may come from anybody, so it leads nowhere but into the folder of the HAR file.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.files import MAX_BYTES, read_bytes
from pytest_spotify.formats.cursor import Cursor
from pytest_spotify.text import truncate
from pytest_spotify.traffic.archive import Archive


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
