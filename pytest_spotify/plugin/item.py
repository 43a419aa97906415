"""What our items have in common, and how any failure of ours is shown: our text, without a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.errors import ContractViolated, SpotifyTestError
from pytest_spotify.plugin.run import run_of


class SpotifyItem(pytest.Item):
    """A contract's case, or a kept body."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return our own text; a traceback, which takes pytest long, only for what we did not expect."""
        if is_ours(excinfo.value):
            return without_traceback(self, excinfo)
        return super().repr_failure(excinfo, style)


def is_ours(error: BaseException) -> bool:
    """Return whether an error explains itself."""
    return isinstance(error, (ContractViolated, SpotifyTestError)) or (
        isinstance(error, BaseExceptionGroup) and all(map(is_ours, error.exceptions))
    )


def without_traceback(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    """Return our text, and the line of a test that met it; the first line is for the short summary."""
    # Several where more than one fixture failed as it ended; one of them twice where its error is ours too.
    told, *others = {str(each.value): each for each in _parts(error)}.values()
    shown = _shown(item, told)
    for other in others:
        shown.reprtraceback.reprentries[0].lines += [
            "",
            *_shown(item, other).reprtraceback.reprentries[0].lines,
        ]
    return shown


def _parts(error: pytest.ExceptionInfo[BaseException]) -> Iterator[pytest.ExceptionInfo[BaseException]]:
    if isinstance(error.value, BaseExceptionGroup):
        for part in error.value.exceptions:
            yield from _parts(pytest.ExceptionInfo.from_exception(part))
    else:
        yield error


def _shown(item: pytest.Item, error: pytest.ExceptionInfo[BaseException]) -> Any:
    told: Any = error.getrepr(style="value", chain=False)
    told.reprcrash.message = str(error.value).partition("\n")[0]
    told.reprcrash.path, told.reprcrash.lineno = item.location[0], (item.location[1] or 0) + 1
    lines = [entry.lineno + 1 for entry in error.traceback if entry.path == item.path]
    if lines:
        told.reprcrash.lineno = lines[-1]
        place = f"at         {run_of(item.config).shown(item.path)}:{lines[-1]}"
        told.reprtraceback.reprentries[0].lines += ["", place]
    return told
