"""The source of tokens for sessions: fresh ahead of their end, and refreshed once for all processes.

All workers and processes of a user share the store. The one that finds the token old takes the store's lock,
reads it again, and requests a token only if no other has meanwhile: a rotated refresh token that is used
twice revokes the whole grant (RFC 9700 section 4.14).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date

from pytest_spotify.access import TokenKind
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.fake_tokens import DUMMY_TOKEN
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.store import TokenStore, fingerprint
from pytest_spotify.auth.token import MARGIN, Slot, StoredToken, Token, expiry_warning, has_expired, today
from pytest_spotify.clock import Clock
from pytest_spotify.errors import InvalidClient, InvalidGrant
from pytest_spotify.redaction import Secret

_Obtain = Callable[[Token | None], Token]
"""Returns a token that is fresh and is not the given, rejected one."""


class TokenSource:
    """A source of valid tokens, for any thread."""

    def __init__(
        self, obtain: _Obtain, *, clock: Clock | None = None, on_token: Callable[[Token], None] | None = None
    ) -> None:
        self._obtain = obtain
        self._on_token = on_token
        self._clock = clock or Clock()
        self._lock = threading.RLock()
        self._token: Token | None = None
        self._renewed: Token | None = None
        self._final: InvalidGrant | InvalidClient | None = None
        self._served: list[Token] = []

    @classmethod
    def stored(
        cls,
        token_kind: TokenKind,
        credentials: Credentials,
        *,
        service: AccountsService,
        store: TokenStore,
        clock: Clock | None = None,
        on_token: Callable[[Token], None] | None = None,
        noted_refusal: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> TokenSource:
        """Return the source of the app's own tokens (client credentials), or of those of its user.

        A user's grant is that of `SPOTIFY_REFRESH_TOKEN`, else that of the stored sign-in. `on_token` is
        called with each new token before anybody else gets it. Each is requested inside of `noted_refusal`,
        under the store's lock.
        """
        clock = clock or Clock()

        def obtain(rejected: Token | None) -> Token:
            __tracebackhide__ = True
            if token_kind == "app":
                credentials.require("app")
            slot, origin = _store_slot(token_kind, credentials)
            with store.locked(), noted_refusal():
                stored = _matching_origin(store.get(slot), origin)
                day = signed_in(credentials, stored) if token_kind == "user" else None
                if day and has_expired(day, today(clock)):
                    raise InvalidGrant(expiry_warning(day, today(clock), credentials.profile))
                if stored and (token := _reusable_token(stored, clock, rejected, token_kind)):
                    return token
                if token_kind == "app":
                    token = service.client_credentials()
                else:
                    token = _refreshed(credentials, service, stored, day)
                store.put(slot, _stored(token, clock, origin, day))
                return token

        return cls(obtain, clock=clock, on_token=on_token)

    @classmethod
    def dummy(cls) -> TokenSource:
        """Return a source of a dummy token, for replay: no credential, file or network is touched."""
        token = Token(access_token=Secret(DUMMY_TOKEN), user=True)
        return cls(lambda _: token)

    def token(self) -> Token:
        """Return a token that is valid for a while yet."""
        __tracebackhide__ = True
        with self._lock:
            if self._token is None or not self._token.is_fresh(self._clock.monotonic()):
                self._token = self._next_token(None)
            return self._token

    @property
    def at_hand(self) -> Token | None:
        """Return the token that `token` would return, if that needs neither file nor request; else None."""
        token = self._token
        return token if token is not None and token.is_fresh(self._clock.monotonic()) else None

    def refresh(self, rejected: Token) -> Token:
        """Return the token to use after the Web API responded with 401 to this one.

        It is the rejected one itself if another would be no better: if it was granted because its
        predecessor was rejected, and is still fresh, the 401 has another cause. (In July 2026 Spotify
        responded so to good tokens: LargeModGames/spotatui#395.)
        """
        __tracebackhide__ = True
        with self._lock:
            futile = self._renewed is not None and self._renewed.access_token == rejected.access_token
            if not futile:
                self._token = self._renewed = self._next_token(rejected)
            return self._token or rejected

    def served_secrets(self) -> list[Secret]:
        """Return every secret of the tokens served so far, which must stay out of files and output."""
        pairs = [(token.access_token, token.refresh_token) for token in self._served]
        return [secret for pair in pairs for secret in pair if secret is not None]

    def _next_token(self, rejected: Token | None) -> Token:
        __tracebackhide__ = True
        if self._final is None:
            outcome = self._obtain_or_refusal(rejected)
            if isinstance(outcome, Token):
                self._served.append(outcome)
                if self._on_token is not None:
                    self._on_token(outcome)
                return outcome
            self._final = outcome
        raise type(self._final)(*self._final.args)

    def _obtain_or_refusal(self, rejected: Token | None) -> Token | InvalidGrant | InvalidClient:
        """Return a token, or a refusal as a value: it is final and never retried (RFC 6749 section 5.2)."""
        __tracebackhide__ = True
        try:
            return self._obtain(rejected)
        except (InvalidGrant, InvalidClient) as error:
            return error.with_traceback(None)


def stored_grant(credentials: Credentials, store: TokenStore) -> StoredToken | None:
    """Return the stored grant that began with these credentials, or None."""
    slot, origin = _store_slot("user", credentials)
    return _matching_origin(store.get(slot), origin)


def signed_in(credentials: Credentials, stored: StoredToken | None) -> date | None:
    """Return the day of the user's consent, or None if it is unknown: a sign-in ends six months after it.

    `SPOTIFY_REFRESH_TOKEN_DATE` is the day of the environment's refresh token and of no other.
    """
    named = credentials.signed_in if credentials.refresh_token else None
    return named or (stored.signed_in if stored else None)


def store_sign_in(store: TokenStore, token: Token, *, on: date, clock: Clock | None = None) -> None:
    """Put the tokens of a finished sign-in into the store."""
    with store.locked():
        store.put("user", _stored(token, clock or Clock(), "", on))


def _store_slot(token_kind: TokenKind, credentials: Credentials) -> tuple[Slot, str]:
    """Return the slot of a grant, and its origin."""
    if token_kind == "app":
        return "app", fingerprint(credentials.client_secret or Secret(""))
    if credentials.refresh_token is None:
        return "user", ""
    return "environment", fingerprint(credentials.refresh_token)


def _refreshed(
    credentials: Credentials, service: AccountsService, stored: StoredToken | None, day: date | None
) -> Token:
    """Return a new token for the refresh token that is stored, else for that of the environment."""
    __tracebackhide__ = True
    refresh_token = (stored.refresh_token if stored else None) or credentials.refresh_token
    credentials.require("user", stored=refresh_token is not None)
    return service.refresh(
        refresh_token or Secret(""),
        scopes=stored.scopes if stored else None,
        signed_in=day,
        profile=credentials.profile,
    )


def _matching_origin(stored: StoredToken | None, origin: str) -> StoredToken | None:
    return stored if stored and stored.origin == origin else None


def _reusable_token(
    stored: StoredToken, clock: Clock, rejected: Token | None, token_kind: TokenKind
) -> Token | None:
    """Return the stored token if it is fresh and not the rejected one.

    A token that seems to come from the future was stored before the clock was set back: its end is not
    known any more, and it counts as old.
    """
    now, span = clock.time(), stored.expires_at - stored.issued_at
    if rejected is not None and stored.access_token == rejected.access_token:
        return None
    token = Token(
        access_token=stored.access_token,
        refresh_token=stored.refresh_token,
        scopes=stored.scopes,
        expires_at=clock.monotonic() + stored.expires_at - now,
        margin=min(MARGIN, span / 2),
        user=token_kind == "user",
    )
    return token if stored.issued_at <= now and token.is_fresh(clock.monotonic()) else None


def _stored(token: Token, clock: Clock, origin: str, day: date | None) -> StoredToken:
    now = clock.time()
    return StoredToken(
        access_token=token.access_token,
        refresh_token=token.refresh_token,
        scopes=token.scopes,
        issued_at=now,
        expires_at=now + token.expires_at - clock.monotonic(),
        signed_in=day,
        origin=origin,
    )
