"""Files of text: opened only where they are regular and not too large, and read as UTF-8 without NUL.

Every refusal is an `UnreadableTraffic` with the path and the place.
"""

from __future__ import annotations

import codecs
import stat
from pathlib import Path
from typing import BinaryIO

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.text import truncate

MAX_BYTES = 64 * 1024 * 1024
_PIECE = 4 * 1024 * 1024


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of a regular file."""
    with open_file(path, limit=limit) as file:
        return file.read()


def open_file(path: Path, *, limit: int = MAX_BYTES) -> BinaryIO:
    """Open a regular file of at most `limit` bytes."""
    shown = truncate(str(path), 300)
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise UnreadableTraffic(f"{shown}: a directory; name the files in it")
        if not stat.S_ISREG(found.st_mode):
            raise UnreadableTraffic(f"{shown}: not a regular file")
        if found.st_size > limit:
            raise UnreadableTraffic(f"{shown}: {found.st_size} bytes; at most {limit} can be read")
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UnreadableTraffic(f"{shown}: cannot be opened: {reason}") from None


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
