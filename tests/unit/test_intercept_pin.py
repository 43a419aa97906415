"""What the interception needs of VCR.py, to be run on its lowest and its newest version."""

from __future__ import annotations

import http.client
import inspect

import aiohttp
import httpcore
import requests
import vcr
import vcr.patch
import vcr.stubs
from aiohttp.client_proto import ResponseHandler
from vcr.cassette import Cassette

from pytest_spotify.exchange import Request, Response
from pytest_spotify.intercept.interception import _CLIENTS, _OWN_INTERCEPTION, intercept
from pytest_spotify.intercept.vcr_patches import _clients_below


def test_the_two_methods_take_one_request() -> None:
    """The methods that are replaced exist on a cassette, public, and take one request."""
    for method in (Cassette.can_play_response_for, Cassette.play_response):
        assert list(inspect.signature(method).parameters) == ["self", "request"]


def test_a_cassette_opens_with_our_settings() -> None:
    """A cassette takes the settings that the interception opens it with."""
    settings = inspect.signature(Cassette.__init__).parameters
    needed = {"path", "persister", "record_mode", "before_record_request", "skip_patchers"}
    assert needed <= set(settings)
    assert {*_CLIENTS, *_OWN_INTERCEPTION} <= set(vcr.patch.PATCHER_NAMES)


def test_what_is_mended_is_there() -> None:
    """The reset and the constructors that the interception replaces are where it looks for them."""
    assert vcr.patch.force_reset.__module__ == "vcr.patch"
    assert vcr.patch._HTTPConnection is http.client.HTTPConnection
    assert vcr.patch._HTTPSConnection is http.client.HTTPSConnection
    for stub, real in (
        (vcr.stubs.VCRHTTPConnection, http.client.HTTPConnection),
        (vcr.stubs.VCRHTTPSConnection, http.client.HTTPSConnection),
    ):
        assert stub._baseclass is real


def test_the_mechanism() -> None:
    """A client asks the open cassette, through the two methods, instead of its socket."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return Response(status=202, body=b"pinned")

    url = "https://api.spotify.com/v1/me"
    with intercept(answer, hosts=["https://api.spotify.com"]), requests.Session() as session:
        got = session.post(url, data=b"sent", headers={"Authorization": "Bearer t"})
    assert (got.status_code, got.content) == (202, b"pinned")
    assert [(request.method, request.url, request.body) for request in asked] == [("POST", url, b"sent")]
    assert asked[0].headers.get("Authorization") == "Bearer t"


def test_what_is_intercepted_below_vcrpy_is_there() -> None:
    """Httpcore's and aiohttp's methods exist, and are of the kind that the interception replaces."""
    for owner in (httpcore.ConnectionPool, httpcore.HTTPConnection):
        assert list(inspect.signature(owner.handle_request).parameters) == ["self", "request"]
    for owner in (httpcore.AsyncConnectionPool, httpcore.AsyncHTTPConnection):
        assert inspect.iscoroutinefunction(owner.handle_async_request)
    for method in (aiohttp.BaseConnector.connect, aiohttp.TCPConnector._create_connection):
        assert inspect.iscoroutinefunction(method)
        assert list(inspect.signature(method).parameters)[:2] == ["self", "req"]
    assert list(inspect.signature(ResponseHandler.__init__).parameters) == ["self", "loop"]


def test_what_lies_above_it_is_there() -> None:
    """VCR.py keeps the real methods of aiohttp and httpx, to which requests to Spotify go past its stubs."""
    for owner, name, real, _ in _clients_below(vcr.patch):
        assert getattr(owner, name) is real
