"""The proxy that intercepts for processes: what it hands over, what it refuses, and what it leaves behind."""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.interception import url_matcher
from pytest_spotify.intercept.proxy import intercepting_proxy

NAMES = ("api.spotify.com", "accounts.spotify.com")
ME = "https://api.spotify.com/v1/me"


class Spotify:
    """Keeps the requests, and responds with the length of each."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if request.url.endswith("/broken"):
            raise ValueError("no recording of this request")
        return Response(status=200, headers=Headers({"X-Case": "1"}), body=b"%d" % len(request.body))


@pytest.fixture
def spotify() -> Spotify:
    return Spotify()


@pytest.fixture
def variables(spotify: Spotify) -> Iterator[Mapping[str, str]]:
    with intercepting_proxy(spotify, url_matcher(NAMES), hosts=NAMES, tunnels=False) as variables:
        yield variables


def opener(variables: Mapping[str, str]) -> urllib.request.OpenerDirector:
    context = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
    proxy = urllib.request.ProxyHandler({"https": variables["HTTPS_PROXY"], "http": variables["HTTPS_PROXY"]})
    return urllib.request.build_opener(proxy, urllib.request.HTTPSHandler(context=context))


def test_a_request_comes_whole(spotify: Spotify, variables: Mapping[str, str]) -> None:
    """Method, URL, header fields and body reach the handler, and its response the client, chunks joined."""
    fields = {"Authorization": "Bearer t", "Content-Type": "text/plain"}
    for body, length in ((b"sent", b"4"), (iter([b"three", b"pieces", b""]), b"11")):
        request = urllib.request.Request(f"{ME}?a=b", data=body, headers=fields, method="PUT")
        with opener(variables).open(request, timeout=10) as response:
            assert (response.status, response.headers["X-Case"], response.read()) == (200, "1", length)
    assert [(request.method, request.url) for request in spotify.requests] == [("PUT", f"{ME}?a=b")] * 2
    assert [request.body for request in spotify.requests] == [b"sent", b"threepieces"]
    assert spotify.requests[0].headers.get("Authorization") == "Bearer t"


def test_an_error_of_the_handler_is_a_bad_gateway(spotify: Spotify, variables: Mapping[str, str]) -> None:
    """A client is told what the handler raised, by 502: the test itself gets the error."""
    with pytest.raises(urllib.error.HTTPError, match="502") as caught:
        opener(variables).open(f"{ME}/broken", timeout=10)
    with caught.value:
        assert caught.value.read() == b"no recording of this request\n"


@pytest.mark.parametrize("url", ["https://spotify-test.invalid/", "http://spotify-test.invalid/"])
def test_other_hosts_are_refused(spotify: Spotify, variables: Mapping[str, str], url: str) -> None:
    """Without tunnels no other host is looked up, and none of its requests is handed over."""
    with pytest.raises((urllib.error.URLError, OSError), match="403"):
        opener(variables).open(url, timeout=10)
    assert spotify.requests == []


class Other(BaseHTTPRequestHandler):
    """A server that is not Spotify, and speaks without TLS to show that the tunnel does not look."""

    def handle(self) -> None:
        self.wfile.write(b"SSH-2.0-" + self.rfile.readline())


def test_a_tunnel_to_another_host(spotify: Spotify) -> None:
    """With tunnels the bytes of another host go through as they are."""
    with (
        HTTPServer(("127.0.0.1", 0), Other) as server,
        intercepting_proxy(spotify, url_matcher(NAMES), hosts=NAMES, tunnels=True) as variables,
    ):
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        port = int(variables["HTTPS_PROXY"].rpartition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as client,
            client.makefile("rb") as file,
        ):
            client.sendall(b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % server.server_port)
            assert file.readline() == b"HTTP/1.1 200 Connection established\r\n"
            assert file.readline() == b"\r\n"
            client.sendall(b"as it is\n")
            assert file.readline() == b"SSH-2.0-as it is\n"
        thread.join()
    assert spotify.requests == []


def test_nothing_is_left(spotify: Spotify) -> None:
    """Afterwards the file of certificates is gone, and nothing listens; a key was never written."""
    with intercepting_proxy(spotify, url_matcher(NAMES), hosts=NAMES, tunnels=False) as variables:
        bundle = Path(variables["SSL_CERT_FILE"])
        assert b"PRIVATE KEY" not in bundle.read_bytes()
        assert variables["NODE_EXTRA_CA_CERTS"] == variables["CURL_CA_BUNDLE"] == str(bundle)
        client = opener(variables)
    assert not bundle.exists()
    with pytest.raises(urllib.error.URLError):
        client.open(ME, timeout=10)
