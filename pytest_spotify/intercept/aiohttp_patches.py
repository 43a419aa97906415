"""Interception of aiohttp at its connector, so that middlewares, traces and cookies do what they always do.

VCR.py's stub takes the place of all that. Here the connector makes a connection in memory, for one request.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.messages import header_fields, response_bytes

_LIMIT = 2**29  # bytes; a body is never kept waiting


@contextmanager
def patched_aiohttp(
    handler: Callable[[Request], Response], is_spotify_url: Callable[[str], bool]
) -> Iterator[None]:
    """Call `handler` for the requests to Spotify that aiohttp is to send, where it is loaded."""
    from unittest.mock import patch

    aiohttp = sys.modules.get("aiohttp")
    if aiohttp is None:
        yield
        return
    connector, tcp = aiohttp.BaseConnector, aiohttp.TCPConnector
    connect, create = connector.connect, tcp._create_connection

    @functools.wraps(connect)
    async def connect_anew(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if is_spotify_url(str(request.url)):
            # A connection that was made before the interception is not used again.
            for protocol, _ in self._conns.pop(request.connection_key, ()):
                protocol.close()
        return await connect(self, request, *arguments, **options)

    @functools.wraps(create)
    async def create_connection(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if not is_spotify_url(str(request.url)):
            return await create(self, request, *arguments, **options)
        return _connection_class()(asyncio.get_running_loop(), str(request.url), handler)

    with (
        patch.object(connector, "connect", connect_anew),
        patch.object(tcp, "_create_connection", create_connection),
    ):
        yield


@functools.cache
def _connection_class() -> type:
    """Return the class of connections in memory; aiohttp is imported by whoever uses it."""
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.http import HttpRequestParser

    class Connection(ResponseHandler):  # type: ignore[misc, unused-ignore]
        """The protocol of a connection in memory that takes one request."""

        def __init__(
            self, loop: asyncio.AbstractEventLoop, url: str, handler: Callable[[Request], Response]
        ) -> None:
            super().__init__(loop)
            self._url, self._handler = url.partition("#")[0], handler
            self._head: asyncio.Future[tuple[Any, Any]] = loop.create_future()
            self._request_parser = HttpRequestParser(
                self, loop, _LIMIT, max_line_size=_LIMIT, max_field_size=_LIMIT, auto_decompress=False
            )
            self._responded = self._continued = False
            self.connection_made(_Transport(self))

        @property
        def should_close(self) -> bool:
            """Return True: once its response is read it is not used again."""
            return True

        def request_received(self, data: bytes) -> None:
            """Parse a part of the request."""
            messages, _, _ = self._request_parser.feed_data(data)
            if messages:
                self._head.set_result(messages[0])

        async def read(self) -> Any:
            """Return the response, as what awaits it is on the stack of the code that sent the request."""
            if not self._responded:
                message, payload = await self._head
                if not self._continued and message.headers.get("Expect", "").lower() == "100-continue":
                    self._continued = True
                    self.data_received(b"HTTP/1.1 100 Continue\r\n\r\n")
                else:
                    self._responded = True
                    self._respond(message, await payload.read())
            return await super().read()

        def _respond(self, message: Any, body: bytes) -> None:
            headers = Headers(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message.raw_headers
            )
            request = Request(method=message.method, url=self._url, headers=headers, body=body)
            response = self._handler(request)
            content = b"" if message.method == "HEAD" else response.body
            self.data_received(response_bytes(response.status, list(header_fields(response)), content))

    return Connection


class _Transport(asyncio.Transport):
    """A transport whose peer is in this process."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self._connection, self._closing = connection, False

    def write(self, data: Any) -> None:
        """Hand a part of the request over."""
        self._connection.request_received(bytes(data))

    def close(self) -> None:
        """End the connection, once."""
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._connection.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        """Return True once it is closed."""
        return self._closing

    def pause_reading(self) -> None:
        """Do nothing: a response is there whole."""

    resume_reading = pause_reading
