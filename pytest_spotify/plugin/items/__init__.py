"""The base of our own items, and how a failure of ours is shown: our text, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

import pytest

from pytest_spotify.errors import ContractViolated, SpotifyTestError
from pytest_spotify.intercept import is_users
from pytest_spotify.plugin.state import get_state


class SpotifyItem(pytest.Item):
    """A contract case or a body file."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.add_marker("spotify")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return our own text; a traceback, which takes pytest long, only for an unexpected error."""
        if is_spotify_error(excinfo.value):
            return short_repr(self, excinfo)
        return super().repr_failure(excinfo, style)


def is_spotify_error(error: BaseException) -> bool:
    """Return True if an error explains itself."""
    return isinstance(error, (ContractViolated, SpotifyTestError)) or (
        isinstance(error, BaseExceptionGroup) and all(map(is_spotify_error, error.exceptions))
    )


def short_repr(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    """Return our text and the line of the test that met it; the first line is for the short summary."""
    # Several if more than one fixture failed as it ended; one of them twice if its error is ours too.
    first, *others = {str(leaf.value): leaf for leaf in _leaf_errors(error)}.values()
    representation = _repr_one(item, first)
    for other in others:
        lines = _repr_one(item, other).reprtraceback.reprentries[0].lines
        representation.reprtraceback.reprentries[0].lines += ["", *lines]
    return representation


def cause_repr(item: pytest.Item, error: pytest.ExceptionInfo[BaseException], cause: Exception) -> Any:
    """Return the text of an error's cause, and below it the user's lines of the traceback; with -vv all."""
    if cause.__traceback__ is None:
        cause = cause.with_traceback(error.value.__traceback__)
    representation = short_repr(item, pytest.ExceptionInfo.from_exception(cause))
    option, verbose = item.config.option, item.config.get_verbosity() > 1

    def select_lines(error: pytest.ExceptionInfo[BaseException]) -> Any:
        lines = error.traceback.cut(path=item.path).filter(error)
        users = lines if verbose else lines.filter(lambda line: is_users(Path(line.path)))
        return users or lines

    users: Any = error.getrepr(
        style="long" if option.tbstyle == "auto" else option.tbstyle,
        showlocals=option.showlocals,
        tbfilter=select_lines,
        chain=verbose,
    )
    (text, crash, _), *_ = representation.chain
    chain = getattr(users, "chain", [(users.reprtraceback, None, None)])
    representation.chain = [
        (text, crash, "It made the code of the test fail:"),
        *((traceback, crash, description) for traceback, _, description in chain),
    ]
    return representation


def _leaf_errors(
    error: pytest.ExceptionInfo[BaseException],
) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    if isinstance(error.value, BaseExceptionGroup):
        for part in error.value.exceptions:
            yield from _leaf_errors(pytest.ExceptionInfo.from_exception(part))
    else:
        yield error


def _repr_one(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    representation: Any = error.getrepr(style="value", chain=False)
    crash = representation.reprcrash
    crash.message = str(error.value).partition("\n")[0]
    crash.path, crash.lineno = item.location[0], (item.location[1] or 0) + 1
    path = str(item.path)  # a traceback entry of pytest's looks its path up in the file system
    lines = [line for frame, line in walk_tb(error.tb) if frame.f_code.co_filename == path]
    if lines:
        crash.lineno = lines[-1]
        place = f"at         {get_state(item.config).display_path(item.path)}:{lines[-1]}"
        representation.reprtraceback.reprentries[0].lines += ["", place]
    return representation
