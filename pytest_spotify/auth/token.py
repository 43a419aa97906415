"""An access token and how long it serves. Knows the errors, secrets and the clock; sends nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.errors import (
    ServiceError,
)
from pytest_spotify.exchange import Headers, Request
from pytest_spotify.redaction.secret import Secret

LIFETIME = 3600.0
MARGIN = 60.0
_SHORTEST, _LONGEST = 10.0, 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What the accounts service granted.

    `expires_at` is a moment of the monotonic clock, counted from the receipt: a computer clock that is
    set, or is an hour off, changes nothing. `user` says whether a user stands behind it. `scopes` is None if
    the service did not say: that is not the same as none.
    """

    access_token: Secret
    refresh_token: Secret | None = None
    scopes: frozenset[str] | None = None
    expires_at: float = math.inf
    user: bool = False
    margin: float = MARGIN

    def is_fresh(self, now: float) -> bool:
        """Say whether it may still be used at a moment of the monotonic clock, with a margin for the way.

        No jitter is needed besides: whoever finds it old asks the one refresher behind a lock.
        """
        return now < self.expires_at - self.margin


def token_from_answer(
    answer: Mapping[str, object],
    *,
    user: bool,
    now: float,
    refresh_token: Secret | None = None,
    scopes: frozenset[str] | None = None,
) -> Token:
    """Read the accounts service's success answer (RFC 6749 section 5.1).

    `refresh_token` and `scopes` are those that were used: the former is kept where the answer brings none
    or an empty one, as Spotify's does since mid 2026 (aome510/spotify-player#1041), the latter where the
    answer names none (RFC 6749 sections 5.1 and 6). A new refresh token replaces the old one, which Spotify's
    PKCE answers required until then (ramsayleung/rspotify#396).
    """
    access_token = answer.get("access_token")
    if not isinstance(access_token, str) or not re.fullmatch(r"[\x21-\x7e]+", access_token):
        raise ServiceError("The accounts service answered 200, but without a usable `access_token`.")
    kind = answer.get("token_type", "Bearer")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise ServiceError("The accounts service answered 200 with a `token_type` other than Bearer.")
    scope = answer.get("scope")
    seconds = lifetime(answer.get("expires_in"))
    return Token(
        access_token=Secret(access_token),
        refresh_token=_usable(answer.get("refresh_token")) or refresh_token,
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


DUMMY_TOKEN = "pytest-spotify-dummy-token"

BAD_TOKEN = "pytest-spotify-bad-token"
"""The one token that is known not to be valid: `bad-token` cases send it, even with a write."""


def authorize(request: Request, token: Token) -> Request:
    """Return an unauthorized request with the token: in clear, in an object that does not show it."""
    field = ("Authorization", f"Bearer {token.access_token.reveal()}")
    return replace(request, headers=Headers([*request.headers, field]))


def has_usable_token(request: Request) -> bool:
    """Say whether a request carries a token that may be valid: any but the one known not to be.

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
