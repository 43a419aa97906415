"""Files: written whole or not at all, searched in folders, and read as UTF-8 text.

Only regular files that are not too large are read, and links that go in a circle are no files: every refusal
is an `UnreadableTraffic` with the path.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pytest_spotify.errors import UnreadableFile, UnreadableTraffic

_TEMPORARY = re.compile(r"\..+\.([0-9]+)-[0-9a-f]{8}\.tmp")
_STALE_AFTER = 3600


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644, durable: bool = True) -> None:
    """Write a file in its folder and replace the old one in one step; on any error the old one stays.

    If `durable`, the file and its folder are synchronized to the disk. A link in place of the file is
    replaced, not followed. A writer that is killed leaves a temporary file, which `remove_stale_temp_files`
    finds. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        with open(os.open(temporary, flags, mode), "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable and sys.platform != "win32":  # a directory cannot be opened there
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_stale_temp_files(folder: str | Path, *, deep: bool = True) -> int:
    """Remove the temporary files of writers that were killed, and return how many there were."""
    removed = 0
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            match = _TEMPORARY.fullmatch(name)
            if match and _is_stale(Path(parent, name), int(match[1])):
                Path(parent, name).unlink(missing_ok=True)
                removed += 1
        if not deep:
            break
    return removed


def _is_stale(path: Path, writer: int) -> bool:
    """Return True if the writing process is gone, or the file is so old that its number may be another's."""
    try:
        if time.time() - path.stat().st_mtime > _STALE_AFTER:
            return True
        if sys.platform != "win32":  # os.kill would end the process there
            os.kill(writer, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False


_NOT_WALKED = {".git", "__pycache__"}


def walk(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder, in order; links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_WALKED)
        yield from (Path(parent, name) for name in sorted(names))


def is_file(path: Path) -> bool:
    """Return True for a regular file; a name that is too long names none, where `Path.is_file` raises."""
    return os.path.isfile(path)


def is_folder(path: Path) -> bool:
    """Return True for a folder; a name that is too long names none."""
    return os.path.isdir(path)


MAX_BYTES = 64 * 1024 * 1024
_PIECE = 4 * 1024 * 1024


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file."""
    with open_file(path, limit=limit) as file:
        try:
            size = os.fstat(file.fileno()).st_size
            return file.read() if size else file.read(limit + 1)  # a file of the kernel's may have no end
        except OSError as error:
            raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> UnreadableFile:
    """Return the refusal of a file that was opened, as some of the kernel's have nothing to read."""
    return UnreadableFile(path, f"cannot be read: {error.strerror}")


def open_file(path: Path, *, limit: int = MAX_BYTES) -> BinaryIO:
    """Open a regular file of at most `limit` bytes."""
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size <= limit:
            return path.open("rb")
        reason = f"{found.st_size} bytes; at most {limit} can be read"
        if not stat.S_ISREG(found.st_mode):
            reason = "not a regular file"
        if stat.S_ISDIR(found.st_mode):
            reason = "a directory; name the files in it"
    except (OSError, ValueError) as error:
        reason = f"cannot be opened: {getattr(error, 'strerror', None) or 'not a path'}"
    raise UnreadableFile(path, reason)


def real_path(path: Path) -> Path:
    """Return the absolute path without links; links that go in a circle stay, for `open_file` to refuse."""
    return Path(os.path.realpath(path))


def reject_other_encodings(data: bytes, path: object) -> None:
    """Refuse a document that begins with the byte order mark of UTF-16 or UTF-32."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableTraffic(f"{path}: UTF-16 or UTF-32; expected UTF-8")


def not_utf8(error: UnicodeDecodeError, path: object, line: int, column: int) -> UnreadableTraffic:
    """Return the refusal of a byte that is not UTF-8 at a place whose numbers count from 0."""
    byte = error.object[error.start]
    return UnreadableTraffic(f"{path}, {place(line, column)}: not UTF-8 (byte 0x{byte:02x})")


def check_text(data: bytes, path: object) -> None:
    """Refuse what no text file in UTF-8 holds; piece by piece, as decoding may take four times the memory."""
    reject_other_encodings(data, path)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(data[start : start + _PIECE], final=start + _PIECE >= len(data))
    except UnicodeDecodeError:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            before = data[: error.start]
            line, column = before.count(b"\n"), error.start - before.rfind(b"\n") - 1
            raise not_utf8(error, path, line, column) from None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0"))
        raise UnreadableTraffic(f"{path}, line {line + 1}: a NUL character; expected text")


def place(line: int, column: int) -> str:
    """Name a place in a file, both numbers counted from 0."""
    return f"line {line + 1}, column {column + 1}"
