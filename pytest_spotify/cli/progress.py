"""Progress of a long file, on standard error."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import click

from pytest_spotify.cli.echo import echo

FIRST_SECOND = 1.0
_SLOWEST = 60.0
_ON_TERMINAL = 0.25


class Progress:
    """Prints a line from the first second on: on a terminal again in its place, elsewhere ever more rarely.

    A thread prints it, as some readers give their first exchange only when the whole file is read.
    """

    def __init__(self, line: Callable[[], str], *, after: float = FIRST_SECOND) -> None:
        self._line, self._after = line, after
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        seconds, width = self._after, 0
        while not self._is_over.wait(seconds):
            if sys.stderr.isatty():
                line = self._line()
                click.echo(f"\r{line:<{width}}", err=True, nl=False)
                seconds, width = _ON_TERMINAL, len(line)
            else:
                echo(self._line(), err=True)
                seconds = min(2 * seconds, _SLOWEST)
        if width:
            click.echo(f"\r{'':<{width}}\r", err=True, nl=False)
