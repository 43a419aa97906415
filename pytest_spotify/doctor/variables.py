"""The variables: which are set, and whether their values can be what they are to be. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_spotify.access import parse_access
from pytest_spotify.auth.credentials import (
    DASHBOARD,
    DEFAULT_REDIRECT_URI,
    invalid_variable_reason,
    refresh_token_variable,
)
from pytest_spotify.doctor.check import Diagnosis, Status


def variables(
    environ: Mapping[str, str], profile: str, *, stored: bool | None, login: str
) -> Iterator[Diagnosis]:
    """Yield a check for each variable; their values are not shown.

    `stored` says that a token of the user's can be had, or None where the store cannot be asked; `login`
    is the command that gets one.
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
