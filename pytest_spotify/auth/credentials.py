"""What the environment says about the app and its user. Knows the errors and secrets, and sends nothing.

A malformed value is named by its variable and its fault, never shown: a newline in a secret otherwise
comes back in the message of whoever refuses the header.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from pytest_spotify.auth.secret import Secret
from pytest_spotify.errors import MissingCredentials

DEFAULT_REDIRECT_URI = "http://127.0.0.1:8888/callback"

Purpose = Literal["user", "app", "login"]
"""What credentials are wanted for: a user's token, an app's own token, or a sign-in in the browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """An app of Spotify's dashboard and, where there is one, its user's refresh token.

    `client_id` is empty where none is set. `signed_in` is the day of the user's consent, from which
    Spotify counts six months (blog 2026-06-18-refresh-token-expiration).
    """

    client_id: str = ""
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    redirect_uri: str = DEFAULT_REDIRECT_URI
    signed_in: date | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Credentials:
        """Read `SPOTIFY_*`; an empty variable counts as not set, as CI systems empty absent secrets."""
        client_id = _token_text(environ, "SPOTIFY_CLIENT_ID")
        if ":" in client_id:
            raise _malformed("SPOTIFY_CLIENT_ID", "holds a colon; id and secret are two variables")
        secret = _token_text(environ, "SPOTIFY_CLIENT_SECRET")
        refresh_token = _token_text(environ, "SPOTIFY_REFRESH_TOKEN")
        return cls(
            client_id=client_id,
            client_secret=Secret(secret) if secret else None,
            refresh_token=Secret(refresh_token) if refresh_token else None,
            redirect_uri=environ.get("SPOTIFY_REDIRECT_URI") or DEFAULT_REDIRECT_URI,
            signed_in=_date(environ, "SPOTIFY_REFRESH_TOKEN_DATE"),
        )

    def missing(self, purpose: Purpose, *, signed_in: bool = False) -> tuple[str, ...]:
        """Name the variables that a purpose needs and that are not set.

        `signed_in` says that the token store holds a sign-in, so that no refresh token is needed.
        """
        absent = [] if self.client_id else ["SPOTIFY_CLIENT_ID"]
        if purpose == "app" and self.client_secret is None:
            absent.append("SPOTIFY_CLIENT_SECRET")
        if purpose == "user" and self.refresh_token is None and not signed_in:
            absent.append("SPOTIFY_REFRESH_TOKEN")
        return tuple(absent)

    def demand(self, purpose: Purpose, *, signed_in: bool = False) -> None:
        """Raise `MissingCredentials`, with the next command, where something that is needed is not set."""
        absent = self.missing(purpose, signed_in=signed_in)
        if not absent:
            return
        names = " and ".join(absent)
        are = "is" if len(absent) == 1 else "are"
        raise MissingCredentials(f"{_WANTED[purpose]}: {names} {are} not set or empty. {_next_step(absent)}")


def check_redirect_uri(uri: str) -> None:
    """Raise where Spotify would refuse a redirect URI; sign-in calls it, other runs need no such URI.

    Spotify's rules (documentation/web-api/concepts/redirect_uri): https, or http on `127.0.0.1` or
    `[::1]`; never `localhost`. Schemes of an app's own are allowed. RFC 6749 section 3.1.2: no fragment.
    """
    name = "SPOTIFY_REDIRECT_URI"
    if fault := _character_fault(uri):
        raise _malformed(name, fault)
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not parts.scheme or (parts.scheme in ("http", "https") and not host) or port == 0:
        raise _malformed(name, f"is no absolute URL with a host, such as {DEFAULT_REDIRECT_URI}")
    if "#" in uri:
        raise _malformed(name, "has a fragment, which RFC 6749 section 3.1.2 forbids")
    if "@" in parts.netloc:
        raise _malformed(name, "has a user name in it")
    if host == "localhost" or host.endswith(".localhost"):
        raise _malformed(name, "names localhost, which Spotify refuses; use http://127.0.0.1 in its place")
    if parts.scheme == "http" and host not in ("127.0.0.1", "::1"):
        raise _malformed(name, "is http; Spotify allows https, or http on 127.0.0.1 or [::1] only")


_WANTED: Mapping[Purpose, str] = {
    "user": "A user's token is needed",
    "app": "An app's own token (client credentials) is needed",
    "login": "Signing in is not possible",
}

# RFC 6750 section 2.1 (b64token), which also covers Spotify's hexadecimal ids and secrets; the colon is let
# through here so that "id:secret" in one variable gets a message of its own.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/:=-]+")


def _token_text(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        return ""
    if fault := _character_fault(value):
        raise _malformed(name, fault)
    if not _TOKEN.fullmatch(value):
        raise _malformed(name, "holds a character that no Spotify id, secret or token has")
    if value.startswith(("http:", "https:", "spotify:")):
        raise _malformed(name, "is a URL or URI, where an id, secret or token belongs")
    return value


def _date(environ: Mapping[str, str], name: str) -> date | None:
    value = environ.get(name, "")
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise _malformed(name, "is no date of the form 2026-06-18 (ISO 8601)")
    try:
        return date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None:
        raise _malformed(name, "is a day that the calendar does not have")
    return day


def _character_fault(value: str) -> str:
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


def _next_step(absent: tuple[str, ...]) -> str:
    if absent == ("SPOTIFY_REFRESH_TOKEN",):
        return "Sign in with `pytest-spotify login`, which also prints the line for CI."
    dashboard = "Id and secret stand in https://developer.spotify.com/dashboard"
    if "SPOTIFY_REFRESH_TOKEN" in absent:
        return f"{dashboard}; with them set, sign in with `pytest-spotify login`."
    return f"{dashboard}; `pytest-spotify doctor` says what is set."
