"""One user of one app at one target: where their tokens come from, and what they may be asked.

Puts credentials, token store and accounts service together, once for pytest and for the command line. Knows
auth, the target and the wire; nothing of retries, budgets or pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Literal

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.expiry import notice, today
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.masking import texts_of
from pytest_spotify.auth.source import TokenSource, held_grant, signed_in
from pytest_spotify.auth.store import TokenStore, default_folder
from pytest_spotify.auth.stored import StoredToken
from pytest_spotify.auth.token import Token
from pytest_spotify.exchange import API_URL, Headers, Request, Response
from pytest_spotify.sending.target import Target
from pytest_spotify.sending.transport import with_token
from pytest_spotify.wire import Wire

TokenOf = Literal["user", "app"]


class Identity:
    """The user whom credentials, or a stored sign-in for their profile, stand for.

    `on_secrets` is told of every secret text before anybody uses it.
    """

    def __init__(
        self,
        credentials: Credentials,
        target: Target,
        *,
        folder: Path | None = None,
        wire: Wire | None = None,
        on_secrets: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self.credentials = credentials
        self._target = target
        self._wire = wire or Wire()
        self._on_secrets = on_secrets
        self._sources: dict[TokenOf, TokenSource] = {}
        self.store = TokenStore(
            folder or default_folder(),
            accounts_url=target.accounts_url,
            client_id=credentials.client_id,
            profile=credentials.profile,
        )
        self.service = AccountsService(
            target.accounts_url,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            wire=self._wire,
        )
        if on_secrets is not None:
            on_secrets(texts_of(credentials))

    @property
    def held(self) -> StoredToken | None:
        """Return what the store holds of the user's grant."""
        return held_grant(self.credentials, self.store) if self.credentials.client_id else None

    @property
    def signed_in(self) -> date | None:
        """Return the day of the user's consent, where it is known."""
        return signed_in(self.credentials, self.held)

    @property
    def notice(self) -> str:
        """Return what has to be said of the sign-in's end; empty while that is far, or nobody signed in."""
        return notice(self.signed_in, today(), self.credentials.profile) if self.has("user") else ""

    def has(self, token_of: TokenOf) -> bool:
        """Say whether such a token can be had without asking anybody."""
        return not self.credentials.missing(token_of, stored=self._is_stored(token_of))

    def demand(self, token_of: TokenOf) -> None:
        """Raise MissingCredentials, naming variables and the next command, where none can be had."""
        self.credentials.demand(token_of, stored=self._is_stored(token_of))

    def source(self, token_of: TokenOf) -> TokenSource:
        """Return where such tokens come from: the same one each time."""
        if token_of not in self._sources:
            make = TokenSource.user if token_of == "user" else TokenSource.app
            self._sources[token_of] = make(
                self.credentials, service=self.service, store=self.store, on_token=self._learn
            )
        return self._sources[token_of]

    def known(self) -> list[str]:
        """Return every secret text that this identity has come across."""
        secrets = [secret for source in list(self._sources.values()) for secret in source.known()]
        secrets += [
            secret for secret in (self.credentials.client_secret, self.credentials.refresh_token) if secret
        ]
        return [secret.reveal() for secret in secrets]

    def ask(self, path: str, token: Token | None = None) -> Response:
        """Ask the Web API once, whatever it answers, and wait for nothing."""
        __tracebackhide__ = True
        fields = Headers([("Accept", "application/json")])
        request = Request(method="GET", url=f"{API_URL}{path}", headers=fields)
        if token is not None:
            request = with_token(request, token)
        return self._target.canonical_response(self._wire.send(self._target.live(request)))

    def _is_stored(self, token_of: TokenOf) -> bool:
        """Look into the store for what the environment does not bring, and for nothing else."""
        return token_of == "user" and self.credentials.refresh_token is None and self.held is not None

    def _learn(self, token: Token) -> None:
        if self._on_secrets is not None:
            self._on_secrets(texts_of(token))
