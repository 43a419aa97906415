"""A proxy on this machine, for processes and clients with native code, which cannot be intercepted in Python.

It speaks for Spotify with a certificate of its own authority, and hands requests to the same handler as every
other client's. Processes and clients find the proxy and the authority in the environment.
"""

from __future__ import annotations

import functools
import os
import select
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.messages import header_fields, response_bytes

_CA_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, Go, curl, httpx
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "DENO_CERT",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
)


@contextmanager
def intercepting_proxy(
    handler: Callable[[Request], Response],
    is_spotify_url: Callable[[str], bool],
    *,
    hosts: Iterable[str],
    tunnels: bool,
) -> Iterator[Mapping[str, str]]:
    """Yield the variables that lead a process to a proxy which serves `hosts` by calling `handler`.

    Connections to other hosts are made if it `tunnels`, and else refused. Errors of `handler` are the body of
    a 502: whoever passed it has to raise them in the test.
    """
    server = _Server(handler, is_spotify_url, hosts, tunnels=tunnels)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    with tempfile.TemporaryDirectory(prefix="pytest-spotify-") as folder, server:
        bundle = Path(folder, "certificates.pem")
        bundle.write_bytes(_certificates_of_the_environment() + b"\n" + _authority().cert_pem.bytes())
        thread.start()
        try:
            yield _variables(f"http://127.0.0.1:{server.server_port}", str(bundle))
        finally:
            server.shutdown()
            thread.join()


def _variables(proxy: str, bundle: str) -> Mapping[str, str]:
    local = "localhost,127.0.0.1,::1"
    variables = {"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": local, "no_proxy": local}
    return variables | dict.fromkeys(_CA_VARIABLES, bundle) | {"NODE_USE_ENV_PROXY": "1"}


def _certificates_of_the_environment() -> bytes:
    import certifi

    named = (os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"))
    bundle = next((path for path in named if path and os.path.isfile(path)), certifi.where())
    return Path(bundle).read_bytes()


@functools.cache
def _authority() -> Any:
    """Return the certificate authority of this process, whose key is never written."""
    import trustme

    return trustme.CA(organization_name="pytest-spotify")


class _Server(ThreadingHTTPServer):
    """The proxy's server."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        handler: Callable[[Request], Response],
        is_spotify_url: Callable[[str], bool],
        hosts: Iterable[str],
        *,
        tunnels: bool,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.handler, self.is_spotify_url, self.tunnels = handler, is_spotify_url, tunnels
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.set_alpn_protocols(["http/1.1"])
        _authority().issue_cert(*hosts).configure_cert(self.context)

    def server_bind(self) -> None:
        """Bind without a look-up of this machine's name, which `HTTPServer` makes."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away, or does not trust the certificate: it says so itself."""


class _Connection(BaseHTTPRequestHandler):
    """A connection of a client, to the proxy and then, within it, to Spotify."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server
    _origin = ""  # of Spotify, once the client has connected to it

    def do_CONNECT(self) -> None:
        """Take Spotify's part, or make a tunnel to another host."""
        host, _, port = self.path.rpartition(":")
        origin = f"https://{self.path.removesuffix(':443')}"
        if self.server.is_spotify_url(origin):
            self._reply(200, b"")
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb")
            self.wfile = self.connection.makefile("wb", 0)
            self._origin, self.close_connection = (
                origin,
                False,
            )  # HTTP/1.0, as Python's clients say, would close
        elif self.server.tunnels:
            self._tunnel(host.strip("[]"), int(port))
        else:
            self._reply(403, f"{host}: replayed Spotify tests may only use localhost\n".encode())

    def finish(self) -> None:
        """Close the connection, which within a tunnel is not the one that was accepted."""
        super().finish()
        self.connection.close()

    def _respond(self) -> None:
        url = f"{self._origin}{self.path}" if self._origin else self.path
        if not self.server.is_spotify_url(url):
            self._reply(403, b"only https reaches other hosts by this proxy\n")
            return
        request = Request(
            method=self.command, url=url, headers=Headers(self.headers.items()), body=self._body()
        )
        try:
            response = self.server.handler(request)
        except Exception as error:
            self._reply(502, f"{error}\n".encode())
            return
        content = b"" if self.command == "HEAD" else response.body
        self.wfile.write(response_bytes(response.status, list(header_fields(response)), content))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _respond  # noqa: N815

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(parts)

    def _reply(self, status: int, body: bytes) -> None:
        """Respond as the proxy, and not as Spotify."""
        if status == 200:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return
        self.wfile.write(response_bytes(status, [("Connection", "close")], body))
        self.close_connection = True

    def _tunnel(self, host: str, port: int) -> None:
        self.close_connection = True
        with suppress(OSError), socket.create_connection((host, port), timeout=30) as peer:
            self._reply(200, b"")
            other = {self.connection: peer, peer: self.connection}
            while ready := select.select(list(other), [], [], 60)[0]:
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    other[end].sendall(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Write no log."""
