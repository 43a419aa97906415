"""What clients do above the place where they are intercepted: caches, middlewares, traces and mocks."""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import httpcore
import httpx
import pytest
import requests
import urllib3
import vcr

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.interception import intercept, intercept_in_cassette

ME = "https://api.spotify.com/v1/me"
HOSTS = ("https://api.spotify.com",)
FIELDS = {"Content-Type": "application/json", "ETag": '"a"', "Cache-Control": "private, max-age=0"}


class Spotify:
    """Responds with a body and its entity tag, and with 304 to a request that has the tag."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if request.headers.get("If-None-Match") == '"a"':
            return Response(status=304, headers=Headers(FIELDS))
        return Response(status=200, headers=Headers(FIELDS), body=b'{"id": "smedjan"}')

    @property
    def conditions(self) -> list[str]:
        """Return the entity tag of each request, or an empty text."""
        return [request.headers.get("If-None-Match") for request in self.requests]


@pytest.fixture
def spotify() -> Iterator[Spotify]:
    handler = Spotify()
    with intercept(handler, hosts=HOSTS):
        yield handler


def requests_cache(caches: Any) -> Any:
    return caches.CachedSession(backend="memory", cache_control=True)


def cache_control(caches: Any) -> Any:
    return caches.CacheControl(requests.Session())


def hishel(caches: Any) -> Any:
    package = importlib.import_module("hishel")
    storage = package.SqliteStorage(connection=sqlite3.connect(":memory:", check_same_thread=False))
    return caches.CacheClient(storage=storage, rfc=package.CacheOptions(shared=False))


@pytest.mark.parametrize(
    ("package", "make_client"),
    [("requests_cache", requests_cache), ("cachecontrol", cache_control), ("hishel.httpx", hishel)],
)
def test_a_cache_revalidates(package: str, make_client: Callable[[Any], Any], spotify: Spotify) -> None:
    """A client with a cache sends the entity tag of a response, and gets the body of a 304 from its cache."""
    caches = pytest.importorskip(package, reason=f"{package} is not installed; `tox -e clients` has it")
    try:
        client = make_client(caches)
    except AttributeError:
        pytest.skip(f"this {package} has another interface")
    with client:
        for _ in range(2):
            response = client.get(ME)
            assert (response.status_code, response.json()) == (200, {"id": "smedjan"})
    assert spotify.conditions == ["", '"a"']


def test_requests_gets_urllib3s_own_response(spotify: Spotify) -> None:
    """The raw response of requests is urllib3's own, with the private parts that caches read."""
    with requests.Session() as session:
        raw = session.get(ME, stream=True).raw
    assert isinstance(raw, urllib3.HTTPResponse)
    assert raw.read(5) == b'{"id"'
    assert not raw._fp.isclosed()
    assert raw.read() == b': "smedjan"}'
    assert raw._fp.isclosed()
    assert raw._request_url == ME
    assert requests.head(ME, timeout=5).headers["ETag"] == '"a"'


def test_urllib3_reads_a_body_beforehand(spotify: Spotify) -> None:
    """urllib3 gives the whole body, and a connection goes back to its pool."""
    with urllib3.PoolManager(block=True, maxsize=1) as pool:
        for _ in range(3):
            assert pool.request("GET", ME, timeout=1, pool_timeout=1).json() == {"id": "smedjan"}


def test_httpcore_alone(spotify: Spotify) -> None:
    """A request that is sent by httpcore without httpx is intercepted, by its pool and by one connection."""
    response = httpcore.request("POST", ME, content=b"sent", headers={"X-Case": "1"})
    assert (response.status, response.content) == (200, b'{"id": "smedjan"}')
    with httpcore.HTTPConnection(httpcore.Origin(b"https", b"api.spotify.com", 443)) as connection:
        assert connection.request("GET", ME).content == b'{"id": "smedjan"}'

    async def run() -> bytes:
        async with httpcore.AsyncConnectionPool() as pool:
            return (await pool.request("GET", ME)).content

    assert asyncio.run(run()) == b'{"id": "smedjan"}'
    assert [request.method for request in spotify.requests] == ["POST", "GET", "GET"]
    assert (spotify.requests[0].body, spotify.requests[0].headers.get("x-case")) == (b"sent", "1")


@pytest.fixture(params=["alone", "within a cassette of the test's"])
def nested(request: pytest.FixtureRequest, spotify: Spotify) -> Iterator[Spotify]:
    if request.param == "alone":
        yield spotify
    else:
        with (
            vcr.VCR().use_cassette("never.yaml", record_mode="none") as cassette,
            intercept_in_cassette(cassette, spotify, hosts=HOSTS),
        ):
            yield spotify


@pytest.mark.skipif(not hasattr(aiohttp, "ClientHandlerType"), reason="aiohttp has middlewares from 3.12 on")
def test_aiohttp_runs_middlewares_and_traces(nested: Spotify) -> None:
    """Aiohttp's middlewares change what is sent, and its traces are told of each request."""
    traced: list[str] = []

    async def authorize(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> Any:
        request.headers["Authorization"] = "Bearer of-the-middleware"
        return await send(request)

    async def note(_session: object, _context: object, parameters: object) -> None:
        traced.append(type(parameters).__name__)

    async def run() -> Any:
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(note)
        trace.on_request_end.append(note)
        async with (
            aiohttp.ClientSession(middlewares=(authorize,), trace_configs=[trace]) as session,
            session.get(ME) as response,
        ):
            return await response.json()

    assert asyncio.run(run()) == {"id": "smedjan"}
    assert [request.headers.get("Authorization") for request in nested.requests] == [
        "Bearer of-the-middleware"
    ]
    assert traced == ["TraceRequestStartParams", "TraceRequestEndParams"]


def test_aiohttp_sends_bodies_of_every_kind(spotify: Spotify) -> None:
    """A long body, one of a generator, and one that waits for 100 Continue arrive whole; HEAD has none."""

    async def pieces() -> Any:
        for _ in range(3):
            yield b"piece"

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            for body, options in ((b"x" * 300_000, {}), (pieces(), {}), (b"late", {"expect100": True})):
                async with session.post(ME, data=body, **options) as response:
                    assert response.status == 200
            async with session.head(ME) as response:
                assert (response.status, await response.read()) == (200, b"")

    asyncio.run(run())
    bodies = [request.body for request in spotify.requests]
    assert bodies == [b"x" * 300_000, b"piece" * 3, b"late", b""]


def test_aiohttp_raises_what_the_handler_raises() -> None:
    """What the handler raises reaches the code that awaits the response as it is."""

    class Refused(Exception):
        pass

    def refuse(request: Request) -> Response:
        raise Refused

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await session.post(ME, data=b"body")

    with intercept(refuse, hosts=HOSTS), pytest.raises(Refused):
        asyncio.run(run())


def test_a_mock_transport_wins(nested: Spotify) -> None:
    """A transport of httpx that the test itself made responds, and not the interception."""
    mock = httpx.MockTransport(lambda _: httpx.Response(418, text="mock"))
    with httpx.Client(transport=mock) as client:
        assert client.get(ME).status_code == 418

    async def run() -> int:
        async with httpx.AsyncClient(transport=mock) as client:
            return (await client.get(ME)).status_code

    assert asyncio.run(run()) == 418
    assert nested.requests == []
