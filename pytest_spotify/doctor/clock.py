"""The check of the clock, by that of whoever answered."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from pytest_spotify.doctor.check import Diagnosis
from pytest_spotify.exchange import Response

_SKEW = 60.0


def clock_check(response: Response, *, now: float) -> Diagnosis:
    """Return the check of a clock that says `now`, by the `Date` of an answer (RFC 9110 section 6.6.1)."""
    try:
        off = now - parsedate_to_datetime(response.headers.get("Date")).timestamp()
    except (ValueError, TypeError):
        return Diagnosis(
            name="clock",
            status="amber",
            message="The Web API answers without a Date to compare.",
            next="compare this machine's clock with another",
        )
    if abs(off) <= _SKEW:
        return Diagnosis(name="clock", status="green", message="This machine's clock is right.")
    behind = "ahead of" if off > 0 else "behind"
    return Diagnosis(
        name="clock",
        status="amber",
        message=f"This machine's clock is {abs(off):,.0f} s {behind} the Web API's.",
        next="set the clock (NTP): stored tokens and the sign-in's end are judged by it",
    )
