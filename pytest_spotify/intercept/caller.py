"""The line of the user's own code that is running."""

from __future__ import annotations

import functools
import linecache
import os
import re
import sys
import sysconfig
from pathlib import Path
from types import FrameType


def caller_line(rootdir: Path, test_path: Path) -> tuple[Path, int] | None:
    """Return the file and line of the user's code that runs now: in the test's file, else under rootdir.

    None if no such frame is on the stack, as in a coroutine that was handed to `asyncio.gather`.
    """
    root, test = _real(os.fspath(rootdir)), _real(os.fspath(test_path))
    nearest = None
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if _real(name) == test:
            return Path(name), frame.f_lineno
        if nearest is None and _is_users(name, root):
            nearest = Path(name), frame.f_lineno
        frame = frame.f_back
    return nearest


def definition(path: Path, line: int) -> int:
    """Return the line of the `def` that begins at a line, below its decorators."""
    for number in range(line, line + _MOST_DECORATORS):
        if re.match(r"\s*(async\s+)?def\b", linecache.getline(os.fspath(path), number)):
            return number
    return line


_MOST_DECORATORS = 100  # lines of them
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


@functools.cache
def _real(path: str) -> str:
    return os.path.normcase(os.path.realpath(path))


@functools.cache
def _is_users(name: str, root: str) -> bool:
    if name.startswith("<"):
        return False  # made in memory: `<string>`, `<frozen runpy>`
    path = _real(name)
    installed = {"site-packages", "dist-packages"} & set(Path(path).parts)
    foreign = (*_LIBRARIES, os.path.dirname(os.path.dirname(__file__)))
    return _under(path, root) and not installed and not any(_under(path, _real(place)) for place in foreign)


def _under(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
