"""Who may pass: token first, then what the access has lost, then scopes. Parameters come after.

The texts are those of the Web API since 2026-09: the body of a 401 is the same in every case, and only
`WWW-Authenticate` tells the cases apart (RFC 6750 section 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_spotify.access import Access
from pytest_spotify.sandbox.call import ApiError
from pytest_spotify.sandbox.grants import AccessToken, Grants
from pytest_spotify.sandbox.operations import Operation

# GET /me/apps and /me/chapters were answered so on 2026-08-26; other unknown routes with an empty 404.
_GONE = frozenset({"/me/apps", "/me/chapters"})
_EMPTY_404 = frozenset({"get-recommendations", "get-recommendation-genres"})
_NO_MESSAGE = frozenset({"get-several-audio-features", "get-audio-features", "get-audio-analysis"})


def check_token(grants: Grants, authorization: str | None) -> AccessToken:
    """Return what the bearer token stands for; 401 without a good one, 400 for any other scheme."""
    if authorization is None:
        raise _unauthorized("missing_token", "No token provided")
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise ApiError(400, "Only valid bearer authentication supported")
    token = grants.find(value.strip())
    if token is None:
        raise _unauthorized("invalid_token", "Invalid access token")
    if token.expired:
        raise _unauthorized("invalid_token", "The access token expired")
    return token


def unknown_route(path: str, methods: Sequence[str]) -> ApiError:
    """Return how a path without an operation is refused: a wrong method, a route that was, or never was.

    A 405 says which methods there are (RFC 9110, section 15.5.6); whether Spotify's does is not known.
    """
    if methods:
        return ApiError(405, empty=True, headers={"Allow": ", ".join(methods)})
    if path in _GONE:
        return ApiError(410, "")
    return ApiError(404, empty=True)


def check_access(operation: Operation, access: Access) -> None:
    """Refuse what Spotify closed for apps of this access, as it refuses it."""
    if access not in operation.removed:
        return
    if operation.name in _EMPTY_404:
        raise ApiError(404, empty=True)
    raise ApiError(403, None if operation.name in _NO_MESSAGE else "Forbidden")


def check_scope(operation: Operation, token: AccessToken) -> None:
    """Refuse an app token where a user is needed, and a user token without the scopes."""
    if token.user is None:
        if operation.user:
            raise ApiError(403, "This request requires user authentication.")
        return
    if not operation.all_of <= token.scope:
        raise insufficient_scope()
    if operation.any_of and not operation.any_of & token.scope:
        raise insufficient_scope()


def insufficient_scope() -> ApiError:
    """Return the refusal of a token without the scope that this takes."""
    return ApiError(403, "Insufficient client scope")


def _unauthorized(error: str, description: str) -> ApiError:
    return ApiError(
        401,
        "Missing/invalid/expired access token",
        headers={
            "WWW-Authenticate": f'Bearer realm="spotify", error="{error}", error_description="{description}"'
        },
    )
