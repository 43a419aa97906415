"""Tokens: what the accounts service granted, how the store keeps it, and when a sign-in ends.

A sign-in ends six months after the user's consent, however often it is refreshed (Spotify's blog,
2026-06-18-refresh-token-expiration). Neither token nor response carries that day, so it is stored with them.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, login_command, refresh_token_variable
from pytest_spotify.auth.fake_tokens import BAD_TOKEN
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ServiceError,
)
from pytest_spotify.exchange import Headers, Request
from pytest_spotify.redaction import Secret

LIFETIME = 3600.0
MARGIN = 60.0
_SHORTEST, _LONGEST = 10.0, 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that the accounts service granted.

    `expires_at` is a moment of the monotonic clock, counted from the receipt: a computer clock that is set,
    or is an hour off, changes nothing. `user` is true for a user's token, false for an app's own. `scopes` is
    None if the service did not name them, which is not the same as none.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    scopes: frozenset[str] | None = None
    expires_at: float = math.inf
    user: bool = False
    margin: float = MARGIN

    def is_fresh(self, now: float) -> bool:
        """Return True if it can still be used at a moment of the monotonic clock, with a margin for the way.

        No jitter is needed: processes that find it old refresh it one at a time, behind a lock.
        """
        return now < self.expires_at - self.margin


def token_from_response(
    response: Mapping[str, object],
    *,
    user: bool,
    now: float,
    refresh_token: Secret | None = None,
    scopes: frozenset[str] | None = None,
) -> Token:
    """Return the token of the accounts service's success response (RFC 6749 section 5.1).

    `refresh_token` and `scopes` are those that were used: the former stays if the response brings none or an
    empty one, as Spotify's does since mid 2026 (aome510/spotify-player#1041), the latter if the response
    names none (RFC 6749 sections 5.1 and 6). A new refresh token replaces the old one, which Spotify's PKCE
    responses required until then (ramsayleung/rspotify#396).
    """
    access_token = response.get("access_token")
    if not isinstance(access_token, str) or not re.fullmatch(r"[\x21-\x7e]+", access_token):
        raise ServiceError("The accounts service responded with 200, but without a usable `access_token`.")
    kind = response.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise ServiceError("The accounts service responded with 200 with a `token_type` other than Bearer.")
    scope = response.get("scope")
    seconds = lifetime(response.get("expires_in"))
    return Token(
        access_token=Secret(access_token),
        refresh_token=_usable(response.get("refresh_token")) or refresh_token,
        scopes=frozenset(scope.split()) if isinstance(scope, str) else scopes,
        expires_at=now + seconds,
        margin=min(MARGIN, seconds / 2),
        user=user,
    )


def lifetime(expires_in: object) -> float:
    """Return the seconds that `expires_in` grants.

    What is missing or absurd counts as Spotify's one hour, what is longer than a day as a day: a wrong
    guess is put right by the one refresh after a 401. Some seconds are always granted, or every request
    would ask for another token.
    """
    seconds = LIFETIME
    if isinstance(expires_in, int | float | str) and not isinstance(expires_in, bool):
        try:
            seconds = float(expires_in)
        except (ValueError, OverflowError):
            seconds = LIFETIME
    if not math.isfinite(seconds) or seconds <= 0:
        seconds = LIFETIME
    return min(max(seconds, _SHORTEST), _LONGEST)


def _usable(refresh_token: object) -> Secret | None:
    if isinstance(refresh_token, str) and re.fullmatch(r"[\x21-\x7e]+", refresh_token):
        return Secret(refresh_token)
    return None


def authorize(request: Request, token: Token) -> Request:
    """Return an unauthorized request with the token: in clear, in an object that does not show it."""
    field = ("Authorization", f"Bearer {token.access_token.reveal()}")
    return replace(request, headers=Headers([*request.headers, field]))


def has_usable_token(request: Request) -> bool:
    """Return True if a request carries a token that may be valid: any but the one known not to be.

    RFC 6750 section 2: in the header field, in a form body or in the query.
    """
    for value in request.headers.all("Authorization"):
        scheme, _, credentials = value.strip().partition(" ")
        if scheme.lower() == "bearer" and credentials not in ("", BAD_TOKEN):
            return True
    texts = [urlsplit(request.url).query]
    if "x-www-form-urlencoded" in request.headers.get("Content-Type").lower():
        texts.append(request.body.decode("latin-1"))
    return any(name == "access_token" for text in texts for name, _ in parse_qsl(text))


Slot = Literal["user", "environment", "app"]
"""Where a token comes from: a sign-in, `SPOTIFY_REFRESH_TOKEN`, or the app's own credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredToken:
    """A grant in the token store. Times are wall-clock seconds, the only ones that other processes share.

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
    """Return the grant of an entry of the store's file, or None if it is no such entry."""
    try:
        refresh_token, signed_in = entry["refresh_token"], entry["signed_in"]
        return StoredToken(
            access_token=Secret(str(entry["access_token"])),
            refresh_token=Secret(str(refresh_token)) if refresh_token else None,
            # Earlier versions wrote an empty list if the service had named none.
            scopes=frozenset(str(scope) for scope in entry["scopes"] or ()) or None,
            issued_at=float(entry["issued_at"]),
            expires_at=float(entry["expires_at"]),
            signed_in=date.fromisoformat(signed_in) if signed_in else None,
            origin=str(entry["origin"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def entry_of(stored: StoredToken) -> dict[str, Any]:
    """Return a grant as an entry of the store's file, in clear."""
    return {
        "access_token": stored.access_token.reveal(),
        "refresh_token": stored.refresh_token.reveal() if stored.refresh_token else None,
        "scopes": None if stored.scopes is None else sorted(stored.scopes),
        "issued_at": stored.issued_at,
        "expires_at": stored.expires_at,
        "signed_in": stored.signed_in.isoformat() if stored.signed_in else None,
        "origin": stored.origin,
    }


MONTHS = 6
WARN_FROM = 150
"""Days after the consent: a month is left then, for whoever looks at CI now and then."""


def today(clock: Clock | None = None) -> date:
    """Return the current day in UTC: the same for a laptop and for CI."""
    return datetime.fromtimestamp((clock or Clock()).time(), UTC).date()


def last_day(signed_in: date) -> date:
    """Return the last day of a sign-in: the same day six months on, or that month's last."""
    month = signed_in.month - 1 + MONTHS
    year, month = signed_in.year + month // 12, month % 12 + 1
    return date(year, month, min(signed_in.day, monthrange(year, month)[1]))


def has_expired(signed_in: date, on: date) -> bool:
    """Return True if a sign-in has ended for certain: on its last day it may still be valid."""
    return on > last_day(signed_in)


def expiry_warning(signed_in: date | None, on: date, profile: str = DEFAULT_PROFILE) -> str:
    """Return a warning about the end of a sign-in, or an empty text while that is far."""
    variable = refresh_token_variable(profile)
    if signed_in is None:
        return (
            f"It is not known when the sign-in behind {variable} ends, six months after its day: "
            f"set {variable}_DATE to that day."
        )
    if signed_in > on:
        return f"The day of the sign-in, {signed_in}, is yet to come: correct {variable}_DATE, or the clock."
    renew = f"with `{login_command(profile)}`, and renew {variable} where it is set."
    if has_expired(signed_in, on):
        return f"The sign-in of {signed_in} ended on {last_day(signed_in)}. Sign in again {renew}"
    if (on - signed_in).days >= WARN_FROM:
        return (
            f"The sign-in of {signed_in} ends on {last_day(signed_in)}. Sign in again before that day {renew}"
        )
    return ""
