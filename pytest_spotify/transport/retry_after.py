"""The Retry-After field of a response, and the end that it names."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

YEAR = 366 * 24 * 3600.0


def retry_after(value: str, *, now: float) -> float | None:
    """Return the seconds of a Retry-After field, or None if it has no usable value.

    RFC 9110 section 10.2.3: a number of seconds or a date. Never less than one second, so that a server
    which says 0 gets no tight loop of requests, and never more than a year.
    """
    value = value.strip()
    seconds: float | None = None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_to(value, now)
    if seconds is None or math.isnan(seconds) or seconds < 0:
        return None
    return min(max(seconds, 1.0), YEAR)


def until(seconds: float | None, *, now: float, short: bool = False) -> str:
    """Return the end of a pause in words, `short` to the minute; `seconds` is None if Spotify did not say."""
    if seconds is None:
        return "for a time that it does not name"
    end = datetime.fromtimestamp(now + min(seconds, YEAR), UTC)
    if not short:
        return f"until {end:%Y-%m-%d %H:%M:%S} UTC"
    today = end.date() == datetime.fromtimestamp(now, UTC).date()
    return f"until {f'{end:%H:%M}' if today else f'{end:%Y-%m-%d %H:%M}'} UTC"


def _seconds_to(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
