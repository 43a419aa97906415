"""Every client that developers use for Spotify, under one interception, beside a real server."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httplib2
import httpx
import pytest
import requests
import spotifyaio
import spotipy
import tekore
import urllib3

from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.intercept.interception import intercept

HOSTS = ("https://api.spotify.com", "https://accounts.spotify.com")
TRACK = "https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl"
ME = {
    "account_id": "0123456789",
    "country": "SE",
    "display_name": "Åsa 🎵",
    "email": "asa@example.org",
    "explicit_content": {"filter_enabled": False, "filter_locked": False},
    "external_urls": {"spotify": "https://open.spotify.com/user/smedjan"},
    "followers": {"href": None, "total": 3},
    "href": "https://api.spotify.com/v1/users/smedjan",
    "id": "smedjan",
    "images": [],
    "product": "premium",
    "type": "user",
    "uri": "spotify:user:smedjan",
}


class Spotify:
    """Answers as Spotify would as far as the clients look, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        url = urlsplit(request.url)
        if url.path == "/api/token":
            token = {"access_token": "a-token", "token_type": "Bearer", "expires_in": 3600, "scope": ""}
            return _json(200, token)
        if url.path.rstrip("/") == "/v1/me":
            return _json(200, ME)
        if url.path == "/v1/moved":
            return Response(status=302, headers=Headers([("Location", "/v1/me")]))
        if request.method != "GET":
            return Response(status=204)
        return _json(200, {"path": url.path, "query": parse_qs(url.query)})

    @property
    def last(self) -> Request:
        return self.requests[-1]


def _json(status: int, value: object) -> Response:
    fields = [("Content-Type", "application/json; charset=utf-8"), ("Content-Encoding", "gzip")]
    return Response(status=status, headers=Headers(fields), body=json.dumps(value).encode())


@pytest.fixture
def spotify() -> Iterator[Spotify]:
    answers = Spotify()
    with intercept(answers, hosts=HOSTS):
        yield answers


class _Elsewhere(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"elsewhere {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The URL of a real server on another host than those intercepted."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_requests(spotify: Spotify, elsewhere: str) -> None:
    """A session of requests gets the decoded body, follows redirects, and reaches other hosts for real."""
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer t"
        answer = session.get("https://api.spotify.com/v1/me")
        assert (answer.status_code, answer.reason, answer.json()) == (200, "OK", ME)
        assert "Content-Encoding" not in answer.headers
        assert spotify.last.headers.get("authorization") == "Bearer t"
        assert session.get("https://api.spotify.com/v1/moved").json() == ME
        assert session.get(f"{elsewhere}/a").text == "elsewhere /a"
        assert session.post(f"{elsewhere}/a", data=b"sent").content == b"sent"
        assert session.put("https://api.spotify.com/v1/me/tracks", json={"ids": ["x"]}).status_code == 204
    assert spotify.last.method == "PUT"
    assert json.loads(spotify.last.body) == {"ids": ["x"]}
    assert spotify.last.headers.get("Content-Type") == "application/json"
    assert len(spotify.requests) == 4


def test_requests_session_that_outlives_the_interception(elsewhere: str) -> None:
    """A session made before, with connections in its pool, is intercepted, and afterwards free again."""
    with requests.Session() as session:
        assert session.get(elsewhere).status_code == 200
        for _ in range(2):
            with intercept(Spotify(), hosts=[elsewhere]):
                assert session.get(f"{elsewhere}/v1/me").json() == ME
            assert session.get(f"{elsewhere}/v1/me").text == "elsewhere /v1/me"


def test_urllib3(spotify: Spotify, elsewhere: str) -> None:
    """A urllib3 pool is answered, and a body in pieces arrives whole."""
    with urllib3.PoolManager() as pool:
        answer = pool.request("GET", TRACK, fields={"market": "SE"})
        assert (answer.status, answer.json()["query"]) == (200, {"market": ["SE"]})
        pool.request("PUT", "https://api.spotify.com/v1/me/tracks", body=(part for part in (b"a", b"b")))
        assert spotify.last.body == b"ab"
        assert pool.request("GET", elsewhere).data == b"elsewhere /"


def test_urllib(spotify: Spotify, elsewhere: str) -> None:
    """urllib, which stands on http.client, is answered over https and http."""
    request = urllib.request.Request(TRACK, headers={"Authorization": "Bearer t"})
    with urllib.request.urlopen(request) as answer:
        assert (answer.status, json.load(answer)["path"]) == (200, urlsplit(TRACK).path)
    assert spotify.last.headers.get("Authorization") == "Bearer t"
    with urllib.request.urlopen("https://accounts.spotify.com/api/token", data=b"grant_type=x") as answer:
        assert json.load(answer)["access_token"] == "a-token"
    assert (spotify.last.method, spotify.last.body) == ("POST", b"grant_type=x")
    with urllib.request.urlopen(elsewhere) as answer:
        assert answer.read() == b"elsewhere /"


def test_httplib2(spotify: Spotify, elsewhere: str) -> None:
    """httplib2 is answered, although its connection looks itself up by a name that VCR.py replaces."""
    client = httplib2.Http()
    answer, body = client.request("https://api.spotify.com/v1/me")
    assert (answer.status, json.loads(body)) == (200, ME)
    assert client.request(elsewhere)[1] == b"elsewhere /"
    client.close()


def test_httpx(spotify: Spotify, elsewhere: str) -> None:
    """The sync client of httpx is answered, with redirects, and reaches other hosts for real."""
    with httpx.Client(base_url="https://api.spotify.com/v1", follow_redirects=True) as client:
        answer = client.get("/me", headers={"Authorization": "Bearer t"})
        assert (answer.status_code, answer.reason_phrase, answer.json()) == (200, "OK", ME)
        assert spotify.last.headers.get("Authorization") == "Bearer t"
        assert client.get("/moved").json() == ME
        assert client.put("/me/tracks", json={"ids": ["x"]}).status_code == 204
        assert json.loads(spotify.last.body) == {"ids": ["x"]}
        assert client.get(elsewhere).text == "elsewhere /"


def test_httpx_async(spotify: Spotify, elsewhere: str) -> None:
    """The async client of httpx is answered, several requests at once too."""

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(*(client.get(TRACK, params={"n": n}) for n in range(9)))
            assert [answer.json()["query"] for answer in answers] == [{"n": [str(n)]} for n in range(9)]
            assert (await client.get(elsewhere)).text == "elsewhere /"

    asyncio.run(run())
    assert len(spotify.requests) == 9


def test_aiohttp(spotify: Spotify, elsewhere: str) -> None:
    """A session of aiohttp is answered, and the request is as aiohttp would have encoded it."""

    async def run() -> None:
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer t"}) as session:
            async with session.get("https://api.spotify.com/v1/moved", params={"a": "b"}) as answer:
                assert (answer.status, answer.reason, await answer.json()) == (200, "OK", ME)
            assert spotify.requests[-2].url == "https://api.spotify.com/v1/moved?a=b"
            assert spotify.last.headers.get("Authorization") == "Bearer t"
            for body, type_, sent in (
                ({"json": {"ids": ["å"]}}, "application/json", b'{"ids": ["\\u00e5"]}'),
                ({"json": ["x"]}, "application/json", b'["x"]'),
                ({"data": {"a": "b c"}}, "application/x-www-form-urlencoded", b"a=b+c"),
                ({"data": [("a", "b"), ("a", "c")]}, "application/x-www-form-urlencoded", b"a=b&a=c"),
                ({"data": aiohttp.FormData({"a": "b"})}, "application/x-www-form-urlencoded", b"a=b"),
                ({"data": b"\xff\x00"}, "application/octet-stream", b"\xff\x00"),
                ({"data": "text"}, "text/plain; charset=utf-8", b"text"),
                ({"data": b"j", "headers": {"content-type": "image/jpeg"}}, "image/jpeg", b"j"),
            ):
                async with session.put("https://api.spotify.com/v1/me/tracks", **body) as answer:
                    assert answer.status == 204
                assert (spotify.last.headers.get("Content-Type"), spotify.last.body) == (type_, sent)
            async with session.get(elsewhere) as answer:
                assert await answer.text() == "elsewhere /"
            async with session.post(elsewhere, json={"a": 1}) as answer:
                assert await answer.read() == b'{"a": 1}'
        async with (
            aiohttp.ClientSession(base_url="https://api.spotify.com") as session,
            session.get("/v1/me") as answer,
        ):
            assert await answer.json() == ME

    asyncio.run(run())


def test_spotipy(spotify: Spotify) -> None:
    """A spotipy client gets a token by both grants, reads, and writes."""
    cache = spotipy.cache_handler.MemoryCacheHandler()
    app = spotipy.oauth2.SpotifyClientCredentials("an-id", "a-secret", cache_handler=cache)
    with requests.Session() as session:
        assert spotipy.Spotify(auth_manager=app, requests_session=session).me() == ME
    token, me = spotify.requests
    assert (token.url, token.body) == (
        "https://accounts.spotify.com/api/token",
        b"grant_type=client_credentials",
    )
    assert me.headers.get("Authorization") == "Bearer a-token"

    old = {"access_token": "x", "refresh_token": "r", "expires_at": 0, "scope": ""}
    user = spotipy.oauth2.SpotifyOAuth(
        "an-id",
        "a-secret",
        "http://127.0.0.1:8888/callback",
        cache_handler=spotipy.cache_handler.MemoryCacheHandler(old),
        open_browser=False,
    )
    with requests.Session() as session:
        spotipy.Spotify(auth_manager=user, requests_session=session).start_playback(uris=["spotify:track:x"])
    assert parse_qs(spotify.requests[-2].body.decode())["grant_type"] == ["refresh_token"]
    assert (spotify.last.method, json.loads(spotify.last.body)) == ("PUT", {"uris": ["spotify:track:x"]})


def test_tekore(spotify: Spotify) -> None:
    """A tekore client gets a token and reads, synchronously and several at once."""
    sender = tekore.SyncSender()
    token = tekore.request_client_token("an-id", "a-secret")
    client = tekore.Spotify(token, sender=sender)
    assert client.current_user().id == "smedjan"
    sender.close()

    async def run() -> list[str]:
        client = tekore.Spotify(token, asynchronous=True)
        users = await asyncio.gather(*(client.current_user() for _ in range(5)))
        await client.close()
        return [user.id for user in users]

    assert asyncio.run(run()) == ["smedjan"] * 5
    assert len(spotify.requests) == 7


def test_spotifyaio(spotify: Spotify) -> None:
    """A spotifyaio client, which fixes scheme and port, reads."""

    async def run() -> str:
        async with spotifyaio.SpotifyClient() as client:
            client.authenticate("a-token")
            return (await client.get_current_user()).user_id

    assert asyncio.run(run()) == "smedjan"
    assert spotify.last.headers.get("Authorization") == "Bearer a-token"


@pytest.mark.parametrize("times", [10, pytest.param(40, marks=pytest.mark.slow)])
def test_threads(spotify: Spotify, elsewhere: str, times: int) -> None:
    """8 threads send many requests each: every one is answered, none leaks, none of another host is taken."""
    tls = ssl.create_default_context()  # one for all: to load the certificates takes 20 ms each time

    def run(worker: int) -> list[str]:
        got = []
        with requests.Session() as session, httpx.Client() as client:
            for n in range(times):
                query = {"n": f"{worker}-{n}"}
                got += session.get(TRACK, params=query).json()["query"]["n"]
                got += client.get(TRACK, params=query).json()["query"]["n"]
                with urllib.request.urlopen(f"{TRACK}?n={worker}-{n}", context=tls) as answer:
                    got += json.load(answer)["query"]["n"]
                if n % 8 == 0:
                    assert session.get(f"{elsewhere}/{worker}").text == f"elsewhere /{worker}"
                    assert client.get(f"{elsewhere}/{worker}").text == f"elsewhere /{worker}"
        return got

    with ThreadPoolExecutor(8) as pool:
        for worker, got in enumerate(pool.map(run, range(8))):
            assert got == [f"{worker}-{n}" for n in range(times) for _ in range(3)]
    assert len(spotify.requests) == 8 * 3 * times
