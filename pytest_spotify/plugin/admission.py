"""Whether a marked test may run live: what it would change, and what it needs of the account.

Asked before the first fixture is set up. What is missing is a skip with its reason; that the token lacks
a scope which the test's mark names is a failure.
"""

from __future__ import annotations

import pytest

from pytest_spotify.errors import MissingScope
from pytest_spotify.plugin.account import UnmetNeed
from pytest_spotify.plugin.clients import no_user
from pytest_spotify.plugin.marking import marking_of
from pytest_spotify.plugin.run import run_of


def admit(item: pytest.Item) -> None:
    """Skip a test that would write without `--spotify-write`, or that needs what the account lacks.

    Raises MissingScope.
    """
    __tracebackhide__ = True
    run = run_of(item.config)
    writes = item.get_closest_marker("spotify_write") is not None
    if writes and not run.settings.writes:
        pytest.skip("changes the account, which only --spotify-write allows")
    marking = marking_of(item)
    needs = marking.needs
    if (writes or needs or marking.scopes) and not run.has("user"):
        pytest.skip(no_user())
    if marking.scopes:
        _demand_scopes(marking.scopes, run.source("user").token().scopes)
    try:
        if run.settings.sandbox:
            run.sandbox.arrange(needs)
        else:
            run.account.meet(needs)
    except UnmetNeed as unmet:
        pytest.skip(str(unmet))


def _demand_scopes(wanted: frozenset[str], granted: frozenset[str]) -> None:
    __tracebackhide__ = True
    missing = sorted(wanted - granted)
    if missing:
        raise MissingScope(
            f"the test's mark names {', '.join(missing)}, which the user's token was not granted; it has "
            f"{', '.join(sorted(granted)) or 'no scope'}. Sign in again: `pytest-spotify login`"
        )
