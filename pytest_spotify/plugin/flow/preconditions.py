"""Whether a marked test may run live: what it would change, and what it needs of the account.

Asked before the first fixture is set up. What is missing is a skip with its reason; that the token lacks
a scope which the test's mark names is a failure.
"""

from __future__ import annotations

import pytest

from pytest_spotify.errors import MissingScope
from pytest_spotify.plugin.account_state import UnmetPrecondition
from pytest_spotify.plugin.marked.marker import spotify_mark
from pytest_spotify.plugin.marked.sessions import missing_user_reason
from pytest_spotify.plugin.state import get_state


def skip_or_fail(item: pytest.Item) -> None:
    """Skip a test that would write without `--spotify-write`, or that needs what the account lacks.

    Raises MissingScope.
    """
    __tracebackhide__ = True
    state = get_state(item.config)
    writes = item.get_closest_marker("spotify_write") is not None
    if writes and not state.settings.allow_writes:
        pytest.skip("changes the account, which only --spotify-write allows")
    marking = spotify_mark(item)
    needs = marking.needs
    if (writes or needs or marking.scopes) and not state.has_token("user"):
        pytest.skip(missing_user_reason())
    if marking.scopes:
        _require_scopes(marking.scopes, state.token_source("user").token().scopes)
    try:
        if state.settings.sandbox:
            state.sandbox.arrange(needs)
        else:
            state.account.require(needs)
    except UnmetPrecondition as unmet:
        pytest.skip(str(unmet))


def _require_scopes(wanted: frozenset[str], granted: frozenset[str]) -> None:
    __tracebackhide__ = True
    missing = sorted(wanted - granted)
    if missing:
        raise MissingScope(
            f"the test's mark names {', '.join(missing)}, which the user's token was not granted; it has "
            f"{', '.join(sorted(granted)) or 'no scope'}. Sign in again: `pytest-spotify login`"
        )
