import gzip
import http.client
import os
import re
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
import vcr

from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    InvalidRequest,
    InvalidResponse,
    ServiceError,
    SpotifyTestError,
)
from pytest_spotify.exchange import Headers, Request
from pytest_spotify.transport.client import Caps, HttpClient, Timeouts
from tests.support.loopback_server import LoopbackServer, Reply, leaks, shown

ROOT = Path(__file__).parents[2]
TOKEN = "BQDk4Gs8Jf-2Vw6_Xc1Zt9Qh5Mb3Ny"
HASTY = Timeouts(total=0.3)


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Remove this machine's proxies and certificates, and return a function that sets variables."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in (
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "SSL_CERT_FILE",
        ):
            monkeypatch.delenv(name)

    def set_variables(variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_variables


@pytest.fixture
def http_client():
    http_client = HttpClient()
    yield http_client
    http_client.close()


@pytest.fixture
def hasty():
    http_client = HttpClient(timeouts=HASTY)
    yield http_client
    http_client.close()


def get(url: str, **fields: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Request(method="GET", url=url, headers=Headers(named))


def test_a_request_leaves_as_it_stands(http_client):
    """Method, target, fields and body arrive as given; connection fields and codings are the wire's own."""
    ours = [("Authorization", f"Bearer {TOKEN}"), ("X-Twice", "a"), ("X-Twice", "b")]
    hop_by_hop = {
        "Accept-Encoding": "br, zstd",
        "Connection": "close",
        "Host": "evil.example",
        "Content-Length": "1",
        "Transfer-Encoding": "chunked",
        "Expect": "100-continue",
        "Proxy-Authorization": "Basic abc",
        "Proxy-Connection": "close",
        "Keep-Alive": "timeout=5",
        "TE": "trailers",
        "Trailer": "X-Sum",
        "Upgrade": "websocket",
    }
    with LoopbackServer(lambda _: Reply(204, {"X-Answer": "yes"})) as server:
        response = http_client.send(
            Request(
                method="PUT",
                url=f"{server.url}/v1/x?b=2&a=%2F&c=",
                headers=Headers([*ours, *hop_by_hop.items()]),
                body=b'{"a": "\xc3\xa9"}',
            )
        )

    (received,) = server.received
    assert (received.method, received.path) == ("PUT", "/v1/x?b=2&a=%2F&c=")
    assert received.body == b'{"a": "\xc3\xa9"}'
    assert received.fields == [
        ("Host", server.url.removeprefix("http://")),
        ("Content-Length", "11"),
        *ours,
        ("Accept-Encoding", "gzip"),
        ("User-Agent", "pytest-spotify"),
    ]
    assert (response.status, response.headers.get("X-Answer"), response.body) == (204, "yes", b"")


def test_a_kept_connection_serves_again(http_client):
    """Ten requests need one connection."""
    with LoopbackServer(lambda _: Reply(200, body=b"x")) as server:
        for _ in range(10):
            http_client.send(get(server.url))

        assert len(server.connections) == 1


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "deflate"])
def test_a_coded_body_arrives_decoded(http_client, coding):
    """No coding is left, nor the fields that spoke of the bytes on the wire."""
    text = b'{"a": 1}' * 100
    coded = zlib.compress(text) if coding == "deflate" else gzip.compress(text)

    with LoopbackServer(lambda _: Reply(200, {"Content-Encoding": coding}, coded)) as server:
        response = http_client.send(get(server.url))

    assert response.body == text
    assert "Content-Encoding" not in response.headers
    assert "Content-Length" not in response.headers


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_an_answer_without_a_body_may_name_a_coding(http_client, method):
    """A HEAD's answer describes a body that does not come (RFC 9110 section 9.3.2)."""
    with LoopbackServer(lambda _: Reply(200, {"Content-Encoding": "gzip"})) as server:
        assert http_client.send(Request(method=method, url=server.url)).body == b""


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", b"\x0b\x02\x80hello\x03"),
        ("zstd", b"\x28\xb5\x2f\xfd"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x"))),
        ("gzip", gzip.compress(b"hello world" * 100)[:-9]),
        ("gzip", b"\x1f\x8b" + b"\xff" * 40),
    ],
    ids=["br", "zstd", "twice", "cut", "damaged"],
)
def test_a_body_that_cannot_be_decoded_is_no_outage(http_client, coding, body):
    """What was not asked for, is cut or damaged is one clear line."""
    with (
        LoopbackServer(lambda _: Reply(200, {"Content-Encoding": coding}, body)) as server,
        pytest.raises(InvalidResponse, match=f"^GET {re.escape(server.url)}: ") as failure,
    ):
        http_client.send(get(server.url))

    assert failure.value.__context__ is None


def test_a_decompression_bomb_is_refused_without_harm(http_client):
    """A hundred megabytes in a tenth of one are not unpacked."""
    bomb = gzip.compress(bytes(100_000_000), compresslevel=9)
    assert len(bomb) < 120_000

    with LoopbackServer(lambda _: Reply(200, {"Content-Encoding": "gzip"}, bomb)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(InvalidResponse, match="cannot be decoded"):
                http_client.send(get(server.url))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert peak < 60_000_000


@pytest.mark.parametrize(
    ("caps", "reply"),
    [
        (Caps(wire=1000), Reply(200, body=b"x" * 1001)),
        (Caps(decoded=1000), Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(os.urandom(1001)))),
        (
            Caps(max_compression_ratio=2),
            Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(1_000_001))),
        ),
    ],
    ids=["wire", "decoded", "growth"],
)
def test_an_answer_over_a_cap_is_refused(caps, reply):
    """Length as sent, length decoded, and growth beyond a megabyte each have an end."""
    http_client = HttpClient(caps=caps)
    with LoopbackServer(lambda _: reply) as server, pytest.raises(InvalidResponse):
        http_client.send(get(server.url))
    http_client.close()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(900_000))),
        Reply(200, body=b"x" * 9_000_000),
    ],
    ids=["well-compressed", "large"],
)
def test_an_ordinary_answer_is_within_the_caps(http_client, reply):
    """JSON shrinks well and may be long; neither is an attack."""
    with LoopbackServer(lambda _: reply) as server:
        assert http_client.send(get(server.url)).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer(http_client, status):
    """It is returned as it came, and nothing goes to the other place."""
    with LoopbackServer(lambda _: Reply(200)) as other:
        away = Reply(status, {"Location": f"{other.url}/v1/me"})
        with LoopbackServer(lambda _: away) as server:
            response = http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}"))

    assert (response.status, response.headers.get("Location")) == (status, f"{other.url}/v1/me")
    assert other.received == []


def drip(first: bytes, each: bytes, stop: threading.Event) -> Iterator[bytes]:
    yield first
    while not stop.wait(0.05):
        yield each


DRIPS = {
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
    "status-line": (b"HTTP/1.1 200 ", b"x"),
    "header-line": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "header-lines": (b"HTTP/1.1 200 OK\r\n", b"X-Many: x\r\n"),
    "chunk-size": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "until-close": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("part", DRIPS)
def test_an_answer_that_drips_is_ended_at_the_deadline(hasty, part):
    """Every part of an answer counts towards one deadline, however often a byte comes."""
    stop = threading.Event()
    with LoopbackServer(lambda _: Reply(raw=drip(*DRIPS[part], stop))) as server:
        try:
            with pytest.raises(ServiceError, match=r"not complete within 0\.3 s"):
                hasty.send(get(server.url))
        finally:
            stop.set()


def test_a_peer_that_falls_silent_is_given_up():
    """The read time-out ends what the deadline need not."""
    http_client = HttpClient(timeouts=Timeouts(read=0.2))
    stop = threading.Event()

    def silent() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
        stop.wait(10)

    with LoopbackServer(lambda _: Reply(raw=silent())) as server:
        try:
            with pytest.raises(ServiceError, match="fell silent"):
                http_client.send(get(server.url))
        finally:
            stop.set()
    http_client.close()


def test_no_wait_on_the_peer_goes_beyond_the_deadline():
    """The read time-out does not add to the whole: the last wait is cut to what is left."""
    http_client = HttpClient(timeouts=Timeouts(read=20, total=0.2))
    stop = threading.Event()

    def silent() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
        stop.wait(30)

    with LoopbackServer(lambda _: Reply(raw=silent())) as server:
        try:
            began = time.monotonic()
            with pytest.raises(ServiceError, match=r"within 0\.2 s"):
                http_client.send(get(server.url))
            assert time.monotonic() - began < 10
        finally:
            stop.set()
    http_client.close()


BROKEN = {
    "cut-body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "cut-field": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut-after-field": b"HTTP/1.1 200 OK\r\nX-Field: x\r\n",
    "cut-after-status": b"HTTP/1.1 200 OK\r\n",
    "cut-status": b"HTTP/1.1 20",
    "cut-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
    "nothing": b"",
    "no-http": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "huge-line": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "many-fields": b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 300 + b"\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_answer_is_a_lost_connection(http_client, kind):
    """None of the client library's own exceptions comes through, and the token is in none of ours."""
    with (
        LoopbackServer(lambda _: Reply(raw=[BROKEN[kind]])) as server,
        pytest.raises(ConnectionLost, match=f"^GET {re.escape(server.url)}/x: ") as failure,
    ):
        http_client.send(get(f"{server.url}/x?code=private", Authorization=f"Bearer {TOKEN}"))

    assert leaks(shown(failure.value), [TOKEN]) == []
    assert "private" not in str(failure.value)
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://unknown.invalid/x"])
def test_no_connection_is_named_as_such(http_client, url):
    """Nothing was sent: that may be tried again."""
    with pytest.raises(ConnectionFailed, match=f"^GET {re.escape(url)}: no connection: ") as failure:
        http_client.send(get(url, Authorization=f"Bearer {TOKEN}"))

    assert leaks(shown(failure.value), [TOKEN]) == []
    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "request_",
    [
        get("http://127.0.0.1:1/", Authorization=f"Bearer {TOKEN}\n"),
        get("http://127.0.0.1:1/", Authorization=f"Bearer {TOKEN}\r\nX-Evil: 1"),
        get("http://127.0.0.1:1/", Authorization=f"Bearer {TOKEN}\u2026"),
        get("http://127.0.0.1:1/", Authorization=f" Bearer {TOKEN}"),
        get("http://127.0.0.1:1/", **{"X-Empty:": TOKEN}),
    ],
)
def test_a_field_that_cannot_be_sent_is_refused_unseen(http_client, request_):
    """Line breaks and the like never reach the wire, and the value is nowhere in the report."""
    with pytest.raises(InvalidRequest) as failure:
        http_client.send(request_)

    assert leaks(f"{failure.value} {failure.getrepr(showlocals=True)}", [TOKEN[6:]]) == []
    assert failure.value.__context__ is None


@pytest.mark.parametrize(
    "request_",
    [
        get(f"http://127.0.0.1:1/a b?x={TOKEN}"),
        get(f"http://127.0.0.1:1/\u00e9?x={TOKEN}"),
        get(f"http://127.0.0.1:1/\r\nX-Evil:1?x={TOKEN}"),
        get(f"ftp://127.0.0.1:1/?x={TOKEN}"),
        get(f"/v1/me?x={TOKEN}"),
        get(f"http://[::1/?x={TOKEN}"),
        get(f"http://127.0.0.1:port/?x={TOKEN}"),
        get(f"http:///v1?x={TOKEN}"),
        get(f"http://{'a' * 64}.invalid/?x={TOKEN}"),
        Request(method="GET /evil HTTP/1.1\r\nX:", url=f"http://127.0.0.1:1/?x={TOKEN}"),
        Request(method="get", url=f"http://127.0.0.1:1/?x={TOKEN}"),
    ],
)
def test_an_address_that_cannot_be_sent_is_refused(http_client, request_):
    """No line break, blank or foreign scheme gets out, and no query is repeated in the message."""
    with pytest.raises(InvalidRequest) as failure:
        http_client.send(request_)

    assert leaks(str(failure.value), [TOKEN]) == []
    assert str(failure.value).isprintable()
    assert failure.value.__context__ is None


def test_somebodys_debug_level_prints_no_token(http_client, capsys, monkeypatch):
    """`http.client`'s debug output would show the Authorization field."""
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 2)

    with LoopbackServer(lambda _: Reply(200)) as server:
        http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}"))

    assert "".join(capsys.readouterr()) == ""


def test_the_log_holds_no_token(http_client, caplog):
    """Not even at the lowest level."""
    with caplog.at_level(0), LoopbackServer(lambda _: Reply(200)) as server:
        http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}"))

    assert leaks(caplog.text, [TOKEN]) == []


# Proxies and TLS


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
def test_the_own_machine_is_asked_without_a_proxy(name, environment):
    """A token for a sandbox does not make a detour in clear text."""
    with LoopbackServer(lambda _: Reply(200)) as proxy, LoopbackServer(lambda _: Reply(204)) as server:
        environment({name: proxy.url})
        http_client = HttpClient()
        assert http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}")).status == 204
        http_client.close()

    assert proxy.received == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_sees_a_tunnel_and_no_token(name, environment):
    """HTTPS goes through CONNECT, with the proxy's own login only; its refusal means nothing was sent."""
    with LoopbackServer(lambda _: Reply(403)) as proxy:
        address = proxy.url.replace("http://", "http://proxy-user:proxy%2Dword@")
        environment({name: address, "NO_PROXY": "example.org, .spotify.org"})
        http_client = HttpClient()
        with pytest.raises(ConnectionFailed, match="proxy refused") as failure:
            http_client.send(get("https://api.spotify.com/v1/me", Authorization=f"Bearer {TOKEN}"))
        http_client.close()

    (received,) = proxy.received
    assert (received.method, received.path) == ("CONNECT", "api.spotify.com:443")
    assert received.all("Proxy-Authorization") == ["Basic cHJveHktdXNlcjpwcm94eS13b3Jk"]
    assert received.all("Authorization") == []
    assert leaks(shown(failure.value), [TOKEN, "proxy-word", "cHJveHktdXNlcjpwcm94eS13b3Jk"]) == []


@pytest.mark.parametrize("excluded", ["127.0.0.1", "*", "example.org,127.0.0.1"])
def test_no_proxy_is_heeded(excluded, authority, environment):
    """What `NO_PROXY` names is asked directly."""
    with (
        LoopbackServer(lambda _: Reply(500)) as proxy,
        LoopbackServer(lambda _: Reply(204), authority.server) as server,
    ):
        environ = {"HTTPS_PROXY": proxy.url, "NO_PROXY": excluded, "SSL_CERT_FILE": str(authority.bundle)}
        environment(environ)
        http_client = HttpClient()
        assert http_client.send(get(server.url)).status == 204
        http_client.close()

    assert proxy.received == []


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "proxy",
    [
        *("socks5://127.0.0.1:1", "https://", "http://[::1", "file:///etc/passwd"),
        *("http://127.0.0.1:99999", "http://127.0.0.1:x", "http://127.0.0.1:0", "http://a b"),
    ],
)
def test_an_unusable_proxy_is_named_and_not_shown(name, proxy, environment):
    """It may hold a password, so the message has the variable only: the one that is to be mended."""
    environment({name: proxy})
    http_client = HttpClient()

    with pytest.raises(
        SpotifyTestError, match=rf"^{name.lower()} \(or {name.upper()}\): expected http"
    ) as failure:
        http_client.send(get("https://api.spotify.com/v1/me"))

    assert str(failure.value).count("://") == 2


class Authority:
    """A certificate authority of the test's own and a server certificate of it."""

    def __init__(self, folder: Path, name: str) -> None:
        authority = trustme.CA()
        self.bundle = folder / f"{name}.pem"
        authority.cert_pem.write_to_path(self.bundle)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(self.server)
        self.elsewhere = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("elsewhere.example").configure_cert(self.elsewhere)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_bundle_of_the_environment_is_used(name, authority, environment):
    """A company's own authority is trusted where the environment names it."""
    environment({name: str(authority.bundle)})
    http_client = HttpClient()

    with LoopbackServer(lambda _: Reply(204), authority.server) as server:
        assert http_client.send(get(server.url)).status == 204
    http_client.close()


@pytest.mark.parametrize("environ", [{}, {"CURL_CA_BUNDLE": ""}, {"PYTHONHTTPSVERIFY": "0"}])
def test_an_unknown_authority_is_refused(environ, authority, environment):
    """Nothing switches the verification off, and nothing was sent."""
    environment(environ)
    http_client = HttpClient()

    with (
        LoopbackServer(lambda _: Reply(204), authority.server) as server,
        pytest.raises(ConnectionFailed, match="TLS failed"),
    ):
        http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}"))
    http_client.close()

    assert server.received == []


def test_a_certificate_for_another_host_is_refused(authority, environment):
    """The name counts as well as the signature."""
    environment({"SSL_CERT_FILE": str(authority.bundle)})
    http_client = HttpClient()

    with (
        LoopbackServer(lambda _: Reply(204), authority.elsewhere) as server,
        pytest.raises(ConnectionFailed, match="TLS failed"),
    ):
        http_client.send(get(server.url))
    http_client.close()

    assert server.received == []


def test_a_missing_bundle_is_named(tmp_path, environment):
    """The variable and the path are in the message."""
    environment({"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")})
    http_client = HttpClient()

    with pytest.raises(SpotifyTestError, match=r"^REQUESTS_CA_BUNDLE=.*none\.pem: "):
        http_client.send(get("https://api.spotify.com/v1/me"))


# VCR.py


def test_an_open_cassette_sees_nothing(http_client, tmp_path):
    """What we send is neither answered from somebody's cassette nor recorded in it."""
    with (
        LoopbackServer(lambda _: Reply(200, body=b"real")) as server,
        vcr.VCR(record_mode="all").use_cassette(str(tmp_path / "open.yaml")) as cassette,
    ):
        assert http_client.send(get(server.url, Authorization=f"Bearer {TOKEN}")).body == b"real"
        assert http_client.send(get(server.url)).body == b"real"

    assert len(server.received) == 2
    assert len(cassette) == 0
    assert not (tmp_path / "open.yaml").exists()


PROGRAM = """
import sys, vcr
with vcr.VCR(record_mode="none").use_cassette(sys.argv[2]) as cassette:
    from pytest_spotify.exchange import Request
    from pytest_spotify.transport.client import HttpClient
    http_client = HttpClient()
    print(http_client.send(Request(method="GET", url=sys.argv[1])).status, len(cassette))
    http_client.close()
"""


def test_a_first_import_within_an_open_cassette_is_not_caught(tmp_path):
    """Modules are imported late, so an open cassette must not be taken for the real classes."""
    with LoopbackServer(lambda _: Reply(204)) as server:
        told = subprocess.run(
            [sys.executable, "-c", PROGRAM, server.url, str(tmp_path / "open.yaml")],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )

    assert told.stdout == "204 0\n"
    assert len(server.received) == 1
