"""A folder that lasts as long as a run: for tokens that no folder of the user's holds, and for its workers.

A process that is killed leaves its folder, and perhaps tokens in it; the next one to make such a folder
removes it. A folder is in use as long as its maker holds the lock in it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "pytest-spotify-"
_LOCK = "in-use.lock"
_YOUNG = 10.0  # seconds in which the maker may not have got its lock yet


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a new folder for this user alone, and remove it afterwards; remove those that were abandoned."""
    _remove_abandoned(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=_PREFIX) as name,
        FileLock(Path(name) / _LOCK, thread_local=False),
    ):
        yield Path(name)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError, Timeout):
            if _is_ours(folder) and time.time() - (folder / _LOCK).lstat().st_mtime > _YOUNG:
                with FileLock(folder / _LOCK, timeout=0):
                    pass
                shutil.rmtree(folder)


def _is_ours(folder: Path) -> bool:
    """Say whether this user made the folder: in another's, the lock may lead to a file of this user's."""
    return not hasattr(os, "getuid") or folder.lstat().st_uid == os.getuid()
