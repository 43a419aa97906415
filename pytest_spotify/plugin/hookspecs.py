"""Hooks for `conftest.py`: where people bring their own credentials, sessions and redaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import requests

    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.exchange import Exchange


@pytest.hookspec(firstresult=True)
def pytest_spotify_credentials(config: pytest.Config) -> Credentials | None:
    """Return the credentials of a live run, or None for those of the environment.

    For secrets that live in a vault. Not called in replay, nor with `--spotify-sandbox`.
    """


@pytest.hookspec
def pytest_spotify_session(config: pytest.Config, session: requests.Session) -> None:
    """Change a session before a contract item or a fixture uses it; called for each, in replay too."""


@pytest.hookspec
def pytest_spotify_redact(config: pytest.Config, exchange: Exchange) -> Exchange | None:
    """Return an exchange with more of it redacted than we do, or None; called before it is written.

    Our own redaction and the leak check come after it, so it can only add.
    """
