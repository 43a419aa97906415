"""Runs `pytest-spotify` in this process, as its console script would."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TextIO
from unittest.mock import patch

import pytest

from pytest_spotify.cli import main


@dataclass(frozen=True)
class Ran:
    """What became of a command."""

    status: int
    out: str
    err: str


def run(
    *arguments: object,
    environ: Mapping[str, str] | None = None,
    columns: int = 1000,
    given: TextIO | None = None,
    encoding: str = "utf-8",
) -> Ran:
    """Return exit status and output; an exception other than SystemExit is the test's failure.

    The environment is that of the test where none is given. The terminal has so many columns that lines are
    whole, and `encoding`. Nothing is typed unless it is `given`.
    """
    out, err = _stream(encoding), _stream(encoding)
    variables = {**(os.environ if environ is None else environ), "COLUMNS": str(columns)}
    with (
        patch("sys.argv", ["pytest-spotify", *map(str, arguments)]),
        patch("sys.stdin", given or _stream()),
        patch.dict(os.environ, variables, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as exit_,
    ):
        main()
    return Ran(status=int(exit_.value.code or 0), out=_written(out), err=_written(err))


def _stream(encoding: str = "utf-8") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
