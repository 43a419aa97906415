"""One user of one app at one target, with their tokens.

Puts credentials, token store and accounts service together, once for pytest and for the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import partial
from pathlib import Path

from pytest_spotify.access import TokenKind
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.source import TokenSource, signed_in, stored_grant
from pytest_spotify.auth.store import TokenStore, default_folder
from pytest_spotify.auth.token import StoredToken, Token, authorize, expiry_warning, today
from pytest_spotify.exchange import API_URL, Headers, Request, Response
from pytest_spotify.redaction import Secret
from pytest_spotify.transport.client import HttpClient
from pytest_spotify.transport.target import Target


class AuthorizedUser:
    """The user of credentials, or of a stored sign-in for their profile.

    `on_secrets` is called with every secret before it is used; a token is requested inside of
    `noted_refusal`, which is given its kind and the profile.
    """

    def __init__(
        self,
        credentials: Credentials,
        target: Target,
        *,
        folder: Path | None = None,
        http_client: HttpClient | None = None,
        on_secrets: Callable[[Iterable[str]], None] | None = None,
        noted_refusal: Callable[[TokenKind, str], AbstractContextManager[None]] | None = None,
    ) -> None:
        self.credentials = credentials
        self._target = target
        self._http_client = http_client or HttpClient()
        self._on_secrets = on_secrets
        self._noted_refusal = noted_refusal or (lambda *_: nullcontext())
        self._sources: dict[TokenKind, TokenSource] = {}
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
            http_client=self._http_client,
        )
        if on_secrets is not None:
            on_secrets(secret_values(credentials))

    @property
    def stored_token(self) -> StoredToken | None:
        """Return the user's grant in the store, or None."""
        return stored_grant(self.credentials, self.store) if self.credentials.client_id else None

    @property
    def signed_in(self) -> date | None:
        """Return the day of the user's consent, or None if it is unknown."""
        return signed_in(self.credentials, self.stored_token)

    @property
    def expiry_warning(self) -> str:
        """Return a warning about the sign-in's end; empty while that is far, or without a sign-in."""
        return (
            expiry_warning(self.signed_in, today(), self.credentials.profile)
            if self.has_token("user")
            else ""
        )

    def has_token(self, token_kind: TokenKind) -> bool:
        """Return True if credentials for such a token are there."""
        return not self.credentials.missing(token_kind, stored=self._is_stored(token_kind))

    def require_token(self, token_kind: TokenKind) -> None:
        """Raise MissingCredentials, with variables and the next command, if they are not there."""
        self.credentials.require(token_kind, stored=self._is_stored(token_kind))

    def token_source(self, token_kind: TokenKind) -> TokenSource:
        """Return the source of such tokens: the same one each time."""
        if token_kind not in self._sources:
            self._sources[token_kind] = TokenSource.stored(
                token_kind,
                self.credentials,
                service=self.service,
                store=self.store,
                on_token=self._report_secrets,
                noted_refusal=partial(self._noted_refusal, token_kind, self.credentials.profile),
            )
        return self._sources[token_kind]

    def secret_values(self) -> list[str]:
        """Return every secret of this user that is known so far."""
        secrets = [secret for source in list(self._sources.values()) for secret in source.served_secrets()]
        secrets += [
            secret for secret in (self.credentials.client_secret, self.credentials.refresh_token) if secret
        ]
        return [secret.reveal() for secret in secrets]

    def get(self, path: str, token: Token | None = None) -> Response:
        """Send one GET to the Web API and return the response, whatever its status, without retries."""
        __tracebackhide__ = True
        fields = Headers([("Accept", "application/json")])
        request = Request(method="GET", url=f"{API_URL}{path}", headers=fields)
        if token is not None:
            request = authorize(request, token)
        return self._target.canonical_response(self._http_client.send(self._target.to_target(request)))

    def _is_stored(self, token_kind: TokenKind) -> bool:
        """Return True if the store has a grant that the environment does not bring."""
        return (
            token_kind == "user" and self.credentials.refresh_token is None and self.stored_token is not None
        )

    def _report_secrets(self, token: Token) -> None:
        if self._on_secrets is not None:
            self._on_secrets(secret_values(token))


def secret_values(source: Token | Credentials) -> list[str]:
    """Return the secrets of a token or of credentials, with the pair of a Basic header (RFC 7617)."""
    secrets: list[Secret | None] = [source.refresh_token]
    texts = []
    if isinstance(source, Token):
        secrets.append(source.access_token)
    elif source.client_secret is not None:
        secrets.append(source.client_secret)
        texts.append(f"{source.client_id}:{source.client_secret.reveal()}")
    return [secret.reveal() for secret in secrets if secret is not None] + texts
