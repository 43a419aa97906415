"""The files of a folder, as commands search them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_NEVER = {".git", "__pycache__"}


def walk(folder: Path) -> Iterator[Path]:
    """Yield every file below a folder, in order; links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NEVER)
        yield from (Path(parent, name) for name in sorted(names))
