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
from ipaddress import ip_address
from urllib.parse import urlsplit

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered app. A loopback URI without a port stands for any port (RFC 8252 section 7.3)."""

    id: str
    secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]

    def allows(self, uri: str) -> bool:
        """Compare exactly; where the registered URI is a loopback literal without a port, add any."""
        if uri in self.redirect_uris:
            return True
        parts = urlsplit(uri)
        if not is_loopback(parts.hostname):
            return False
        bare = parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl() if parts.port else uri
        return bare in self.redirect_uris


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
    expires_at: float


class Grants:
    """The accounts service's memory."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token_lifetime = 3600
        self.code_lifetime = 600
        self.rotate = False
        self.omit = True
        self.omit_scope = False
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, AccessToken] = {}
        self._grants: dict[str, Grant] = {}

    def grant_all_scopes(self, user: str, refresh_token: str) -> None:
        """Put a good grant with all scopes in place; it stands for either kind of client."""
        self._grants[refresh_token] = Grant(
            user=user,
            scope=tuple(SCOPES),
            public=True,
            refresh_token=refresh_token,
        )

    def new_code(self, *, user: str, redirect_uri: str, scope: tuple[str, ...], challenge: str | None) -> str:
        """Give out a code for one exchange."""
        code = long_secret()
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
        grant = Grant(
            user=found.user,
            scope=found.scope,
            public=found.challenge is not None,
            refresh_token=long_secret(),
        )
        self._grants[grant.refresh_token] = grant
        return self._answer(grant) | {"refresh_token": grant.refresh_token}

    def refresh(self, refresh_token: str, *, proved: bool) -> dict[str, object]:
        """Give a new access token; a rotated one, used again, revokes the grant (RFC 9700, 4.14.2)."""
        grant = self._grants.get(refresh_token)
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
            grant.refresh_token = long_secret()
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
        """Return what an access token stands for; it may be past its time."""
        return self._tokens.get(access_token)

    def expire_tokens(self) -> None:
        """Let the hour of every access token be over."""
        self._tokens = {
            key: AccessToken(user=token.user, scope=token.scope, expires_at=0.0)
            for key, token in self._tokens.items()
        }

    def expire_grants(self) -> None:
        """Let the six months of every refresh token be over."""
        for grant in self._grants.values():
            grant.expired = True

    def revoke_grants(self) -> None:
        """Withdraw what users allowed, as they can on their account page."""
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
        token = "BQ" + secrets.token_urlsafe(120)
        self._tokens[token] = AccessToken(
            user=user, scope=frozenset(scope), expires_at=time.monotonic() + self.token_lifetime
        )
        return token


def long_secret() -> str:
    """Make up a code or a refresh token: Spotify's are long, and begin so."""
    return "AQ" + secrets.token_urlsafe(96)


def is_loopback(host: str | None) -> bool:
    """Say whether a host is a loopback literal; the name `localhost` is none."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
