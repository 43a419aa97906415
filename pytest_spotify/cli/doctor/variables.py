"""The checks of the environment's variables, whose values are never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pytest_spotify.access import parse_access
from pytest_spotify.auth import unread_env_file, variable_in_use
from pytest_spotify.auth.credentials import (
    DASHBOARD,
    DEFAULT_REDIRECT_URI,
    implausible_variable_reason,
    invalid_variable_reason,
    refresh_token_variable,
)
from pytest_spotify.cli.doctor.diagnosis import Diagnosis, Status

TOKEN_STORE_STEP = "make the token store usable, as its line says"


def variables(
    environ: Mapping[str, str], profile: str, *, stored: bool | None, login: str
) -> Iterator[Diagnosis]:
    """Yield a check for each variable; their values are not shown.

    `stored` is true if the user has a token, None if the store cannot be read; `login` is the command
    that gets one.
    """
    token = refresh_token_variable(profile)
    no_id = not environ.get(variable_in_use(environ, "SPOTIFY_CLIENT_ID"))
    yield from _app_variables(environ, no_id=no_id)
    unset: dict[bool | None, tuple[Status, str, str]] = {
        True: ("green", "is not set; the stored sign-in serves.", ""),
        False: ("red", "is not set, and nobody has signed in.", login),
        None: ("amber", "is not set; whether anybody has signed in is not known.", TOKEN_STORE_STEP),
    }
    status, message, step = unset[stored]
    yield _variable(environ, token, status, message, step, because="token store" if stored is None else "")
    if environ.get(token):
        step = f"set {token}_DATE to the day of the sign-in"
        yield _variable(
            environ, f"{token}_DATE", "amber", "is not set: when the sign-in ends is not known.", step
        )
    else:
        yield _variable(
            environ, f"{token}_DATE", "green", "is not set; it belongs to the variable before it."
        )
    yield _variable(environ, "SPOTIFY_REDIRECT_URI", "green", f"is not set; {DEFAULT_REDIRECT_URI} serves.")
    yield _variable(environ, "SPOTIFY_ACCESS", "green", "is not set; runs take the app for `development`.")


def _app_variables(environ: Mapping[str, str], *, no_id: bool) -> Iterator[Diagnosis]:
    """Yield the checks of id and secret: where neither is set, they are one step."""
    both = no_id and not environ.get(variable_in_use(environ, "SPOTIFY_CLIENT_SECRET"))
    names = "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET" if both else "SPOTIFY_CLIENT_ID"
    env_file = unread_env_file(environ)
    step = f"set {names} from your app's settings: {DASHBOARD}"
    secret_step = f"set SPOTIFY_CLIENT_SECRET, unless your app is a public client: {DASHBOARD}"
    message = f"is not set. {env_file}".strip()
    yield _variable(environ, "SPOTIFY_CLIENT_ID", "red", message, step)
    yield _variable(
        environ,
        "SPOTIFY_CLIENT_SECRET",
        "amber",
        "is not set, so there is no token of the app's own.",
        step if both else secret_step,
        because="SPOTIFY_CLIENT_ID" if both else "",
    )


def _variable(
    environ: Mapping[str, str], name: str, status: Status, message: str, step: str = "", *, because: str = ""
) -> Diagnosis:
    """Return the check of a variable; status, message and step are those of one that is not set."""
    used = variable_in_use(environ, name)
    value = environ.get(used, "")
    if not value:
        return Diagnosis(name=name, status=status, message=f"{name} {message}", next=step, because=because)
    if fault := _fault(used, value):
        again = f"set {used} again; its value is not shown here"
        return Diagnosis(name=name, status="red", message=f"{used} {fault}.", next=again)
    if used != name:
        return Diagnosis(name=name, status="green", message=f"{name} is not set; {used} is, and serves.")
    return Diagnosis(name=name, status="green", message=f"{name} is set and well-formed.")


def valid_variables(environ: Mapping[str, str], profile: str) -> dict[str, str]:
    """Return the variables without those malformed ones that credentials cannot be made with."""
    token = refresh_token_variable(profile)
    names = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", token, f"{token}_DATE")
    used = [variable_in_use(environ, name) for name in names]
    bad = {name for name in used if environ.get(name) and _fault(name, environ[name])}
    return {name: value for name, value in environ.items() if name not in bad}


def _fault(name: str, value: str) -> str:
    if name != "SPOTIFY_ACCESS":
        return invalid_variable_reason(name, value) or implausible_variable_reason(name, value)
    try:
        parse_access(value)
    except ValueError as error:
        return f"names {error}"
    return ""
