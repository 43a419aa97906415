"""The authorization request: what a browser brings to `/authorize`, checked. Knows no web framework."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from pytest_spotify.sandbox import pages
from pytest_spotify.sandbox.client import Client, is_loopback
from pytest_spotify.sandbox.grants import SCOPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A checked authorization request."""

    redirect_uri: str
    scope: tuple[str, ...]
    state: str | None
    challenge: str | None
    show_dialog: bool


class RefusedError(Exception):
    """The request cannot be trusted so far that the browser may be sent back (RFC 6749, 4.1.2.1)."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.page = pages.refusal(message, advice)


class SentBackError(Exception):
    """The request is wrong, and the app is told so at its redirect URI."""

    def __init__(self, redirect_uri: str, error: str, state: str | None) -> None:
        super().__init__(error)
        self.location = with_query(redirect_uri, {"error": error}, state)


def read(query: Mapping[str, str], client: Client) -> Wish:
    """Return the request of a query, checked in the order that decides where a refusal is told."""
    if query.get("client_id") != client.id:
        raise RefusedError(
            "INVALID_CLIENT: Invalid client",
            f"No app has this client id. The sandbox knows one: {client.id}",
        )
    uri = query.get("redirect_uri", "")
    parts = urlsplit(uri)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise RefusedError(
            "INVALID_CLIENT: Insecure redirect URI",
            "Use https, or http with 127.0.0.1 or [::1]. The name localhost is refused.",
        )
    if not client.allows(uri):
        raise RefusedError(
            "INVALID_CLIENT: Invalid redirect URI",
            f"It must be one of these, to the letter: {', '.join(client.redirect_uris)}. "
            "Only a loopback address without a port stands for any port.",
        )
    state, scope = query.get("state"), tuple(dict.fromkeys(query.get("scope", "").split()))
    challenge = query.get("code_challenge")
    if query.get("response_type") != "code":
        raise SentBackError(uri, "unsupported_response_type", state)
    if (challenge is not None or "code_challenge_method" in query) and not (
        challenge and query.get("code_challenge_method") == "S256"
    ):
        raise SentBackError(uri, "invalid_request", state)
    if not set(scope) <= SCOPES.keys():
        raise SentBackError(uri, "invalid_scope", state)
    return Wish(
        redirect_uri=uri,
        scope=scope,
        state=state,
        challenge=challenge,
        show_dialog=query.get("show_dialog", "").lower() == "true",
    )


def with_query(uri: str, values: Mapping[str, str], state: str | None) -> str:
    """Return a redirect URI with an answer in its query, and the state that the app sent."""
    query = urlencode({**values, **({"state": state} if state is not None else {})})
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{query}"
