"""Orders to the sandbox over HTTP, under `/sandbox`, for clients in other languages; off unless asked for.

Each order is a method of `Sandbox`, its arguments the members of a JSON object. The content type must say
JSON: a page of another origin cannot send that without a preflight, and gets none here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PREFIX = "/sandbox"

# Which arguments each order has and of what type they are; those with a star must be there.
_ORDERS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "arrange": {"*needs": list, "user": str},
    "drift": {"*operation": str, "*patch": list},
    "expire-refresh-tokens": {},
    "expire-tokens": {},
    "fail-next": {"*status": int, "headers": dict, "body": object, "times": int},
    "reset": {},
    "revoke-refresh-tokens": {},
    "slow-next": {"*seconds": (int, float), "times": int},
}


def answer(request: Request, body: bytes, execute: Callable[[str, dict[str, Any]], None]) -> Response:
    """Carry out one order, 204; a refusal says what is wrong with it."""
    name = request.url.path.removeprefix(PREFIX).strip("/")
    if name not in _ORDERS:
        return _refusal(404, f"unknown order {name!r}; there are {', '.join(_ORDERS)}")
    if request.method != "POST":
        return _refusal(405, "orders are sent by POST", {"Allow": "POST"})
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _refusal(415, "the content type must be application/json")
    try:
        execute(name.replace("-", "_"), _arguments(name, body))
    except ValueError as wrong:
        return _refusal(400, str(wrong))
    return Response(status_code=204)


def _arguments(name: str, body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}")
        json.dumps(given, ensure_ascii=False).encode()  # half a surrogate pair could not be answered with
    except (ValueError, RecursionError):
        raise ValueError("the body is no JSON") from None
    if not isinstance(given, dict):
        raise ValueError("the body must be a JSON object")
    kinds = {key.removeprefix("*"): kind for key, kind in _ORDERS[name].items()}
    if unknown := sorted(set(given) - set(kinds)):
        raise ValueError(f"{name} has no {', '.join(unknown)}; it has {', '.join(kinds) or 'no arguments'}")
    for key in _ORDERS[name]:
        if key.startswith("*") and key[1:] not in given:
            raise ValueError(f"{name} needs {key[1:]}")
    for key, value in given.items():
        if not isinstance(value, kinds[key]) or (isinstance(value, bool) and kinds[key] is not object):
            raise ValueError(f"{key} has a value of the wrong type")
    return given


def _refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status, headers)
