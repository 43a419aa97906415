"""Whether a marked test may run live: what it would change, and what it needs of the account.

Asked before the first fixture is set up. What is missing is a skip with its reason, never a failure.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pytest_spotify.account import UnmetNeed
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.run import Run, run_of


def admit(item: pytest.Item) -> None:
    """Skip a test that would write without `--spotify-write`, or that needs what the account lacks."""
    __tracebackhide__ = True
    run = run_of(item.config)
    writes = item.get_closest_marker("spotify_write") is not None
    if writes and not run.settings.writes:
        pytest.skip("changes the account, which only --spotify-write allows")
    marks = item.iter_markers("spotify")
    needs = list(dict.fromkeys(need for mark in marks for need in mark.kwargs.get("needs", ())))
    if (writes or needs) and not run.has("user"):
        pytest.skip("needs a user's token; `pytest-spotify login` gets one")
    if needs:
        try:
            _meet(run, needs)
        except UnmetNeed as unmet:
            pytest.skip(str(unmet))


def _meet(run: Run, needs: Iterable[str]) -> None:
    """Raise UnmetNeed for what the account lacks; a sandbox is put into the state that is needed."""
    __tracebackhide__ = True
    try:
        if run.settings.sandbox:
            run.sandbox.arrange(needs)
        else:
            run.account.meet(tuple(needs))
    except (KeyError, ValueError) as error:
        raise SpotifyTestError(
            f"spotify(needs={list(needs)}): no such need: {error}; those of a contract's cases are known"
        ) from None
