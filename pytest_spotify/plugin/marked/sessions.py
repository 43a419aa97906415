"""Sessions, a token, credentials and a target for the clients in a marked test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.auth.credentials import DEFAULT_PROFILE
from pytest_spotify.auth.token import DUMMY_TOKEN
from pytest_spotify.plugin.marked.traffic import current_test
from pytest_spotify.plugin.state import get_state

if TYPE_CHECKING:
    import requests

    from pytest_spotify.access import TokenKind
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.redaction.secret import Secret
    from pytest_spotify.transport.target import Target


@contextmanager
def open_session(
    item: pytest.Item, kind: TokenKind | None, profile: str = DEFAULT_PROFILE
) -> Iterator[requests.Session]:
    """Open a session for a marked test; skips if a live run has no such token."""
    from pytest_spotify.plugin.flow.sessions import make_session

    test = current_test(item.config)
    if test is None:
        pytest.fail(
            "spotify_session was requested during the test, too late to record and check it: "
            "mark the test with @pytest.mark.spotify, or name the fixture among its parameters",
            pytrace=False,
        )
    authorization = test.traffic.token_source(kind, profile) if kind else None
    with make_session(
        item.config, test.traffic, authorization, on_exchange=test.record_exchange, transport=test.send
    ) as session:
        yield session


def user_token(config: pytest.Config) -> Secret:
    """Return a user's access token: a dummy in replay; skips if a live run has none."""
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.plugin.flow.preconditions import skip_without_user

    live = get_state(config).live
    if live is None:
        return TokenSource.dummy().token().access_token
    skip_without_user(live)
    return live.token_source("user").token().access_token


def credentials(config: pytest.Config) -> Credentials:
    """Return the app's credentials: dummies in replay."""
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.redaction.secret import Secret

    if live := get_state(config).live:
        return live.credentials
    dummy = Secret(DUMMY_TOKEN)
    return Credentials(client_id=DUMMY_TOKEN, client_secret=dummy, refresh_token=dummy)


def target(config: pytest.Config) -> Target:
    """Return the target of requests: Spotify itself in replay."""
    from pytest_spotify.transport.target import Target

    live = get_state(config).live
    return live.target if live else Target.spotify()
