"""Interception of httpcore, and so of httpx: at the pool of connections, below whatever mocks and caches do.

VCR.py's stub is at httpx's transports, where it would take the place of a test's own mock.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.messages import header_fields, reason_phrase


@contextmanager
def patched_httpcore(
    handler: Callable[[Request], Response], is_spotify_url: Callable[[str], bool]
) -> Iterator[None]:
    """Call `handler` for the requests to Spotify that httpcore is to send, where it is installed."""
    from unittest.mock import patch

    try:
        import httpcore  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        yield
        return
    with ExitStack() as stack:
        for owner, name, wrap in (
            (httpcore.ConnectionPool, "handle_request", _handle_request),
            (httpcore.HTTPConnection, "handle_request", _handle_request),
            (httpcore.AsyncConnectionPool, "handle_async_request", _handle_async_request),
            (httpcore.AsyncHTTPConnection, "handle_async_request", _handle_async_request),
        ):
            method = wrap(httpcore, getattr(owner, name), handler, is_spotify_url)
            stack.enter_context(patch.object(owner, name, method))
        yield


def _handle_request(
    httpcore: Any, send: Any, handler: Callable[[Request], Response], is_spotify_url: Callable[[str], bool]
) -> Callable[..., Any]:
    @functools.wraps(send)
    def handle_request(self: Any, request: Any) -> Any:
        __tracebackhide__ = True
        if not is_spotify_url(_url(request)):
            return send(self, request)
        return _to_httpcore(httpcore, handler(_from_httpcore(request, b"".join(request.stream))))

    return handle_request


def _handle_async_request(
    httpcore: Any, send: Any, handler: Callable[[Request], Response], is_spotify_url: Callable[[str], bool]
) -> Callable[..., Any]:
    @functools.wraps(send)
    async def handle_async_request(self: Any, request: Any) -> Any:
        __tracebackhide__ = True
        if not is_spotify_url(_url(request)):
            return await send(self, request)
        body = b"".join([part async for part in request.stream])
        return _to_httpcore(httpcore, handler(_from_httpcore(request, body)))

    return handle_async_request


def _url(request: Any) -> str:
    return bytes(request.url).decode("ascii", "replace")


def _from_httpcore(request: Any, body: bytes) -> Request:
    return Request(
        method=request.method.decode("ascii"),
        url=_url(request),
        headers=Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers),
        body=body,
    )


def _to_httpcore(httpcore: Any, response: Response) -> Any:
    return httpcore.Response(
        response.status,
        headers=[
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in header_fields(response)
        ],
        content=response.body,
        extensions={
            "http_version": b"HTTP/1.1",
            "reason_phrase": reason_phrase(response.status).encode("ascii"),
        },
    )
