"""The credentials of the app and its user, from variables of the environment.

A malformed value is never shown, only its variable and what is wrong with it: an HTTP library that refuses a
newline in a header field would show the secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlsplit

from pytest_spotify.access import TokenKind
from pytest_spotify.auth import unread_env_file, variable_in_use
from pytest_spotify.errors import MissingCredentials
from pytest_spotify.redaction import Secret

DEFAULT_REDIRECT_URI = "http://127.0.0.1:8888/callback"
DEFAULT_PROFILE = "default"
DASHBOARD = "https://developer.spotify.com/dashboard"
"""The page of a developer's apps, their ids and their secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An app of Spotify's dashboard and, if there is one, its user's refresh token.

    `client_id` is empty if none is set. `signed_in` is the day of the user's consent, from which
    Spotify counts six months (blog 2026-06-18-refresh-token-expiration). `profile` tells the app's users
    apart. `notice` says what the environment has and these credentials were not read from.
    """

    client_id: str = ""
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    redirect_uri: str = DEFAULT_REDIRECT_URI
    signed_in: date | None = None
    profile: str = DEFAULT_PROFILE
    notice: str = field(default="", compare=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], profile: str = DEFAULT_PROFILE) -> Credentials:
        """Read `SPOTIFY_*`, and spotipy's variables for those that are not set.

        An empty variable counts as not set, as CI systems empty absent secrets.
        """
        token_variable = refresh_token_variable(profile)
        secret = _value(environ, "SPOTIFY_CLIENT_SECRET")
        refresh_token = _value(environ, token_variable)
        day = _value(environ, f"{token_variable}_DATE")
        return cls(
            client_id=_value(environ, "SPOTIFY_CLIENT_ID"),
            client_secret=Secret(secret) if secret else None,
            refresh_token=Secret(refresh_token) if refresh_token else None,
            redirect_uri=environ.get(variable_in_use(environ, "SPOTIFY_REDIRECT_URI"))
            or DEFAULT_REDIRECT_URI,
            signed_in=date.fromisoformat(day) if day else None,
            profile=profile,
            notice=unread_env_file(environ),
        )

    def missing(self, token_kind: TokenKind | None = None, *, stored: bool = False) -> tuple[str, ...]:
        """Return the variables that a kind of token, or without one a sign-in, needs and that are not set.

        With `stored`, the token store holds a sign-in, and no refresh token is needed.
        """
        absent = [] if self.client_id else ["SPOTIFY_CLIENT_ID"]
        if token_kind == "app" and self.client_secret is None:
            absent.append("SPOTIFY_CLIENT_SECRET")
        if token_kind == "user" and self.refresh_token is None and not stored:
            absent.append(refresh_token_variable(self.profile))
        return tuple(absent)

    def require(self, token_kind: TokenKind | None = None, *, stored: bool = False) -> None:
        """Raise MissingCredentials, with the next command, if something that is needed is not set."""
        absent = self.missing(token_kind, stored=stored)
        if not absent:
            return
        names = " and ".join(absent)
        are = "is" if len(absent) == 1 else "are"
        step = _next_step(absent, login_command(self.profile))
        notice = f" {self.notice}" if self.notice else ""
        raise MissingCredentials(f"{_WANTED[token_kind]}: {names} {are} not set or empty. {step}{notice}")


def refresh_token_variable(profile: str = DEFAULT_PROFILE) -> str:
    """Return the variable of a profile's refresh token: `SPOTIFY_REFRESH_TOKEN_FRIEND` for `friend`."""
    if profile == DEFAULT_PROFILE:
        return "SPOTIFY_REFRESH_TOKEN"
    # A profile "date" would share its variable with the default profile's day.
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", profile) or profile.endswith("date"):
        raise MissingCredentials(
            "--profile: expected lower-case letters, digits and single hyphens, such as `friend`, and no "
            "name that ends in `date`."
        )
    return f"SPOTIFY_REFRESH_TOKEN_{profile.upper().replace('-', '_')}"


def login_command(profile: str = DEFAULT_PROFILE) -> str:
    """Return the command that signs a profile in."""
    return "pytest-spotify login" + ("" if profile == DEFAULT_PROFILE else f" --profile {profile}")


def invalid_variable_reason(name: str, value: str) -> str:
    """Return what is wrong with a variable's value, without the value, or an empty text."""
    if name.endswith("_DATE"):
        return _date_problem(value)
    if name.endswith("_REDIRECT_URI"):
        return _redirect_uri_problem(value)
    if fault := _character_problem(value):
        return fault
    if not _TOKEN.fullmatch(value):
        return "holds a character that no Spotify id, secret or token has"
    if value.startswith(("http:", "https:", "spotify:")):
        return "is a URL or URI, where an id, secret or token belongs"
    if name.endswith("_CLIENT_ID") and ":" in value:
        return "holds a colon; id and secret are two variables"
    return ""


def implausible_variable_reason(name: str, value: str) -> str:
    """Return why a well-formed value is not one of Spotify's, without the value, or an empty text.

    Spotify's ids and secrets are 32 hexadecimal digits (documentation/web-api/concepts/apps). That is what
    they look like and no promise, so only `doctor` says it, and nothing is refused for it.
    """
    if name.endswith(("_CLIENT_ID", "_CLIENT_SECRET")) and not re.fullmatch("[0-9a-fA-F]{32}", value):
        return f"has {len(value)} characters; Spotify's have 32, all of them hexadecimal digits (0-9, a-f)"
    return ""


def check_redirect_uri(uri: str, variable: str = "SPOTIFY_REDIRECT_URI") -> None:
    """Raise MissingCredentials if Spotify would refuse a redirect URI. Only a sign-in needs one."""
    if fault := _redirect_uri_problem(uri):
        raise _malformed(variable, fault)


_WANTED: Mapping[TokenKind | None, str] = {
    "user": "A user's token is needed",
    "app": "An app's own token (client credentials) is needed",
    None: "Signing in is not possible",
}

# RFC 6750 section 2.1 (b64token), which also covers Spotify's hexadecimal ids and secrets; the colon is let
# through here so that "id:secret" in one variable gets a message of its own.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/:=-]+")


def _value(environ: Mapping[str, str], name: str) -> str:
    variable = variable_in_use(environ, name)
    value = environ.get(variable, "")
    if value and (fault := invalid_variable_reason(variable, value)):
        raise _malformed(variable, fault)
    return value


def _redirect_uri_problem(uri: str) -> str:
    """Return how a redirect URI breaks Spotify's rules (documentation/web-api/concepts/redirect_uri).

    https, or http on `127.0.0.1` or `[::1]`; never `localhost`. Schemes of an app's own are allowed.
    RFC 6749 section 3.1.2: no fragment.
    """
    if fault := _character_problem(uri):
        return fault
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not parts.scheme or (parts.scheme in ("http", "https") and not host) or port == 0:
        return f"is no absolute URL with a host, such as {DEFAULT_REDIRECT_URI}"
    if "#" in uri:
        return "has a fragment, which RFC 6749 section 3.1.2 forbids"
    if "@" in parts.netloc:
        return "has a user name in it"
    if host == "localhost" or host.endswith(".localhost"):
        return "names localhost, which Spotify refuses; use http://127.0.0.1 in its place"
    if parts.scheme == "http" and host not in ("127.0.0.1", "::1"):
        return "is http; Spotify allows https, or http on 127.0.0.1 or [::1] only"
    return ""


def _date_problem(value: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return "is not an ISO 8601 date such as 2026-06-18"
    try:
        date.fromisoformat(value)
    except ValueError:
        return "is a day that the calendar does not have"
    return ""


def _character_problem(value: str) -> str:
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in value):
        return "holds a control character, such as a line break; was it pasted with its end of line?"
    if any(character.isspace() for character in value):
        return "holds a blank"
    if any(character in "\"'`\u2018\u2019\u201c\u201d" for character in value):
        return "holds a quotation mark; the shell's own quotes do not belong to the value"
    if not value.isascii():
        return "holds a character outside ASCII"
    return ""


def _malformed(name: str, fault: str) -> MissingCredentials:
    return MissingCredentials(f"{name} {fault}. Set it again; its value is not shown here.")


def _next_step(absent: tuple[str, ...], login: str) -> str:
    token = next((name for name in absent if name.startswith("SPOTIFY_REFRESH_TOKEN")), None)
    if absent == (token,):
        return f"Sign in with `{login}`; with --print-env it also prints the line for CI."
    dashboard = f"Id and secret stand in {DASHBOARD}"
    if token:
        return f"{dashboard}; with them set, sign in with `{login}`."
    return f"{dashboard}; `pytest-spotify doctor` says what is set."
