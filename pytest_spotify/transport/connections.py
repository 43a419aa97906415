"""urllib3 connections that VCR.py has not replaced, and on which every wait counts towards one deadline.

A read time-out alone starts anew with each byte: a peer that drips would hold a caller for hours. Here the
socket's time-out before each read is what is left of the whole, in the header section as in the body.

Proxies and certificates of the environment are looked up here and not by an HTTP library, because `.netrc`
would then replace our Authorization field (psf/requests#3929).
"""

from __future__ import annotations

import io
import os
import queue
import re
import socket
import ssl
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # typeshed lacks it

import certifi
import urllib3
import urllib3.connection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util import make_headers

from pytest_spotify.clock import Clock
from pytest_spotify.errors import SpotifyTestError

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection as _HTTPConnection
    from urllib3.connection import HTTPSConnection as _HTTPSConnection
else:
    # VCR.py's stand-ins, where a cassette is open while this module is imported, know what they replaced.
    _HTTPConnection, _HTTPSConnection = (
        getattr(cls, "_baseclass", cls)
        for cls in (urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection)
    )


class Deadline:
    """The end of one request's time, and whether its connection is still being made."""

    __slots__ = ("_clock", "_end", "connecting", "total")

    def __init__(self, clock: Clock, total: float) -> None:
        self._clock = clock
        self._end = clock.monotonic() + total
        self.total = total
        self.connecting = False

    def remaining(self) -> float:
        """Return the seconds left, below zero when there are none."""
        return self._end - self._clock.monotonic()


def proxy_for(url: str, proxies: Mapping[str, str]) -> str:
    """Return the URL of the proxy for a request, or an empty text for a direct connection.

    `proxies` is what `urllib.request.getproxies_environment` returned. Plain http is spoken to the own
    machine only and needs no proxy: a token would cross the network in clear text on its way there.
    """
    parts = urlsplit(url)
    scheme = next((scheme for scheme in ("https", "all") if scheme in proxies), "")
    if parts.scheme != "https" or not scheme or proxy_bypass_environment(parts.hostname or "", dict(proxies)):
        return ""
    proxy = proxies[scheme] if "://" in proxies[scheme] else f"http://{proxies[scheme]}"
    if not _is_usable(proxy):
        raise SpotifyTestError(
            f"{scheme}_proxy (or {scheme.upper()}_PROXY): expected http://HOST:PORT or https://HOST:PORT "
            "(the value is not shown). Fix or unset it."
        )
    return proxy


def certificates() -> ssl.SSLContext:
    """Return a context that verifies servers against the bundle the environment names, or certifi's.

    Nothing switches the verification off.
    """
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if path := os.environ.get(name):
            return _context(name, path)
    return ssl.create_default_context(cafile=certifi.where())


def _context(name: str, path: str) -> ssl.SSLContext:
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        fault = error.strerror or "no certificates in it"
    raise SpotifyTestError(f"{name}={path}: expected a file of CA certificates (PEM), found: {fault}.")


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return bool(parts.hostname) and parts.port != 0 and bool(re.fullmatch(r"https?://[!-~]+", proxy))
    except ValueError:
        return False


def connections(proxy: str, context: ssl.SSLContext | None) -> urllib3.PoolManager:
    """Return a pool of connections, direct or by a proxy; https needs a context, which verifies servers."""
    keywords: dict[str, Any] = {"num_pools": 4, "maxsize": 8}
    if context is not None:
        keywords["ssl_context"] = context
    if proxy:
        parts = urlsplit(proxy)
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        manager: urllib3.PoolManager = urllib3.ProxyManager(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            proxy_headers=make_headers(proxy_basic_auth=login),
            proxy_ssl_context=context,
            **keywords,
        )
    else:
        manager = urllib3.PoolManager(**keywords)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


@contextmanager
def apply_deadline(deadline: Deadline) -> Iterator[None]:
    """Apply a deadline to the connections that this thread uses meanwhile."""
    mark = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(mark)


_deadline: ContextVar[Deadline] = ContextVar("deadline")


class _DeadlineReader(io.RawIOBase):
    """A reader of a socket whose time-out before each read is at most what the deadline leaves."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._timeout = sock.gettimeout()
        # The unbuffered file keeps the descriptor open after http.client has closed the socket object.
        self._file = sock.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        remaining = self._deadline.remaining()
        if remaining <= 0:
            raise TimeoutError("deadline")
        self._sock.settimeout(remaining if self._timeout is None else min(self._timeout, remaining))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _LineReader(io.BufferedReader):
    """A reader that raises IncompleteRead if the connection ends inside the header section.

    http.client would take that for the end of the section.
    """

    in_header = False

    def readline(self, size: int | None = -1) -> bytes:
        line = super().readline(size)
        limit = len(line) + 1 if size is None or size < 0 else size
        if self.in_header and not line.endswith(b"\n") and len(line) < limit:
            raise IncompleteRead(b"")
        return line


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **keywords: Any) -> None:
        super().__init__(sock, *arguments, **keywords)
        self.fp.close()
        self._lines = self.fp = _LineReader(_DeadlineReader(sock, _deadline.get()))

    def begin(self) -> None:
        self._lines.in_header = True
        super().begin()
        self._lines.in_header = False


class _ConnectTracking:
    """A connection that notes in the deadline while it is being made: until it is, nothing was sent."""

    response_class: type[HTTPResponse] = _DeadlineResponse
    # Somebody's debug level on http.client would print our Authorization field.
    debuglevel = 0

    def connect(self) -> None:
        deadline = _deadline.get()
        deadline.connecting = True
        super().connect()  # type: ignore[misc]
        deadline.connecting = False


class _Connection(_ConnectTracking, _HTTPConnection):
    pass


class _SecureConnection(_ConnectTracking, _HTTPSConnection):
    pass


class _Stack:
    """The idle connections of a pool, as the part of `queue.LifoQueue` that urllib3 needs, without a lock.

    An interrupt may leave a queue locked, and urllib3's finalizer of the pool, which runs while garbage is
    collected, would wait for ever. `append` and `pop` of a deque are atomic.
    """

    def __init__(self, maxsize: int = 0) -> None:
        self._maxsize, self._items = maxsize, deque[Any]()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002
        if 0 < self._maxsize <= len(self._items):
            raise queue.Full
        self._items.append(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002
        try:
            return self._items.pop()
        except IndexError:
            raise queue.Empty from None

    def qsize(self) -> int:
        return len(self._items)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection
    QueueCls = _Stack  # type: ignore[assignment]


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
    QueueCls = _Stack  # type: ignore[assignment]
