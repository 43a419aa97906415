"""What the accounts service has given out: codes, access tokens, refresh tokens. Knows no HTTP.

Error texts are those that the real service has been seen to answer with; RFC 6749 section 5.2 has the
error codes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field

from pytest_spotify.sandbox import tokens
from pytest_spotify.sandbox.client import Client
from pytest_spotify.sandbox.tokens import Claims, Stamps

SCOPES = {
    "ugc-image-upload": "Upload images to your playlists",
    "user-read-playback-state": "See what you play, and on which device",
    "user-modify-playback-state": "Control playback on your devices",
    "user-read-currently-playing": "See what is playing right now",
    "app-remote-control": "Talk to the Spotify app on your phone",
    "streaming": "Play music in other apps",
    "playlist-read-private": "See your private playlists",
    "playlist-read-collaborative": "See your collaborative playlists",
    "playlist-modify-private": "Change your private playlists",
    "playlist-modify-public": "Change your public playlists",
    "user-follow-modify": "Change whom you follow",
    "user-follow-read": "See whom you follow",
    "user-read-playback-position": "See how far you are in episodes",
    "user-top-read": "See your top artists and tracks",
    "user-read-recently-played": "See what you played lately",
    "user-library-modify": "Change what you saved",
    "user-library-read": "See what you saved",
    "user-read-email": "See your email address",
    "user-read-private": "See your country and your kind of subscription",
}


class GrantError(Exception):
    """The accounts service refuses: the body it answers with, flat (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.body = {"error": error} | ({"error_description": description} if description else {})


@dataclass(slots=True, kw_only=True)
class Grant:
    """What a user allowed an app to do, until it is revoked or its time is over."""

    user: str
    scope: tuple[str, ...]
    public: bool
    refresh_token: str = field(repr=False)
    revoked: bool = False
    expired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code and what it is bound to."""

    user: str
    redirect_uri: str
    scope: tuple[str, ...]
    challenge: str | None
    issued_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What an access token stands for; an app token has no user."""

    user: str | None
    scope: frozenset[str]
    expired: bool


class Grants:
    """The accounts service's memory."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token_lifetime = 3600
        self.code_lifetime = 600
        self.rotate = False
        self.omit = True
        self.omit_scope = False
        self._stamps = Stamps()
        self._codes: dict[str, Code] = {}
        self._grants: dict[str, Grant] = {}
        # Until when everything of its kind that was issued has ended, in whichever sandbox.
        self._tokens_ended = self._grants_expired = self._grants_revoked = 0.0

    def grant_all_scopes(self, user: str, refresh_token: str | None = None) -> str:
        """Put a good grant with all scopes in place; it stands for either kind of client."""
        grant = self._new_grant(user, tuple(SCOPES), public=True)
        grant.refresh_token = refresh_token or grant.refresh_token
        self._grants[grant.refresh_token] = grant
        return grant.refresh_token

    def new_code(self, *, user: str, redirect_uri: str, scope: tuple[str, ...], challenge: str | None) -> str:
        """Give out a code for one exchange."""
        code = "AQ" + secrets.token_urlsafe(96)  # long, and beginning so, as Spotify's
        self._codes[code] = Code(
            user=user,
            redirect_uri=redirect_uri,
            scope=scope,
            challenge=challenge,
            issued_at=time.monotonic(),
        )
        return code

    def exchange(
        self, code: str, redirect_uri: str, verifier: str | None, *, proved: bool
    ) -> dict[str, object]:
        """Turn a code into tokens, once (RFC 6749 section 4.1.3, RFC 7636 section 4.6)."""
        found = self._codes.pop(code, None)
        if found is None:
            raise GrantError("invalid_grant", "Invalid authorization code")
        if time.monotonic() - found.issued_at >= self.code_lifetime:
            raise GrantError("invalid_grant", "Authorization code expired")
        if redirect_uri != found.redirect_uri:
            raise GrantError("invalid_grant", "Invalid redirect URI")
        if found.challenge is None:
            if not proved:
                raise GrantError("invalid_client")
        elif not verifier:
            raise GrantError("invalid_request", "code_verifier required")
        elif not secrets.compare_digest(found.challenge, _s256(verifier)):
            raise GrantError("invalid_grant", "code_verifier was incorrect")
        grant = self._new_grant(found.user, found.scope, public=found.challenge is not None)
        self._grants[grant.refresh_token] = grant
        return self._answer(grant) | {"refresh_token": grant.refresh_token}

    def refresh(self, refresh_token: str, *, proved: bool) -> dict[str, object]:
        """Give a new access token; a rotated one, used again, revokes the grant (RFC 9700, 4.14.2)."""
        grant = self._grants.get(refresh_token) or self._foreign_grant(refresh_token)
        if grant is None:
            raise GrantError("invalid_grant", "Invalid refresh token")
        if not proved and not grant.public:
            raise GrantError("invalid_client")
        if grant.expired:
            raise GrantError("invalid_grant", "Refresh token expired")
        if grant.revoked or refresh_token != grant.refresh_token:
            grant.revoked = True
            raise GrantError("invalid_grant", "Refresh token revoked")
        answer = self._answer(grant)
        if self.rotate:
            grant.refresh_token = self._new_refresh_token(grant.user, grant.scope, public=grant.public)
            self._grants[grant.refresh_token] = grant
        if self.rotate or not self.omit:
            answer["refresh_token"] = grant.refresh_token
        if self.omit_scope:
            del answer["scope"]
        return answer

    def app_token(self) -> dict[str, object]:
        """Give a token that stands for no user (RFC 6749 section 4.4)."""
        return {
            "access_token": self._new_token(None, ()),
            "token_type": "Bearer",
            "expires_in": self.token_lifetime,
        }

    def find(self, access_token: str) -> AccessToken | None:
        """Return what an access token stands for, whichever sandbox gave it; it may be past its time."""
        claims = tokens.read(tokens.ACCESS, access_token)
        if claims is None or claims.expires_at is None:
            return None
        ended = claims.issued_at <= self._tokens_ended or claims.expires_at <= time.time()
        return AccessToken(user=claims.user, scope=frozenset(claims.scope), expired=ended)

    def expire_tokens(self) -> None:
        """Let the hour of every access token be over."""
        self._tokens_ended = self._stamps.next()

    def expire_grants(self) -> None:
        """Let the six months of every refresh token be over."""
        self._grants_expired = self._stamps.next()
        for grant in self._grants.values():
            grant.expired = True

    def revoke_grants(self) -> None:
        """Withdraw what users allowed, as they can on their account page."""
        self._grants_revoked = self._stamps.next()
        for grant in self._grants.values():
            grant.revoked = True

    def _answer(self, grant: Grant) -> dict[str, object]:
        return {
            "access_token": self._new_token(grant.user, grant.scope),
            "token_type": "Bearer",
            "expires_in": self.token_lifetime,
            "scope": " ".join(grant.scope),
        }

    def _new_token(self, user: str | None, scope: tuple[str, ...]) -> str:
        now = self._stamps.next()
        return tokens.write(
            tokens.ACCESS,
            Claims(user=user, scope=scope, public=False, issued_at=now, expires_at=now + self.token_lifetime),
        )

    def _new_grant(self, user: str, scope: tuple[str, ...], *, public: bool) -> Grant:
        refresh_token = self._new_refresh_token(user, scope, public=public)
        return Grant(user=user, scope=scope, public=public, refresh_token=refresh_token)

    def _new_refresh_token(self, user: str, scope: tuple[str, ...], *, public: bool) -> str:
        claims = Claims(user=user, scope=scope, public=public, issued_at=self._stamps.next(), expires_at=None)
        return tokens.write(tokens.REFRESH, claims)

    def _foreign_grant(self, refresh_token: str) -> Grant | None:
        """Return the grant that an earlier sandbox gave a refresh token for."""
        claims = tokens.read(tokens.REFRESH, refresh_token)
        if claims is None or claims.user is None:
            return None
        grant = Grant(
            user=claims.user,
            scope=claims.scope,
            public=claims.public,
            refresh_token=refresh_token,
            expired=claims.issued_at <= self._grants_expired,
            revoked=claims.issued_at <= self._grants_revoked,
        )
        self._grants[refresh_token] = grant
        return grant


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
