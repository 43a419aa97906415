"""The HTTP client: one request to one server, with all errors in our own words.

It follows no redirect, keeps no cookie, reads no `.netrc`, repeats nothing and always verifies TLS. Its
connections are not replaced by VCR.py, so that neither a token request nor a request that the guard sends
for a user's client ever passes through an open cassette.
"""

from __future__ import annotations

import http.client
import re
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.util import Timeout

from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    InvalidRequest,
    InvalidResponse,
    ResponseTimedOut,
    SpotifyTestError,
    truncate,
)
from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.formats.content_encoding import CodingError, decode
from pytest_spotify.interrupts import interrupts_held_back
from pytest_spotify.transport.connections import (
    Deadline,
    apply_deadline,
    certificates,
    connections,
    proxy_for,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for the connection, for each wait on the peer, and for the whole exchange."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most bytes of a response as sent and decoded, and its growth when decoded beyond a megabyte."""

    wire: int = 10_000_000
    decoded: int = 20_000_000
    max_compression_ratio: int = 200


class HttpClient:
    """A client that sends requests as they are, from any thread, and returns decoded responses."""

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        caps: Caps | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._proxies = getproxies_environment()
        self._timeouts = timeouts or Timeouts()
        self._caps = caps or Caps()
        self._clock = clock or Clock()
        self._managers: dict[tuple[bool, str], urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def send(self, request: Request, *, timeouts: Timeouts | None = None) -> Response:
        """Send one request and return its whole response; raises SpotifyTestError for any failure.

        `timeouts` are for this request, else those of the client.

        Errors are raised here, outside every `except` block: the frames below hold the header fields and the
        body as they go out, which no traceback may show.
        """
        __tracebackhide__ = True
        outcome = self._attempt(request, timeouts or self._timeouts)
        if isinstance(outcome, SpotifyTestError):
            raise outcome
        return outcome

    def close(self) -> None:
        """Close all open connections."""
        with interrupts_held_back():
            for manager in self._managers.values():
                manager.clear()
            self._managers.clear()

    def _attempt(self, request: Request, timeouts: Timeouts) -> Response | SpotifyTestError:
        __tracebackhide__ = True
        where = f"{truncate(request.method, 20)} {_display_url(request.url)}"
        if fault := _invalid_request_reason(request):
            return InvalidRequest(f"{where}: the request cannot be sent: {fault}.")
        deadline = Deadline(self._clock, timeouts.total)
        try:
            with apply_deadline(deadline):
                return self._exchange(self._manager(request.url), request, where, timeouts)
        except SpotifyTestError as error:
            return error.with_traceback(None)
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            return _translate_error(where, error, deadline)

    def _exchange(
        self, manager: urllib3.PoolManager, request: Request, where: str, timeouts: Timeouts
    ) -> Response:
        __tracebackhide__ = True
        response = manager.urlopen(
            request.method,
            request.url,
            body=request.body or None,
            headers=_outgoing(request.headers),
            timeout=Timeout(connect=timeouts.connect, read=timeouts.read),
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            body = self._body(response, where)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        coded = "Content-Encoding" in response.headers
        fields = [(name, value) for name, value in response.headers.items() if not _of_transport(name, coded)]
        return Response(status=response.status, headers=Headers(fields), body=body)

    def _body(self, response: urllib3.BaseHTTPResponse, where: str) -> bytes:
        encoded = bytearray()
        while chunk := response.read(65536, decode_content=False):
            encoded += chunk
            if len(encoded) > (limit := self._caps.wire):
                raise InvalidResponse(f"{where}: expected at most {limit:,} bytes, found a longer response.")
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding not in _CODINGS:
            found = truncate(coding, 200)
            raise InvalidResponse(f"{where}: expected the content coding gzip or none, found {found}.")
        # Beyond a megabyte no JSON of Spotify's shrinks two hundredfold; a decompression bomb does.
        most = min(self._caps.decoded, max(1_000_000, self._caps.max_compression_ratio * len(encoded)))
        try:
            return decode(bytes(encoded), coding, limit=most)
        except CodingError as error:
            fault = f"the response cannot be decoded ({coding}): {error}"
        raise InvalidResponse(f"{where}: {fault}.")

    def _manager(self, url: str) -> urllib3.PoolManager:
        """Return the connections for a URL: direct, or by the proxy that the environment names for it."""
        secure = url.startswith("https:")
        proxy = proxy_for(url, self._proxies)
        with self._lock:
            if (secure, proxy) not in self._managers:
                context = certificates() if secure else None
                self._managers[secure, proxy] = connections(proxy, context)
            return self._managers[secure, proxy]


_CODINGS = frozenset(("gzip", "x-gzip", "deflate", "identity", ""))

# Fields of one hop, and those that the connection writes itself (RFC 9110 section 7.6.1). Accept-Encoding is
# among them, so that no client's own wish for br or zstd comes back in bytes that nobody here reads.
_HOP = frozenset((
    "accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
))  # fmt: skip


def _outgoing(headers: Headers) -> urllib3.HTTPHeaderDict:
    fields = urllib3.HTTPHeaderDict()
    for name, value in headers:
        if name.lower() not in _HOP:
            fields.add(name, value)
    fields["Accept-Encoding"] = "gzip"
    fields.setdefault("User-Agent", "pytest-spotify")
    return fields


def _of_transport(name: str, coded: bool) -> bool:
    """Return True if a field describes the bytes as sent, and not the decoded body."""
    gone = ("connection", "keep-alive", "transfer-encoding", "content-encoding")
    return name.lower() in gone or (coded and name.lower() == "content-length")


def _display_url(url: str) -> str:
    """Return a URL without its query, which may hold secrets."""
    return truncate(url.partition("?")[0].partition("#")[0], 200)


def _invalid_request_reason(request: Request) -> str:
    """Return why a request cannot be sent, without its values, or an empty text."""
    if not re.fullmatch(r"[A-Z]+", request.method):
        return "its method is not an upper-case word"
    if not re.fullmatch(r"https?://[\x21-\x7e]+", request.url):
        return "its URL is not absolute, or holds a character that has to be percent-encoded"
    try:
        named = bool(urlsplit(request.url).hostname) and urlsplit(request.url).port != 0
    except ValueError:
        named = False
    if not named:
        return "its URL names no usable host and port"
    for name, value in request.headers:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            return "a header field's name holds a character that RFC 9110 section 5.1 forbids"
        if not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value) or value != value.strip():
            return f"the header field {name} holds a character that RFC 9110 section 5.5 forbids"
    return ""


def _translate_error(where: str, error: Exception, deadline: Deadline) -> SpotifyTestError:
    """Return our error for a foreign exception, whose text may hold header values and is not repeated."""
    if isinstance(error, LocationValueError):
        return InvalidRequest(f"{where}: the request cannot be sent: its URL names no usable host.")
    if deadline.connecting:
        return ConnectionFailed(f"{where}: no connection: {_reason(error)}. Check address and network.")
    if deadline.remaining() <= 0:
        return ResponseTimedOut(f"{where}: the response was not complete within {deadline.total:g} s.")
    if isinstance(error, ReadTimeoutError | TimeoutError):
        fault = "the peer fell silent before the response was complete"
        return ResponseTimedOut(f"{where}: {fault}. Try again later.")
    return ConnectionLost(f"{where}: the connection broke before the response was complete. Try again later.")


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectTimeoutError) and not isinstance(error, NewConnectionError):
        return "the peer did not accept it in time"
    if isinstance(error, NameResolutionError):
        return "the host's name is not known"
    if isinstance(error, ProxyError):
        return f"the proxy refused it ({truncate(str(error.original_error).rpartition(': ')[2], 200)})"
    if isinstance(error, SSLError):
        return f"TLS failed ({truncate(str(error), 200)})"
    return truncate(str(error).rpartition(": ")[2] or type(error).__name__, 200)
