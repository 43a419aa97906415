"""The first step of a sign-in: what the browser is sent to, and the values that tie its answer to us.

Makes values only: it opens no browser, listens nowhere and sends nothing.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from urllib.parse import urlencode

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
