"""The accounts service in replay, and the credentials that clients look for.

It grants dummy tokens, as often as a client asks for one. Nothing of it is ever recorded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from urllib.parse import parse_qs

from pytest_spotify.auth.token import DUMMY_TOKEN
from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import ACCOUNTS_URL, Headers, Request, Response
from pytest_spotify.plugin.state import CLIENT_VARIABLES

DUMMY_VARIABLES = dict.fromkeys(CLIENT_VARIABLES, DUMMY_TOKEN) | {
    "redirect_uri": "http://127.0.0.1:8888/callback"
}


def fake_token_response(request: Request, scopes: Iterable[str]) -> Response:
    """Return a success response to any grant that Spotify knows (RFC 6749 section 5.1).

    `scopes` are granted to a user: clients refuse a token that lacks what they asked for.
    """
    __tracebackhide__ = True
    path = request.url.partition("?")[0]
    if path != f"{ACCOUNTS_URL}/api/token" or request.method != "POST":
        raise UnrecordableTraffic(
            f"{request.method} {path}: nobody signs in while a test replays, only token requests are "
            "answered (POST /api/token): give the client a refresh token or a code of any value"
        )
    form = parse_qs(request.body.decode("utf-8", "replace"))
    kind = form.get("grant_type", [""])[0]
    # Clients that keep tokens in a file (spotipy's `.cache`) are soon rid of this one: they all take a
    # token for expired when it has a minute left.
    body: dict[str, object] = {"access_token": DUMMY_TOKEN, "token_type": "Bearer", "expires_in": 120}
    if kind != "client_credentials":
        body["scope"] = " ".join(sorted(scopes))
        # Some clients that refresh without a secret (PKCE) want a refresh token each time. It is the one
        # that they have: a dummy would take the place of somebody's sign-in in such a file.
        if kind != "refresh_token" or "Authorization" not in request.headers:
            body["refresh_token"] = form.get("refresh_token", [DUMMY_TOKEN])[0]
    return Response(
        status=200,
        headers=Headers({"Content-Type": "application/json"}),
        body=json.dumps(body).encode(),
    )
