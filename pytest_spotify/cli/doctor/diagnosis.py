"""One line of a diagnosis, and the checks that need no token: variables, clock, what `GET /me` says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from pytest_spotify.access import parse_access
from pytest_spotify.auth.credentials import (
    DASHBOARD,
    DEFAULT_REDIRECT_URI,
    invalid_variable_reason,
    refresh_token_variable,
)
from pytest_spotify.errors import truncate
from pytest_spotify.exchange import Response

Status = Literal["green", "amber", "red"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """The result of one check, and the next command: empty if it is green."""

    name: str
    status: Status
    message: str
    next: str = ""


def variables(
    environ: Mapping[str, str], profile: str, *, stored: bool | None, login: str
) -> Iterator[Diagnosis]:
    """Yield a check for each variable; their values are not shown.

    `stored` is true if the user has a token, None if the store cannot be read; `login` is the command
    that gets one.
    """
    token = refresh_token_variable(profile)
    unset: dict[bool | None, tuple[Status, str, str]] = {
        True: ("green", "is not set; the stored sign-in serves.", ""),
        False: ("red", "is not set, and nobody has signed in.", login),
        None: ("amber", "is not set; whether anybody has signed in is not known.", "mend the token store"),
    }
    absent: dict[str, tuple[Status, str, str]] = {
        "SPOTIFY_CLIENT_ID": ("red", "is not set.", f"copy the Client ID of your app from {DASHBOARD}"),
        "SPOTIFY_CLIENT_SECRET": (
            "amber",
            "is not set, so there is no token of the app's own.",
            f"copy the Client secret of your app from {DASHBOARD}, unless it is a public client",
        ),
        token: unset[stored],
        f"{token}_DATE": ("green", "is not set.", ""),
        "SPOTIFY_REDIRECT_URI": ("green", f"is not set; {DEFAULT_REDIRECT_URI} serves.", ""),
        "SPOTIFY_ACCESS": ("green", "is not set; runs take the app for `development`.", ""),
    }
    for name, (status, message, step) in absent.items():
        value = environ.get(name, "")
        if not value:
            yield Diagnosis(name=name, status=status, message=f"{name} {message}", next=step)
        elif fault := _fault(name, value):
            again = f"set {name} again; its value is not shown here"
            yield Diagnosis(name=name, status="red", message=f"{name} {fault}.", next=again)
        else:
            yield Diagnosis(name=name, status="green", message=f"{name} is set and well-formed.")


def valid_variables(environ: Mapping[str, str], profile: str) -> dict[str, str]:
    """Return the variables without those malformed ones that credentials cannot be made with."""
    token = refresh_token_variable(profile)
    names = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", token, f"{token}_DATE")
    bad = {name for name in names if environ.get(name) and _fault(name, environ[name])}
    return {name: value for name, value in environ.items() if name not in bad}


def _fault(name: str, value: str) -> str:
    if name != "SPOTIFY_ACCESS":
        return invalid_variable_reason(name, value)
    try:
        parse_access(value)
    except ValueError as error:
        return f"names {error}"
    return ""


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
