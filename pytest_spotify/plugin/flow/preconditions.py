"""The check of an item's preconditions in a live run: a skip with its reason, or a failure."""

from __future__ import annotations

import pytest

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, login_command
from pytest_spotify.errors import MissingScope
from pytest_spotify.plugin.account_state import UnmetPrecondition
from pytest_spotify.plugin.flow.traffic import Preconditions
from pytest_spotify.plugin.live import LiveServices


def skip_or_fail(live: LiveServices, preconditions: Preconditions) -> None:
    """Skip an item that would write without `--spotify-write`, or that needs what the account lacks.

    Raises MissingScope if the user's token was not granted a scope that the item names.
    """
    __tracebackhide__ = True
    if preconditions.writes and not live.settings.allow_writes:
        pytest.skip("changes the account, which only --spotify-write allows")
    if preconditions.user:
        skip_without_user(live)
    if preconditions.scopes:
        require_scopes(preconditions.scopes, live.token_source("user").token().scopes)
    if live.settings.sandbox:
        if preconditions.reset:
            live.sandbox.reset()  # no case sees what another test left behind
        live.sandbox.arrange(preconditions.needs)
    elif preconditions.needs:
        try:
            live.account.require(preconditions.needs)
        except UnmetPrecondition as unmet:
            pytest.skip(str(unmet))


def account_value(live: LiveServices, name: str) -> str:
    """Return a value that belongs to the account; skips if it has none."""
    try:
        return live.account.value(name)
    except UnmetPrecondition as unmet:
        pytest.skip(str(unmet))


def skip_without_user(live: LiveServices, profile: str = DEFAULT_PROFILE) -> None:
    """Skip if no user's token can be had."""
    if not live.has_token("user", profile):
        pytest.skip(missing_user_reason(profile))


def missing_user_reason(profile: str = DEFAULT_PROFILE) -> str:
    """Return the reason to skip a test without a user's token, with the command that gets one."""
    return f"needs a user's token; `{login_command(profile)}` gets one"


def require_scopes(wanted: frozenset[str], granted: frozenset[str] | None) -> None:
    """Raise MissingScope if a wanted scope was not granted; with None the granted scopes are not known."""
    __tracebackhide__ = True
    if granted is None:  # the response of the API will say
        return
    missing = sorted(wanted - granted)
    if missing:
        raise MissingScope(
            f"the test's mark names {', '.join(missing)}, which the user's token was not granted; it has "
            f"{', '.join(sorted(granted)) or 'no scope'}. Sign in again: `pytest-spotify login`"
        )
