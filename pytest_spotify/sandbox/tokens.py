"""Access and refresh tokens that say, signed, what they stand for.

So a token that a client keeps on disk by client id alone (spotipy does) is good in the next sandbox too. The
key is no secret: tokens of a sandbox, like its other credentials, are good for nothing elsewhere.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass

ACCESS = "BQ"  # as Spotify's begin
REFRESH = "AQ"
_KEY = b"pytest-spotify sandbox"
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says: for whom (None is the app alone), which scopes, from when on, until when."""

    user: str | None
    scope: tuple[str, ...]
    public: bool
    issued_at: float
    expires_at: float | None


def write(prefix: str, claims: Claims) -> str:
    """Return a token; no two are the same."""
    values = [claims.user, " ".join(claims.scope), claims.public, claims.issued_at, claims.expires_at]
    payload = json.dumps([*values, secrets.token_hex(8)], separators=(",", ":")).encode()
    return prefix + base64.urlsafe_b64encode(_sign(prefix, payload) + payload).rstrip(b"=").decode()


def read(prefix: str, token: str) -> Claims | None:
    """Return what a token says, None for anything that no sandbox wrote."""
    encoded = token.removeprefix(prefix)
    if not token.startswith(prefix) or not encoded.isascii():
        return None
    try:
        content = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    digest, payload = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if not hmac.compare_digest(digest, _sign(prefix, payload)):
        return None
    user, scope, public, issued_at, expires_at, _nonce = json.loads(payload)
    return Claims(
        user=user, scope=tuple(scope.split()), public=public, issued_at=issued_at, expires_at=expires_at
    )


class Stamps:
    """Times of issue, each later than the one before, however coarse the clock is."""

    def __init__(self) -> None:
        self._last = 0.0

    def next(self) -> float:
        """Return the present time, in seconds since the epoch."""
        self._last = max(time.time(), self._last + 1e-6)
        return self._last


def _sign(prefix: str, payload: bytes) -> bytes:
    return hmac.digest(_KEY, prefix.encode() + payload, "sha256")
