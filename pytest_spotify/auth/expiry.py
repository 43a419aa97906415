"""How long a sign-in lasts: six months from the user's consent, however often it is refreshed.

Spotify's rule (blog 2026-06-18-refresh-token-expiration). Neither token nor answer carries the day, so
whoever signs in has to keep it. Knows the clock; sends and reads nothing.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime

from pytest_spotify.auth.credentials import DEFAULT_PROFILE, login_command, refresh_token_variable
from pytest_spotify.clock import Clock

MONTHS = 6
WARN_FROM = 150
"""Days after the consent: a month is left then, for whoever looks at CI now and then."""


def today(clock: Clock | None = None) -> date:
    """Return the day it is, in UTC: the same for a laptop and for CI."""
    return datetime.fromtimestamp((clock or Clock()).time(), UTC).date()


def last_day(signed_in: date) -> date:
    """Return the last day of a sign-in: the same day six months on, or that month's last."""
    month = signed_in.month - 1 + MONTHS
    year, month = signed_in.year + month // 12, month % 12 + 1
    return date(year, month, min(signed_in.day, monthrange(year, month)[1]))


def has_expired(signed_in: date, on: date) -> bool:
    """Say whether a sign-in has ended for certain: on its last day it may still serve."""
    return on > last_day(signed_in)


def expiry_warning(signed_in: date | None, on: date, profile: str = DEFAULT_PROFILE) -> str:
    """Return what has to be said of a sign-in's end, in a sentence or two; empty while that is far."""
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
