"""Whether a marked test may run live: what it would change, and what it needs of the account.

Asked before the first fixture is set up. What is missing is a skip with its reason, never a failure.
"""

from __future__ import annotations

import pytest

from pytest_spotify.account import NEEDS, UnmetNeed
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.run import run_of


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
    unknown = [need for need in needs if need not in NEEDS]
    if unknown:
        known = ", ".join(sorted(NEEDS))
        raise SpotifyTestError(f"spotify(needs={needs}): {unknown[0]!r} is no need; there are {known}")
    try:
        if run.settings.sandbox:
            run.sandbox.arrange(needs)
        else:
            run.account.meet(tuple(needs))
    except UnmetNeed as unmet:
        pytest.skip(str(unmet))
