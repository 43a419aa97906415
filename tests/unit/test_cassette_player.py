"""Replay: which recorded answer a request gets."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pytest_spotify.cassettes import Cassette
from pytest_spotify.cassettes.player import CassettePlayer
from pytest_spotify.errors import MissingRecording
from pytest_spotify.exchange import Headers, Request
from tests.support.traffic_samples import exchange

API = "https://api.spotify.com/v1"
JSON = {"Content-Type": "application/json", "Authorization": "Bearer ***"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def player(*exchanges) -> CassettePlayer:
    return CassettePlayer(Cassette(path=Path("cassettes/a.yaml"), exchanges=exchanges))


def ask(url, method="GET", body=b"", headers=None) -> Request:
    return Request(method=method, url=url, headers=Headers(headers or {}), body=body)


SAME = [
    ("/search?q=a%20b&type=album", "/search?type=album&q=a+b", b"", b"", {}),
    ("/albums/x/tracks", "/albums/x/tracks/", b"", b"", {}),
    ("/users/a%2Db", "/users/a-b", b"", b"", {}),
    ("/me?a=1&a=2&b=", "/me?b=&a=2&a=1", b"", b"", {}),
    ("/me", "/me", b'{"a": 1, "b": [1, 2]}', b'{"b":[1,2],"a":1}', JSON),
    ("/me", "/me", b"a=1&b=%20", b"b=+&a=1", FORM),
    ("/users/pytest-spotify-user/playlists", "/users/somebody/playlists", b"", b"", {}),
]


@pytest.mark.parametrize(("recorded", "asked", "body", "sent", "headers"), SAME)
def test_equal_requests_match(recorded, asked, body, sent, headers):
    """The order of a query, of keys and of a form, percent-encoding and a last slash make no difference."""
    one = exchange({"x": 1}, url=API + recorded, sent=body, request_headers=headers)
    assert one.response == player(one).respond(ask(API + asked, body=sent, headers=headers))


DIFFERENT = {
    "the method (GET)": {"method": "PUT"},
    "the path (/tracks/x)": {"url": API + "/tracks/y?market=ES&limit=1"},
    "the parameter 'limit' (recorded, not sent)": {"url": API + "/tracks/x?market=ES"},
    "the parameter 'market' (recorded ES, sent SE)": {"url": API + "/tracks/x?market=SE&limit=1"},
    "the parameter 'fields' (sent, not recorded)": {"url": API + "/tracks/x?market=ES&limit=1&fields=a"},
    "how often a parameter is repeated": {"url": API + "/tracks/x?market=ES&market=ES&limit=1"},
    'the body (recorded {"a": 1}, sent {"a": 2})': {"body": b'{"a": 2}'},
    "the authorization (none recorded, Bearer sent)": {"headers": Headers({"authorization": "bearer x"})},
    "the authorization (none recorded, other sent)": {"headers": Headers({"Authorization": "Basic x"})},
}


@pytest.mark.parametrize("difference", DIFFERENT)
def test_one_difference_is_a_miss(difference):
    """A request that differs in one thing gets no answer; the error names it, and both values."""
    one = exchange({"x": 1}, url=API + "/tracks/x?market=ES&limit=1", sent=b'{"a": 1}', request_headers={})
    sent = replace(one.request, **DIFFERENT[difference])
    with pytest.raises(MissingRecording) as caught:
        player(one).respond(sent)
    message = str(caught.value)
    assert f"differs in {difference}" in message
    assert message.startswith(f"no recorded response to {sent.method} {API}/tracks/")


def test_an_encoded_slash_is_part_of_an_id():
    """`/albums/a%2Fb` asks for an album called `a/b`, and is not answered as `/albums/a/b` is."""
    one = exchange({"x": 1}, url=API + "/albums/a/b", request_headers={})
    with pytest.raises(MissingRecording):
        player(one).respond(ask(API + "/albums/a%2Fb"))


TOKEN = "BQD4f8s1c0ffee5ecret9Zk2mQ7xT0aRw3yE6uIo"


@pytest.mark.parametrize(
    "sent",
    [
        ask(f"{API}/me?code={TOKEN}", "POST", b"", {"Authorization": f"Bearer {TOKEN}"}),
        ask(f"{API}/me?market={TOKEN}"),
        ask(f"{API}/me?market=ES", body=f'{{"access_token": "{TOKEN}"}}'.encode()),
    ],
    ids=["code", "market", "body"],
)
def test_a_miss_shows_no_secret(sent):
    """What looks like a token is not shown, wherever it stands in a request."""
    with pytest.raises(MissingRecording) as caught:
        player(exchange(url=f"{API}/me?market=ES")).respond(sent)
    assert "5ecret" not in str(caught.value)
    assert f"{sent.method} {API}/me" in str(caught.value)


def test_equal_requests_play_in_order_and_once():
    """What was recorded twice is answered twice, in that order; a third time is an error that says so."""
    first, second = (exchange({"n": n}, url=API + "/me", request_headers={}) for n in (1, 2))
    replay = player(first, second)
    assert [first.response, second.response] == [replay.respond(first.request), replay.respond(first.request)]
    with pytest.raises(MissingRecording, match="it was recorded 2 times and is sent once more"):
        replay.respond(first.request)


def test_unused_recordings_are_told():
    """What no request asked for is listed in the order of recording."""
    three = [exchange({"n": n}, url=f"{API}/tracks/{n}", request_headers={}) for n in range(3)]
    replay = player(*three)
    replay.respond(three[1].request)
    assert [three[0], three[2]] == replay.unused()


def test_retry_after_is_served_as_none():
    """A recorded 429 makes nobody wait."""
    one = exchange(b"", status=429, response_headers={"retry-after": "79892", "A": "b"}, request_headers={})
    assert Headers({"retry-after": "0", "A": "b"}) == player(one).respond(one.request).headers


def test_empty_cassette_says_so():
    """A miss in an empty cassette names no nearest request."""
    with pytest.raises(MissingRecording, match="the cassette is empty"):
        player().respond(ask(API + "/me"))


def test_threads_share_a_player():
    """Eight threads get each answer exactly once."""
    count = 400
    one = exchange({}, url=API + "/me", request_headers={})
    replay = player(*[replace(one, response=replace(one.response, status=100 + n)) for n in range(count)])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: replay.respond(one.request).status, range(count)))
    assert list(range(100, 100 + count)) == sorted(answers)
    assert replay.unused() == []


def test_cost_is_linear():
    """Five times the recordings are five times the work, not twenty-five times."""

    def lines(count: int) -> int:
        many = [exchange({}, url=f"{API}/tracks/{n}", request_headers={}) for n in range(count)]
        executed = 0

        def trace(_frame: FrameType, event: str, _argument: object) -> Any:
            nonlocal executed
            executed += event == "line"
            return trace

        others, _ = sys.gettrace(), sys.settrace(trace)
        try:
            replay = player(*many)
            for one in reversed(many):
                replay.respond(one.request)
        finally:
            sys.settrace(others)
        return executed

    assert lines(4_000) < 6 * lines(800)  # fewer would all be in the caches of urllib
