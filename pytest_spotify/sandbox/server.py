"""The sandbox as a thing to start and stop: a server in a thread of its own, and the strings to pull."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.sandbox import seed
from pytest_spotify.sandbox.accounts import PREFIX as ACCOUNTS_PREFIX
from pytest_spotify.sandbox.app import API_PREFIX, LoggedExchange, World
from pytest_spotify.sandbox.client import Client
from pytest_spotify.sandbox.control import PREFIX as CONTROL_PREFIX
from pytest_spotify.sandbox.entities import hex_for, spotify_id
from pytest_spotify.sandbox.faults import Failure
from pytest_spotify.sandbox.http_server import HttpServer
from pytest_spotify.sandbox.needs import arrange


class Sandbox:
    """A local stand-in for Spotify: the accounts service and all 96 operations of the Web API.

    `catalogue` is a file of music, shows, books and playlists to serve beside its own (docs/sandbox.md).
    The credentials are the same in every sandbox and good for nothing else. The refresh token is that of
    the account `sandbox-listener`, with all scopes.
    """

    client_id = hex_for(32, "pytest-spotify sandbox", "client id")
    client_secret = hex_for(32, "pytest-spotify sandbox", "client secret")
    refresh_token = "AQ" + "".join(spotify_id("pytest-spotify sandbox", "refresh token", n) for n in range(6))
    redirect_uri = "http://127.0.0.1:8888/callback"

    def __init__(
        self,
        access: Access = "development",
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        control: bool = False,
        catalogue: str | PathLike[str] | None = None,
    ) -> None:
        if access not in ACCESSES:
            raise ValueError(f"unknown access {access!r}; there are {', '.join(ACCESSES)}")
        self.access: Access = access
        self._control = control
        self._world = World(
            access,
            Client(
                id=self.client_id,
                secret=self.client_secret,
                redirect_uris=(self.redirect_uri, "http://127.0.0.1/callback", "http://[::1]/callback"),
            ),
            self.refresh_token,
            None if catalogue is None else Path(catalogue),
        )
        self._server = HttpServer(host, port)

    def start(self) -> Self:
        """Listen, and return once requests are answered."""
        if not self._server.running:
            self._server.start(self._world.app(self._execute if self._control else None))
        return self

    def stop(self) -> None:
        """Close every connection and end the thread."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @contextmanager
    def serving(self, access: Access) -> Iterator[None]:
        """Answer as to an app of another access meanwhile."""
        usual, self._world.access = self._world.access, access
        try:
            yield
        finally:
            self._world.access = usual

    @property
    def api_url(self) -> str:
        """Where the Web API is; stands in for `https://api.spotify.com/v1`."""
        return self._server.origin + API_PREFIX

    @property
    def accounts_url(self) -> str:
        """Where the accounts service is; stands in for `https://accounts.spotify.com`."""
        return self._server.origin + ACCOUNTS_PREFIX

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables with which clients and commands come here, as the bundled account."""
        return self._world.variables(self._server.origin)

    @property
    def control_url(self) -> str:
        """Where orders are taken, with `control=True`."""
        return self._server.origin + CONTROL_PREFIX

    @property
    def exchanges(self) -> list[LoggedExchange]:
        """Every exchange since the start or the last reset, in order."""
        with self._world.lock:
            return list(self._world.log)

    @property
    def rotate_refresh_tokens(self) -> bool:
        """Whether each refresh brings a new refresh token; the old one, used again, revokes the grant."""
        return self._world.grants.rotate

    @rotate_refresh_tokens.setter
    def rotate_refresh_tokens(self, value: bool) -> None:
        self._world.grants.rotate = value

    @property
    def omit_refresh_token(self) -> bool:
        """Whether a refresh without rotation leaves the refresh token out, as since mid 2026 (default)."""
        return self._world.grants.omit

    @omit_refresh_token.setter
    def omit_refresh_token(self, value: bool) -> None:
        self._world.grants.omit = value

    @property
    def omit_scope(self) -> bool:
        """Whether a refresh leaves `scope` out, which then is what it was (RFC 6749, 5.1 and 6); off."""
        return self._world.grants.omit_scope

    @omit_scope.setter
    def omit_scope(self, value: bool) -> None:
        self._world.grants.omit_scope = value

    @property
    def token_lifetime(self) -> int:
        """Seconds that new access tokens are good for; 3600."""
        return self._world.grants.token_lifetime

    @token_lifetime.setter
    def token_lifetime(self, value: int) -> None:
        self._world.grants.token_lifetime = value

    @property
    def code_lifetime(self) -> int:
        """Seconds that an authorization code is good for; 600."""
        return self._world.grants.code_lifetime

    @code_lifetime.setter
    def code_lifetime(self, value: int) -> None:
        self._world.grants.code_lifetime = value

    def sign_in(self, name: str) -> str:
        """Sign somebody in as the pages would, agreeing to all scopes, and return the refresh token."""
        with self._world.lock:
            return self._world.sign_in(name)

    def arrange(self, needs: Iterable[str], *, user: str = seed.DEFAULT_USER) -> None:
        """Put an account into named states (`playing-track`, `saved-albums` ...); ValueError lists them."""
        with self._world.lock:
            account = self._world.store.accounts.get(user)
            if account is None:
                raise ValueError(f"nobody signed in as {user!r}")
            arrange(self._world.store, account, self._world.catalogue, needs)

    def reset(self) -> None:
        """Go back to how things stood at the start: accounts, playlists, log, the bundled refresh token.

        Access tokens stay good, and settings such as `rotate_refresh_tokens` stay.
        """
        with self._world.lock:
            self._world.reset()

    def fail_next(
        self,
        status: int,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
        times: int = 1,
    ) -> None:
        """Answer the next requests, to whichever service, with a failure.

        A body that is neither bytes nor text is written as JSON. ValueError for what cannot be sent.
        """
        fields = {name: str(value) for name, value in (headers or {}).items()}
        if isinstance(body, str):
            body = body.encode()
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
            fields.setdefault("Content-Type", "application/json; charset=utf-8")
        with self._world.lock:
            failure = Failure(status=status, headers=fields, body=body, times=times)
            self._world.faults.failures.append(failure)

    def slow_next(self, seconds: float, times: int = 1) -> None:
        """Wait before answering the next requests, to whichever service."""
        with self._world.lock:
            self._world.faults.slow(seconds, times)

    def drift(self, operation: str, patch: Sequence[Mapping[str, Any]]) -> None:
        """Change what an operation answers from now on, by a JSON Patch (RFC 6902), until the next reset.

        `drift("get-track", [{"op": "remove", "path": "/name"}])`; a patch that does not fit changes nothing.
        """
        with self._world.lock:
            self._world.faults.drift(operation, patch)

    def expire_tokens(self) -> None:
        """Let the hour of every access token be over."""
        with self._world.lock:
            self._world.grants.expire_tokens()

    def expire_refresh_tokens(self) -> None:
        """Let the six months of every refresh token be over."""
        with self._world.lock:
            self._world.grants.expire_grants()

    def revoke_refresh_tokens(self) -> None:
        """Let every user have withdrawn what they allowed."""
        with self._world.lock:
            self._world.grants.revoke_grants()

    def _execute(self, name: str, arguments: dict[str, Any]) -> None:
        getattr(self, name)(**arguments)
