"""The listener on a loopback redirect URI, for as long as one sign-in lasts (RFC 8252 section 7.3).

Accepts one response for its `state`; any other request gets a static page. Writes no log, as addresses hold
codes.
"""

from __future__ import annotations

import hmac
import os
import re
import socket
import threading
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.auth.sign_in import pages
from pytest_spotify.auth.sign_in.pages import Page
from pytest_spotify.errors import AuthorizationError, SignInTimedOut
from pytest_spotify.redaction import Secret

# Longer than a code's exchange can take: two attempts at 60 s each.
_EXCHANGE_TIMEOUT = 150.0
_CLOSE_TIMEOUT = 5.0


class CallbackServer:
    """A server on the host of a redirect URI, and on its port or, if it has none, on a free one."""

    def __init__(self, redirect_uri: str, state: Secret) -> None:
        self._parts = urlsplit(redirect_uri)
        self._state = state
        self._response: Future[AuthorizationResponse] = Future()
        self._page: Future[Page] = Future()
        self._sent = threading.Event()
        self._server = _listen(self._parts.hostname or "", self._parts.port or 0, self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="pytest-spotify sign-in", daemon=True
        )
        # Browsers leave the default port out of Host (RFC 9110 section 7.2).
        netloc = self._parts.netloc
        if self._parts.port is None:
            netloc = f"{netloc.rstrip(':')}:{self._server.server_address[1]}"
        self.redirect_uri = self._parts._replace(netloc=netloc).geturl()
        self.host = netloc.lower().removesuffix(":80")
        self.path = self._parts.path or "/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.finish(pages.OVER)
        if self._response.done():
            self._sent.wait(_CLOSE_TIMEOUT)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, seconds: float) -> AuthorizationResponse:
        """Return the first response for the state; raises SignInTimedOut if none comes in time."""
        try:
            return self._response.result(timeout=seconds)
        except TimeoutError:
            pass
        raise SignInTimedOut(
            f"The sign-in was not completed within {seconds:g} s; nothing was stored. "
            "Run `pytest-spotify login` again, "
            "with --timeout for more time, or with --no-browser where the browser runs on another computer."
        )

    def finish(self, page: Page) -> None:
        """Show the browser that brought the response how the sign-in ended; the first call counts."""
        if not self._page.done():
            self._page.set_result(page)

    def handle(self, query: str) -> Page:
        """Return the page for a request to the redirect URI, once it is known how the sign-in ended."""
        response = parse_redirect(query, self._state)
        if response is None:
            return pages.NOT_OURS
        try:
            self._response.set_result(response)
        except InvalidStateError:
            return pages.OVER
        try:
            return self._page.result(timeout=_EXCHANGE_TIMEOUT)
        except TimeoutError:
            return pages.FAILED

    def mark_sent(self, page: Page) -> None:
        """Note that a page has reached the browser, or found it gone."""
        if self._page.done() and self._page.result() is page:
            self._sent.set()


class _Server(ThreadingHTTPServer):
    # Browsers open connections ahead and leave them idle: nobody waits for those.
    daemon_threads = True
    request_queue_size = 64
    # On Windows the option would let another process take the port over.
    allow_reuse_address = os.name == "posix"
    callback: CallbackServer

    def server_bind(self) -> None:
        # Not HTTPServer's, which asks a name server for this machine's name.
        TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a browser may go away."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0
    server: _Server

    def do_GET(self) -> None:
        """Respond to the redirect URI, and to nothing else."""
        callback = self.server.callback
        path, _, query = self.path.partition("?")
        # Another name for this address would be DNS rebinding.
        if [host.lower() for host in self.headers.get_all("Host", [])] != [callback.host]:
            self._write(pages.REFUSED)
        elif path != callback.path:
            self._write(pages.NOT_FOUND)
        else:
            self._write(callback.handle(query))

    def send_error(self, *_: Any, **__: Any) -> None:
        """Respond to what is not HTTP, without repeating it as the base class does."""
        self._write(pages.REFUSED)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Write no log."""

    def version_string(self) -> str:
        """Name the server without its version."""
        return "pytest-spotify"

    def _write(self, page: Page) -> None:
        try:
            self._send(page)
        finally:
            self.server.callback.mark_sent(page)

    def _send(self, page: Page) -> None:
        self.close_connection = True
        self.request_version = self.protocol_version  # else what is no HTTP would get no header fields
        self.send_response(page.status)
        for name, value in pages.HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.content)
        self.wfile.flush()


def _listen(host: str, port: int, callback: CallbackServer) -> _Server:
    kind = _Server6 if ":" in host else _Server
    fault = ""
    try:
        server = kind((host, port), _Handler)
    except OSError as error:
        fault = error.strerror or type(error).__name__
    if fault:
        raise AuthorizationError(
            f"SPOTIFY_REDIRECT_URI: cannot listen on {host}, port {port}: {fault}. End what listens there, "
            "or use a redirect URI without a port, such as http://127.0.0.1/callback, and register it so: "
            "then any free port will do."
        )
    server.callback = callback
    return server


_LONGEST = 8192
_MOST_FIELDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationResponse:
    """A code to exchange or, without one, the error that the accounts service names."""

    code: Secret | None = None
    error: str = ""


def parse_redirect(query: str, state: Secret) -> AuthorizationResponse | None:
    """Return the response in a query, or None if it is not for the sign-in of this `state`.

    RFC 6749 section 4.1.2; the state is compared first and in constant time (section 10.12). A query
    with a parameter twice is refused (section 3.1); an unknown parameter is ignored.
    """
    if len(query) > _LONGEST:
        return None
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return None
    names = [name for name, _ in fields]
    if any(names.count(name) > 1 for name in ("state", "code", "error")):
        return None
    values = dict(fields)
    if not hmac.compare_digest(values.get("state", "").encode("utf-8", "replace"), state.reveal().encode()):
        return None
    code, error = values.get("code", ""), values.get("error", "")
    if re.fullmatch(r"[\x21-\x7e]+", code) and "error" not in values:
        return AuthorizationResponse(code=Secret(code))
    if "code" in values or "error" not in values:
        return None
    # The error is shown in the terminal, so only one that looks like those of section 4.1.2.1 keeps its name.
    return AuthorizationResponse(
        error=error if re.fullmatch(r"[a-z_]{1,40}", error) else "an error without a usable name"
    )
