"""The authorization request and its response (RFC 6749 sections 4.1.1 and 4.1.2, RFC 7636).

Values only: nothing here opens a browser, listens or sends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from pytest_spotify.redaction.secret import Secret


def new_verifier() -> Secret:
    """Return a PKCE code verifier of 86 characters, 512 bits of chance (RFC 7636 section 4.1)."""
    return Secret(secrets.token_urlsafe(64))


def challenge(verifier: Secret) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def new_state() -> Secret:
    """Return a `state` of 256 bits, for one sign-in (RFC 6749 section 10.12)."""
    return Secret(secrets.token_urlsafe(32))


def authorize_url(
    accounts_url: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: Secret,
    verifier: Secret,
    show_dialog: bool = False,
) -> str:
    """Return the URL at which the user consents (RFC 6749 section 4.1.1, RFC 7636 section 4.3).

    PKCE always, also beside a client secret (RFC 9700 section 2.1.1). The result holds the state: it is
    for the user's browser, and for no log.
    """
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state.reveal(),
        "scope": " ".join(sorted(set(scopes))),
        "code_challenge_method": "S256",
        "code_challenge": challenge(verifier),
    }
    if show_dialog:
        query["show_dialog"] = "true"
    return f"{accounts_url}/authorize?{urlencode(query)}"


_LONGEST = 8192
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationResponse:
    """A code to exchange or, without one, the error that the accounts service names."""

    code: Secret | None = None
    error: str = ""


def parse_redirect(query: str, state: Secret) -> AuthorizationResponse | None:
    """Return the response in a query, or None if it is not for the sign-in of this `state`.

    RFC 6749 section 4.1.2; the state is compared first and in constant time (section 10.12). A query
    with a parameter twice is refused (section 3.1); an unknown parameter is ignored.
    """
    if len(query) > _LONGEST:
        return None
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    names = [name for name, _ in fields]
    if any(names.count(name) > 1 for name in ("state", "code", "error")):
        return None
    values = dict(fields)
    if not hmac.compare_digest(values.get("state", "").encode("utf-8", "replace"), state.reveal().encode()):
        return None
    code, error = values.get("code", ""), values.get("error", "")
    if re.fullmatch(r"[\x21-\x7e]+", code) and "error" not in values:
        return AuthorizationResponse(code=Secret(code))
    if "code" in values or "error" not in values:
        return None
    # The error is shown in the terminal, so only one that looks like those of section 4.1.2.1 keeps its name.
    return AuthorizationResponse(
        error=error if re.fullmatch(r"[a-z_]{1,40}", error) else "an error without a usable name"
    )


def query_from_url(address: str, redirect_uri: str) -> str | None:
    """Return the query of a pasted address, or None if that is not below the redirect URI."""
    try:
        given, expected = urlsplit(address), urlsplit(redirect_uri)
    except ValueError:
        return None
    # A server of the user's own may add or drop the slash of an empty path.
    same = (given.scheme, given.netloc.lower(), given.path or "/")
    if same != (expected.scheme, expected.netloc.lower(), expected.path or "/"):
        return None
    # Spotify appends its answer to a query that the redirect URI may have.
    return given.query
