"""The interception itself: what it takes, what it hands on, what it leaves as it was."""

from __future__ import annotations

import asyncio
import http.client
import io
import logging
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import aiohttp
import httpcore
import httpx
import pytest
import requests
import urllib3
import vcr
import vcr.patch
import vcr.stubs
import yaml

from pytest_spotify.errors import MissingRecording
from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.interception import intercept, intercept_in_cassette

API = "https://api.spotify.com"
ME = f"{API}/v1/me"


def fine(_: Request) -> Response:
    return Response(status=200, body=b"answered")


def never(request: Request) -> Response:
    raise AssertionError(f"{request.url} was taken")


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        self.answer(b"real")

    def answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/close":
            self.close_connection = True  # without a word, as a server does that has waited too long
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Echo)
        self.closed = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.closed.set()


@pytest.fixture
def echo() -> Iterator[_Server]:
    with _Server() as http_server:
        thread = threading.Thread(target=http_server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield http_server
        http_server.shutdown()
        thread.join()


@pytest.fixture
def server(echo: _Server) -> str:
    return echo.url


def by_requests(url: str) -> bytes:
    with requests.Session() as session:
        return session.get(url).content


def by_urllib3(url: str) -> bytes:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", url).data


def by_urllib(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def by_httpx(url: str) -> bytes:
    with httpx.Client() as client:
        return client.get(url).content


def by_async_httpx(url: str) -> bytes:
    async def run() -> bytes:
        async with httpx.AsyncClient() as client:
            return (await client.get(url)).content

    return asyncio.run(run())


def by_aiohttp(url: str) -> bytes:
    async def run() -> bytes:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return await answer.read()

    return asyncio.run(run())


CLIENTS = [by_requests, by_urllib3, by_urllib, by_httpx, by_async_httpx, by_aiohttp]
every_client = pytest.mark.parametrize("get", CLIENTS, ids=lambda get: get.__name__)


class Stop(BaseException):
    """As `pytest.fail` raises: no Exception."""


@every_client
@pytest.mark.parametrize("error", [MissingRecording("none"), Stop("now")], ids=["Exception", "BaseException"])
def test_what_answer_raises_reaches_the_sender(get: Callable[[str], bytes], error: BaseException) -> None:
    """The very error that `answer` raises comes out of the client: not wrapped, not retried."""
    asked = []

    def refuse(request: Request) -> Response:
        asked.append(request)
        raise error

    with intercept(refuse, hosts=[API]), pytest.raises(type(error)) as caught:
        get(ME)
    assert caught.value is error
    assert len(asked) == 1


@every_client
def test_other_hosts_are_reached_for_real(get: Callable[[str], bytes], server: str) -> None:
    """A request to a host that was not named goes out, and its answer comes back."""
    with intercept(never, hosts=[API, "http://127.0.0.1:1", "127.0.0.2"]):
        assert get(server) == b"real"


@every_client
def test_a_url_stands_for_its_origin(get: Callable[[str], bytes], server: str) -> None:
    """A host given as URL is taken on its scheme and port, whatever its path; a bare name on all."""
    for host in (f"{server}/v1", "127.0.0.1"):
        with intercept(fine, hosts=[host]):
            assert get(f"{server}/elsewhere") == b"answered"


def test_names_are_matched_without_case_and_default_ports_count() -> None:
    """The many spellings of one origin are one (RFC 3986 section 6.2.2 and 6.2.3)."""
    with intercept(fine, hosts=["HTTPS://API.Spotify.com"]):
        for url in ("https://api.spotify.com:443/v1/me", "https://API.SPOTIFY.COM./v1/me"):
            assert by_urllib3(url) == b"answered"
            assert by_httpx(url) == b"answered"


def test_the_request_is_as_it_was_sent(server: str) -> None:
    """Method, URL without fragment, header fields and the bytes of any kind of body are handed on."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(status=204)

    with intercept(answer, hosts=[API]), requests.Session() as session:
        session.get(f"{ME}?a=b%20c#fragment", headers={b"X-Bytes": b"v", "X-Text": "w"})
        for body in (b"b", "b", bytearray(b"b"), io.BytesIO(b"b"), iter([b"b"]), {"b": ""}):
            session.put(ME, data=body)
        by_httpx(f"{ME}#fragment")
    first, *puts, last = asked
    assert (first.method, first.url) == ("GET", f"{ME}?a=b%20c")
    assert (first.headers.get("x-bytes"), first.headers.get("x-text")) == ("v", "w")
    assert [put.body for put in puts] == [b"b"] * 5 + [b"b="]
    assert last.url == ME


@pytest.mark.parametrize("get", [by_requests, by_httpx, by_aiohttp], ids=lambda get: get.__name__)
def test_an_answer_may_say_more_than_its_body(get: Callable[[str], bytes]) -> None:
    """Fields about an encoding that the body no longer has do no harm, nor does an unknown status."""
    fields = [("content-encoding", "br"), ("Transfer-Encoding", "chunked"), ("CONTENT-LENGTH", "1")]

    def answer(_: Request) -> Response:
        return Response(status=299, headers=Headers(fields), body="å\n".encode())

    with intercept(answer, hosts=[API]):
        assert get(ME) == "å\n".encode()


def test_a_field_that_comes_twice_stays_two() -> None:
    """Repeated response fields are handed on one by one, under one spelling."""
    fields = [("Set-Cookie", "a=1"), ("set-cookie", "b=2"), ("Content-Length", "900")]
    fields.append(("Transfer-Encoding", "chunked"))

    def answer(_: Request) -> Response:
        return Response(status=200, headers=Headers(fields), body=b"12")

    with intercept(answer, hosts=[API]), requests.Session() as session, httpx.Client() as client:
        session.get(ME)
        assert session.cookies.get_dict() == {"a": "1", "b": "2"}
        got = client.get(ME)
        assert got.headers.get_list("set-cookie") == ["a=1", "b=2"]
        assert got.headers["Content-Length"] == "2"
        assert "Transfer-Encoding" not in got.headers


def _patched() -> list[Any]:
    return [
        http.client.HTTPConnection,
        http.client.HTTPSConnection,
        http.client.HTTPSConnection.__init__,
        urllib3.connectionpool.HTTPSConnectionPool.ConnectionCls,
        dict(vars(urllib3.connectionpool.HTTPConnectionPool)),
        httpcore.ConnectionPool.handle_request,
        httpcore.HTTPConnection.handle_request,
        httpcore.AsyncConnectionPool.handle_async_request,
        httpcore.AsyncHTTPConnection.handle_async_request,
        aiohttp.BaseConnector.connect,
        aiohttp.TCPConnector._create_connection,
        vcr.stubs.VCRConnection.getresponse,
        vcr.patch.force_reset,
        vcr.stubs.VCRHTTPConnection.__init__,
        vcr.stubs.VCRHTTPSConnection.__init__,
        logging.getLogger("vcr").level,
    ]


def test_everything_is_put_back() -> None:
    """Afterwards every class is as it was: after an error, and when one interception lies in another."""
    before = _patched()
    with intercept(fine, hosts=[API]):
        during = _patched()
        with intercept(fine, hosts=[API]):
            by_requests(ME)
        assert _patched() == during
    assert _patched() == before
    assert all(old != new for old, new in zip(before, during, strict=True))
    with pytest.raises(Stop), intercept(fine, hosts=[API]):
        raise Stop
    assert _patched() == before


def test_vcrpy_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """VCR.py's log tells of no request, not even where debugging is on."""
    caplog.set_level(logging.DEBUG)
    with intercept(fine, hosts=[API]):
        for get in CLIENTS:
            get(f"{ME}?secret=1")
    assert not [record for record in caplog.records if record.name.startswith("vcr")]


def test_vcrpy_says_nothing_within_somebody_elses_cassette(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """Within a cassette that was open before, too, and without an interception around it."""
    caplog.set_level(logging.DEBUG)
    theirs = vcr.VCR().use_cassette(str(tmp_path / "theirs.yaml"))
    with theirs as cassette, intercept_in_cassette(cassette, fine, hosts=[API]):
        for get in CLIENTS:
            get(f"{ME}?secret=1")
    told = [record.getMessage() for record in caplog.records if record.name.startswith("vcr")]
    assert not [text for text in told if "secret" in text]


def test_other_peoples_bodies_are_not_copied(server: str, tmp_path: Path) -> None:
    """What cannot be copied, an open file in a form, still goes to other hosts."""
    (tmp_path / "file").write_bytes(b"from a file")

    async def run() -> bytes:
        form = aiohttp.FormData()
        form.add_field("file", (tmp_path / "file").open("rb"), filename="f")
        async with aiohttp.ClientSession() as session, session.post(server, data=form) as answer:
            return await answer.read()

    with intercept(never, hosts=[API]):
        assert b"from a file" in asyncio.run(run())
        with requests.Session() as session:
            assert session.post(server, data=io.BytesIO(b"from a file")).content == b"from a file"


def test_a_connection_that_the_server_closed_is_made_anew(echo: _Server) -> None:
    """Kept connections to other hosts survive a server that closes them."""
    with intercept(never, hosts=[API]), requests.Session() as session:
        for _ in range(3):
            assert session.get(f"{echo.url}/close").content == b"real"
            assert echo.closed.wait(30)
            echo.closed.clear()


def test_classes_made_from_http_client_still_work(server: str) -> None:
    """Other people's subclasses of `http.client`'s connections can be made, in the old style too."""
    real, secure = vcr.patch._HTTPConnection, vcr.patch._HTTPSConnection

    class Old(real):
        def __init__(self, host: str) -> None:
            http.client.HTTPConnection.__init__(self, host)

    class OldSecure(secure):
        def __init__(self, host: str) -> None:
            http.client.HTTPSConnection.__init__(self, host)

    class New(secure):
        def __init__(self, host: str) -> None:
            super().__init__(host, timeout=3)

    with intercept(never, hosts=[API]):
        old = Old(server.removeprefix("http://"))
        old.request("GET", "/")
        assert old.getresponse().read() == b"real"
        old.close()
        assert OldSecure("192.0.2.1").port == 443
        assert New("192.0.2.1").timeout == 3


def test_answer_may_send(server: str) -> None:
    """`answer` itself reaches the network by urllib3 connections that VCR.py has not replaced."""
    with intercept(_forward(server), hosts=[API]):
        assert [get(f"{API}/x") for get in CLIENTS] == [b"real"] * len(CLIENTS)


def _forward(server: str) -> Callable[[Request], Response]:
    class Pool(urllib3.HTTPConnectionPool):
        ConnectionCls = urllib3.connection.HTTPConnection

    manager = urllib3.PoolManager()
    manager.pool_classes_by_scheme = {"http": Pool}

    def answer(request: Request) -> Response:
        got = manager.request(request.method, server)
        return Response(status=got.status, headers=Headers(got.headers), body=got.data)

    return answer


def test_within_somebody_elses_cassette(server: str, tmp_path: Path) -> None:
    """Their hosts are recorded and replayed by their cassette, which never holds an exchange of ours."""
    file = tmp_path / "theirs.yaml"
    for mode in ("once", "none"):
        theirs = vcr.VCR().use_cassette(str(file), record_mode=mode, allow_playback_repeats=True)
        with intercept(never, hosts=[API]), theirs as cassette:
            with intercept_in_cassette(cassette, fine, hosts=[API]):
                assert [get(ME) for get in CLIENTS] == [b"answered"] * len(CLIENTS)
                assert by_urllib(server) == b"real"
                assert by_httpx(server) == b"real"
            with pytest.raises(AttributeError):
                del cassette.can_play_response_for
        recorded = yaml.safe_load(file.read_text())["interactions"]
        assert {interaction["request"]["uri"].rstrip("/") for interaction in recorded} == {server}
