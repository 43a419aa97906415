"""One grant as the token store keeps it: a value, and its form in the store's file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pytest_spotify.redaction.secret import Secret

Slot = Literal["user", "environment", "app"]
"""Where a token comes from: a sign-in, `SPOTIFY_REFRESH_TOKEN`, or the app's own credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A grant as it is kept. Times are wall-clock seconds, the only ones that other processes share.

    `origin` is the fingerprint of the credential that the grant began with, so that a token which was
    rotated since is taken for its successor, and a new credential for a new grant.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    scopes: frozenset[str] | None = None
    issued_at: float
    expires_at: float
    signed_in: date | None = None
    origin: str = ""


def parsed(entry: Any) -> StoredToken | None:
    """Read an entry of the store's file; None where it is no such entry."""
    try:
        refresh_token, signed_in = entry["refresh_token"], entry["signed_in"]
        return StoredToken(
            access_token=Secret(str(entry["access_token"])),
            refresh_token=Secret(str(refresh_token)) if refresh_token else None,
            # Earlier versions wrote an empty list for what they had not been told.
            scopes=frozenset(str(scope) for scope in entry["scopes"] or ()) or None,
            issued_at=float(entry["issued_at"]),
            expires_at=float(entry["expires_at"]),
            signed_in=date.fromisoformat(signed_in) if signed_in else None,
            origin=str(entry["origin"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def entry_of(stored: StoredToken) -> dict[str, Any]:
    """Return a grant as it stands in the store's file, in clear."""
    return {
        "access_token": stored.access_token.reveal(),
        "refresh_token": stored.refresh_token.reveal() if stored.refresh_token else None,
        "scopes": None if stored.scopes is None else sorted(stored.scopes),
        "issued_at": stored.issued_at,
        "expires_at": stored.expires_at,
        "signed_in": stored.signed_in.isoformat() if stored.signed_in else None,
        "origin": stored.origin,
    }
