"""The code that sends a request: the user's lines, and the client library that they call."""

from __future__ import annotations

import functools
import linecache
import os
import re
import sys
import sysconfig
from pathlib import Path
from types import FrameType


def caller_lines(rootdir: Path, test_path: Path) -> list[tuple[Path, int]]:
    """Return the files and lines of the user's code that run now: the innermost one, then the test's.

    One line if the test itself is innermost, or is not on the stack; none if no code of the user's is on it,
    as in a coroutine that was handed to `asyncio.gather`.
    """
    root, test = _real(os.fspath(rootdir)), _real(os.fspath(test_path))
    innermost: list[tuple[Path, int]] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if _real(name) == test:
            return [*innermost, (Path(name), frame.f_lineno)]
        if not innermost and _is_users(name):
            innermost = [(Path(name), frame.f_lineno)]
        frame = frame.f_back
    # Without a test above it, code beside the project may be that of whoever runs the tests.
    return [line for line in innermost if _under(_real(os.fspath(line[0])), root)]


def calling_library() -> str:
    """Return the name of the library by which the user's code sends what is sent now, or an empty text."""
    frame: FrameType | None = sys._getframe(1)
    library = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if _is_users(name):
            return library
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in _TEST_RUNNERS:
            return library
        if not _is_pythons_or_ours(name):
            library = package
        frame = frame.f_back
    return library


def is_users(path: Path) -> bool:
    """Return True for a file of the user's own code: not installed, nor of Python or this package."""
    return _is_users(os.fspath(path))


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


_TEST_RUNNERS = {"_pytest", "pluggy", "pytest", "pytest_asyncio", "anyio"}


@functools.cache
def _is_users(name: str) -> bool:
    if name.startswith("<"):
        return False  # made in memory: `<string>`, `<frozen runpy>`
    return not _is_installed(name) and not _is_pythons_or_ours(name)


@functools.cache
def _is_installed(name: str) -> bool:
    return bool({"site-packages", "dist-packages"} & set(Path(_real(name)).parts))


@functools.cache
def _is_pythons_or_ours(name: str) -> bool:
    path = _real(name)
    ours = _under(path, _real(os.path.dirname(os.path.dirname(__file__))))
    python = not _is_installed(name) and any(_under(path, _real(place)) for place in _LIBRARIES)
    return name.startswith("<") or ours or python


def _under(path: str, folder: str) -> bool:
    return path.startswith(os.path.join(folder, ""))
