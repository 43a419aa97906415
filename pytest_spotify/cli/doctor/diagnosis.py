"""One line of a diagnosis, how lines follow from others, the clock, and what `GET /me` says."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from pytest_spotify.auth.credentials import DASHBOARD
from pytest_spotify.errors import truncate
from pytest_spotify.exchange import Response

Status = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The result of one check, and the next step: empty if it is green.

    `because` is the name of the check whose fault is the cause of this one's; its step is the one to take.
    """

    name: str
    status: Status
    message: str
    next: str = ""
    because: str = ""


class Findings:
    """The checks that were made so far, by name."""

    def __init__(self) -> None:
        self._checks: dict[str, Diagnosis] = {}

    def add(self, check: Diagnosis) -> None:
        """Add a check."""
        self._checks[check.name] = check

    def fault(self, *names: str) -> Diagnosis | None:
        """Return the first of some checks that is not green, or None."""
        checks = (self._checks[name] for name in names if name in self._checks)
        return next((check for check in checks if check.status != "green"), None)

    def unknown(self, name: str, message: str, *causes: str, step: str = "") -> Diagnosis:
        """Return the check of what cannot be looked at for want of others, with the step of the first.

        `step` is the one where none of them is at fault.
        """
        cause = self.fault(*causes)
        if cause is None:
            return Diagnosis(name=name, status="amber", message=message, next=step)
        because = cause.because or cause.name
        return Diagnosis(name=name, status="amber", message=message, next=cause.next, because=because)


_SKEW = 60.0


def clock_check(response: Response, *, now: float) -> Diagnosis:
    """Return the diagnosis of a clock at `now`, by the `Date` of a response (RFC 9110 section 6.6.1)."""
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
        next="set the clock (NTP): stored tokens and the sign-in's end depend on it",
    )


def scope_check(granted: Collection[str] | None, wanted: Mapping[str, list[str]], *, step: str) -> Diagnosis:
    """Return the diagnosis of a token's scopes; `wanted` has the operations that use each scope."""
    if granted is None:
        # RFC 6749 section 6: a refreshed token names its scopes only where they changed.
        message = "Not known: the accounts service did not name those of the refreshed token."
        return Diagnosis(name="scopes", status="green", message=message)
    lacking = [scope for scope in wanted if scope not in granted]
    if not lacking:
        message = f"All {len(wanted)} scopes that the contracts use are granted."
        return Diagnosis(name="scopes", status="green", message=message)
    scopes = ", ".join(f"{scope} ({_some(wanted[scope])})" for scope in lacking)
    return Diagnosis(name="scopes", status="amber", message=f"Not granted: {scopes}.", next=step)


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def display_name(response: Response) -> str:
    """Return the name of the user in a success response of `GET /me`."""
    try:
        profile = json.loads(response.body)
        name, id_ = str(profile.get("display_name") or profile["id"]), str(profile["id"])
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError):
        return "a user whose profile cannot be read"
    return truncate(name if name == id_ else f"{name} ({id_})", 120)


def suggest_fix(response: Response) -> str:
    """Return a fix for a refusal of `GET /me`, by few words, as its texts differ from year to year."""
    text = error_text(response).lower()
    if response.status == 403 and "premium" in text:
        return "the owner of the app needs Spotify Premium; renew it, then wait some hours"
    if response.status == 403 and any(word in text for word in ("regist", "approved", "dashboard")):
        return f"add this user to the allow list: {DASHBOARD}, your app, Settings, User Management"
    if response.status == 401:
        return "run this again; if it stays, look at https://community.spotify.com for an outage"
    return "try again later" if response.status >= 429 else f"look at the app in {DASHBOARD}"


def error_text(response: Response) -> str:
    """Return the text of an error response: Spotify writes it as JSON, or plain."""
    text = response.body.decode("utf-8", "replace").strip()
    with suppress(ValueError, RecursionError, LookupError, TypeError):
        text = str(json.loads(text)["error"]["message"])
    return truncate(text or "(no body)", 200)
