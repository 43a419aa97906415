"""The base of our own items, and how a failure of ours is shown: our text, without a traceback."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_spotify.errors import ContractViolated, SpotifyTestError


class SpotifyItem(pytest.Item):
    """A contract case or a body file."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.add_marker("spotify")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return our own text; a traceback, which takes pytest long, only for an unexpected error."""
        if is_spotify_error(excinfo.value):
            from pytest_spotify.plugin.items.failure_repr import short_repr

            return short_repr(self, excinfo)
        return super().repr_failure(excinfo, style)


def is_spotify_error(error: BaseException) -> bool:
    """Return True if an error explains itself."""
    return isinstance(error, (ContractViolated, SpotifyTestError)) or (
        isinstance(error, BaseExceptionGroup) and all(map(is_spotify_error, error.exceptions))
    )
