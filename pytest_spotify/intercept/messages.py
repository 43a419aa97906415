"""Responses as clients read them from a connection: in bytes, and as objects of their libraries.

httpcore, and so httpx, is intercepted at the pool of connections, below whatever mocks and caches do: VCR.py
would do so at httpx's transports, in the place of a test's own mock.
"""

from __future__ import annotations

import functools
import http.client
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any

from pytest_spotify.exchange import Headers, Request, Response


def header_fields(response: Response) -> Iterator[tuple[str, str]]:
    """Yield the header fields of a response whose body is neither encoded nor chunked any more."""
    for name, value in response.headers:
        key = name.lower()
        if key in ("content-encoding", "transfer-encoding"):
            continue
        yield name, str(len(response.body)) if key == "content-length" and response.body else value


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status, or an empty text."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def response_bytes(status: int, fields: list[tuple[str, str]], body: bytes) -> bytes:
    """Return a message of HTTP/1.1, with the length of its body."""
    lines = [f"HTTP/1.1 {status} {reason_phrase(status)}"]
    lines += [f"{name}: {value}" for name, value in fields]
    has_length = any(name.lower() == "content-length" for name, _ in fields)
    if not has_length and status >= 200 and status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body


def http_client_response(message: bytes, method: str) -> http.client.HTTPResponse:
    """Return the response that `http.client` reads from a connection."""
    response = http.client.HTTPResponse(_Socket(message), method=method)  # type: ignore[arg-type]
    response.begin()
    return response


def urllib3_response(message: bytes, method: str, url: str) -> Any:
    """Return the response that urllib3 makes of it: caches read private parts of that."""
    import urllib3

    class Response(urllib3.HTTPResponse):
        def getheaders(self) -> Any:  # VCR.py's stub for urllib3 calls it; urllib3 3 has it no more
            return self.headers

        def release_conn(self) -> None:
            if getattr(self._connection, "_vcr_cassette_exited", False):
                self._connection = None  # VCR.py took it out of the pool, which gets its slot back
                if self._pool is not None:
                    self._pool._put_conn(None)
            super().release_conn()

    original = http_client_response(message, method)
    return Response(
        body=original,
        headers=urllib3.HTTPHeaderDict(original.msg.items()),
        status=original.status,
        version=original.version,
        version_string="HTTP/1.1",
        reason=original.reason,
        preload_content=False,
        original_response=original,
        request_method=method,
        request_url=url,
    )


class _Socket:
    """The part of a socket that `http.client` reads a response from."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def makefile(self, *_: object, **__: object) -> BytesIO:
        """Return the message as a file."""
        return BytesIO(self._message)


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
