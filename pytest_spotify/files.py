"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.([0-9]+)-[0-9a-f]{8}\.tmp")
_STALE_AFTER = 3600


def write_atomically(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file in its folder and replace the old one in one step; on any error the old one stays.

    The file and its folder are synchronized to the disk. A link in place of the file is replaced, not
    followed. A writer that is killed leaves a temporary file, which `remove_stale_temp_files` finds.
    Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        with open(os.open(temporary, flags, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if sys.platform != "win32":  # a directory cannot be opened there
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
