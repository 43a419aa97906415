"""Responses as clients read them from a connection: in bytes, and as objects of `http.client` and urllib3."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from http import HTTPStatus
from io import BytesIO
from typing import Any

from pytest_spotify.exchange import Response


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
