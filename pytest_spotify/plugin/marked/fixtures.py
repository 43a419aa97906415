"""The fixtures, each a name for something that is made when it is first requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.plugin.state import get_state

if TYPE_CHECKING:
    import requests

    from pytest_spotify.access import TokenKind
    from pytest_spotify.api import Contracts
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.plugin.marked.restore import Restore
    from pytest_spotify.redaction.secret import Secret
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.transport.target import Target


@pytest.fixture
def spotify_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session with a user's token; `get("/me")` resolves against the API URL."""
    yield from _session(request, "user")


@pytest.fixture
def spotify_app_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session with the app's own token (client credentials)."""
    yield from _session(request, "app")


@pytest.fixture
def spotify_anonymous_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session that sends no authorization at all."""
    yield from _session(request, None)


@pytest.fixture
def spotify_session_as(request: pytest.FixtureRequest) -> Iterator[Callable[[str], requests.Session]]:
    """Makes sessions of further users: `spotify_session_as("friend")` of `login --profile friend`."""
    from pytest_spotify.plugin.marked.sessions import open_session

    with ExitStack() as stack:
        yield lambda profile: stack.enter_context(open_session(request.node, "user", profile))


def _session(request: pytest.FixtureRequest, kind: TokenKind | None) -> Iterator[requests.Session]:
    from pytest_spotify.plugin.marked.sessions import open_session

    with open_session(request.node, kind) as session:
        yield session


@pytest.fixture
def spotify_restore(pytestconfig: pytest.Config) -> Iterator[Restore]:
    """Remembers what a test changes of the account, and puts it back at its end; does nothing in replay.

    The workers of pytest-xdist take turns at it.
    """
    from pytest_spotify.plugin.marked.restore import make_restore
    from pytest_spotify.plugin.xdist import account_lock

    live = get_state(pytestconfig).live
    with account_lock(pytestconfig) if live else nullcontext():
        restore = make_restore(live)
        yield restore
        restore.restore()


@pytest.fixture(scope="session")
def spotify_token(pytestconfig: pytest.Config) -> Secret:
    """A user's access token: `.reveal()` gives the text that a client library needs; a dummy in replay."""
    from pytest_spotify.plugin.marked.sessions import user_token

    return user_token(pytestconfig)


@pytest.fixture(scope="session")
def spotify_credentials(pytestconfig: pytest.Config) -> Credentials:
    """The app's credentials; dummies in replay."""
    from pytest_spotify.plugin.marked.sessions import credentials

    return credentials(pytestconfig)


@pytest.fixture(scope="session")
def spotify_contracts(pytestconfig: pytest.Config) -> Contracts:
    """The contracts of this run, to hold responses against."""
    from pytest_spotify.api import Contracts

    return Contracts(get_state(pytestconfig).registry)


@pytest.fixture(scope="session")
def spotify_target(pytestconfig: pytest.Config) -> Target:
    """The addresses of this run, `.api_url` and `.accounts_url`; Spotify's own in replay."""
    from pytest_spotify.plugin.marked.sessions import target

    return target(pytestconfig)


@pytest.fixture(scope="session")
def spotify_sandbox(pytestconfig: pytest.Config) -> Sandbox:
    """The local stand-in for Spotify, started on first use and stopped with the run."""
    return get_state(pytestconfig).sandbox
