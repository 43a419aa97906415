"""The fixtures, each a name for something that is made when it is first requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.plugin.state import get_state

if TYPE_CHECKING:
    import requests

    from pytest_spotify.access import TokenKind
    from pytest_spotify.api import Contracts
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.plugin.marked.restore import Restore
    from pytest_spotify.redaction import Secret
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.transport.target import Target


@pytest.fixture
def spotify_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """Return a session with a user's token; `get("/me")` resolves against the API URL."""
    with _open_session(request.node, "user") as session:
        yield session


@pytest.fixture
def spotify_app_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """Return a session with the app's own token (client credentials)."""
    with _open_session(request.node, "app") as session:
        yield session


@pytest.fixture
def spotify_anonymous_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """Return a session that sends no authorization at all."""
    with _open_session(request.node, None) as session:
        yield session


@pytest.fixture
def spotify_session_as(request: pytest.FixtureRequest) -> Iterator[Callable[[str], requests.Session]]:
    """Return a function that makes sessions of further users, as `login --profile friend` signed in."""
    with ExitStack() as stack:
        yield lambda profile: stack.enter_context(_open_session(request.node, "user", profile))


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
        try:
            yield restore
        finally:  # also if an interrupt keeps pytest from its own tear-down
            restore.restore()


@pytest.fixture
def spotify_expect(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[None]]:
    """Open a block in which requests may be wrong, because the test means them to be.

    A request in `with spotify_expect(status=400): ...` that is answered with this status may violate its
    contract; its response is checked as ever.
    """
    from pytest_spotify.plugin.marked.traffic import current_test

    test = current_test(request.config)
    if test is None:
        pytest.fail(
            "spotify_expect was requested too late: name it among the test's parameters", pytrace=False
        )

    @contextmanager
    def expect(*, status: int) -> Iterator[None]:
        __tracebackhide__ = True
        outer, test.expected_status, before = test.expected_status, status, len(test.statuses)
        try:
            yield
        finally:
            test.expected_status = outer
        if status not in (statuses := test.statuses[before:]):
            found = ", ".join(map(str, statuses)) or "no request"
            pytest.fail(
                f"spotify_expect: expected a response with status {status}, found {found}", pytrace=False
            )

    return expect


@pytest.fixture(scope="session")
def spotify_token(pytestconfig: pytest.Config) -> Secret:
    """Return a user's access token, a dummy in replay: `.reveal()` gives the text for client libraries."""
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.plugin.flow.live_traffic import skip_without_user

    live = get_state(pytestconfig).live
    if live is None:
        return TokenSource.dummy().token().access_token
    skip_without_user(live)
    return live.token_source("user").token().access_token


@pytest.fixture(scope="session")
def spotify_credentials(pytestconfig: pytest.Config) -> Credentials:
    """Return the app's credentials; dummies in replay."""
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.fake_tokens import DUMMY_TOKEN
    from pytest_spotify.redaction import Secret

    if live := get_state(pytestconfig).live:
        return live.credentials
    dummy = Secret(DUMMY_TOKEN)
    return Credentials(client_id=DUMMY_TOKEN, client_secret=dummy, refresh_token=dummy)


@pytest.fixture(scope="session")
def spotify_contracts(pytestconfig: pytest.Config) -> Contracts:
    """Return the contracts of this run, to hold responses against."""
    from pytest_spotify.api import Contracts

    return Contracts(get_state(pytestconfig).registry)


@pytest.fixture(scope="session")
def spotify_target(pytestconfig: pytest.Config) -> Target:
    """Return the addresses of this run, `.api_url` and `.accounts_url`; Spotify's own in replay."""
    from pytest_spotify.transport.target import Target

    live = get_state(pytestconfig).live
    return live.target if live else Target.spotify()


@pytest.fixture(scope="session")
def spotify_sandbox(pytestconfig: pytest.Config) -> Sandbox:
    """Yield the local stand-in for Spotify, started on first use and stopped with the run."""
    return get_state(pytestconfig).sandbox


@contextmanager
def _open_session(
    item: pytest.Item, kind: TokenKind | None, profile: str | None = None
) -> Iterator[requests.Session]:
    """Open a session for a marked test; skips if a live run has no such token."""
    from pytest_spotify.auth.credentials import DEFAULT_PROFILE
    from pytest_spotify.plugin.flow.sessions import make_session
    from pytest_spotify.plugin.marked.traffic import current_test

    test = current_test(item.config)
    if test is None:
        pytest.fail(
            "spotify_session was requested during the test, too late to record and check it: "
            "mark the test with @pytest.mark.spotify, or name the fixture among its parameters",
            pytrace=False,
        )
    authorization = test.traffic.token_source(kind, profile or DEFAULT_PROFILE) if kind else None
    with make_session(
        item.config, test.traffic, authorization, on_exchange=test.record_exchange, transport=test.send
    ) as session:
        yield session
