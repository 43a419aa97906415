"""Cross-origin requests: what a browser app is told before and with every answer (WHATWG Fetch, CORS).

The headers are those that the Web API was seen to send from 2024 to 2026 (Yooooomi/your_spotify#426, and
answers that other projects published). What the accounts service sends is not known to the letter; that
browser apps can use its token endpoint is (code with PKCE).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": (
        "Accept, App-Platform, Authorization, Content-Type, Origin, Retry-After, Spotify-App-Version, "
        "X-Cloud-Trace-Context, client-token, content-access-token"
    ),
    "access-control-allow-methods": "GET, POST, OPTIONS, PUT, DELETE, PATCH",
    "access-control-allow-credentials": "true",
    "access-control-max-age": "604800",
}


def is_preflight(request: Request) -> bool:
    """Return True if a browser asks what it may send; any other OPTIONS is a method like any other."""
    return (
        request.method == "OPTIONS"
        and "origin" in request.headers
        and "access-control-request-method" in request.headers
    )


def allow(response: Response) -> Response:
    """Let pages of every origin read an answer."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
