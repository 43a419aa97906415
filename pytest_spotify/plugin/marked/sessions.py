"""What the clients in a marked test are given: sessions of ours, a token, and the variables they look for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, login_command
from pytest_spotify.plugin.state import DUMMY_TOKEN, PluginState, get_state

if TYPE_CHECKING:
    import requests

    from pytest_spotify.access import TokenKind
    from pytest_spotify.redaction.secret import Secret

_VARIABLES = {
    "client_id": ("SPOTIFY_CLIENT_ID", "SPOTIPY_CLIENT_ID"),
    "client_secret": ("SPOTIFY_CLIENT_SECRET", "SPOTIPY_CLIENT_SECRET"),
    "redirect_uri": ("SPOTIFY_REDIRECT_URI", "SPOTIPY_REDIRECT_URI"),
    "refresh_token": ("SPOTIFY_REFRESH_TOKEN",),
}


@contextmanager
def open_session(
    item: pytest.Item, token_kind: TokenKind | None, profile: str = DEFAULT_PROFILE
) -> Iterator[requests.Session]:
    """Give a marked test a session of ours; skips where a live run has no such token."""
    from pytest_spotify.transport.session import SpotifySession

    state = get_state(item.config)
    if state.guard is None:
        pytest.fail(
            "a session of ours was asked for while the test ran, too late to record and check it: "
            "mark the test with @pytest.mark.spotify, or name the fixture among its parameters",
            pytrace=False,
        )
    if token_kind == "user":
        _skip_without_user(state, profile)
    session = SpotifySession(
        state.guard.transport,
        authorization=state.token_source(token_kind, profile) if token_kind else None,
        target=state.target,
        on_exchange=state.guard.record_exchange,
    )
    item.config.hook.pytest_spotify_session(config=item.config, session=session)
    with session:
        yield session


def missing_user_reason(profile: str = DEFAULT_PROFILE) -> str:
    """Return why a test is skipped where a live run has no user's token, and what gets one."""
    return f"needs a user's token; `{login_command(profile)}` gets one"


def user_token(state: PluginState) -> Secret:
    """Return a user's access token; skips where a live run has none."""
    _skip_without_user(state)
    return state.token_source("user").token().access_token


@contextmanager
def client_environment(state: PluginState) -> Iterator[None]:
    """Set the variables that clients refuse to start without: dummies in replay, or the sandbox's own."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in _client_values(state).items():
            for variable in _VARIABLES[name]:
                patch.setenv(variable, value)
        yield


def _client_values(state: PluginState) -> dict[str, str]:
    if not state.settings.live:
        return dict.fromkeys(_VARIABLES, DUMMY_TOKEN) | {"redirect_uri": "http://127.0.0.1:8888/callback"}
    if not state.settings.sandbox:
        return {}
    return {name: str(getattr(state.sandbox, name)) for name in _VARIABLES}


def _skip_without_user(state: PluginState, profile: str = DEFAULT_PROFILE) -> None:
    if state.settings.live and not state.has_token("user", profile):
        pytest.skip(missing_user_reason(profile))
