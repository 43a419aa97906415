"""Requests that are sent before their turn, at the transport: when they are, and when not."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from pytest_spotify.errors import ConnectionLost, QuotaExceeded, WriteRefused
from pytest_spotify.exchange import API_URL, Headers, Request
from pytest_spotify.transport.limits import RunLimits
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.target import Target
from tests.support.loopback_server import FakeTime, LoopbackServer, Received, Reply, as_json

ERROR = as_json({"error": {"status": 500, "message": "Server error"}}, 500)
LIMITED = as_json({"error": {"status": 429, "message": "x"}}, 429, Retry_After="3")
CUT = Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Le"])


class Server:
    """A target whose operation `/fault` answers as the test says, and each other one with success."""

    def __init__(self) -> None:
        self.fault = as_json({})
        self.server = LoopbackServer(self.answer)
        self.time = FakeTime()
        self.transports: list[LiveTransport] = []

    def answer(self, received: Received) -> Reply:
        return self.fault if received.path == "/v1/fault" else as_json({})

    def transport(self, **limits: float) -> LiveTransport:
        transport = LiveTransport(
            Target(api_url=f"{self.server.url}/v1", accounts_url=f"{self.server.url}/accounts"),
            limits=RunLimits(clock=self.time.clock, **limits),
            clock=self.time.clock,
        )
        self.transports.append(transport)
        return transport

    @property
    def asked(self) -> list[str]:
        return [each.path.removeprefix("/v1/") for each in self.server.received]


@pytest.fixture
def target() -> Iterator[Server]:
    target = Server()
    with target.server:
        yield target
        for transport in target.transports:
            transport.close()


def get(path: str) -> Request:
    return Request(method="GET", url=f"{API_URL}/{path}", headers=Headers({"Accept": "application/json"}))


def send_ahead(transport: LiveTransport, path: str) -> None:
    """Send a request before its turn if that is allowed, and wait until it was answered."""
    before = set(threading.enumerate())
    transport.send_ahead(path, get(path))
    for thread in set(threading.enumerate()) - before:
        if thread.name == "spotify-look-ahead":
            thread.join()


def test_it_is_sent_once(target: Server):
    """After a first answer a request is sent ahead, counted, and taken when it is its turn."""
    transport = target.transport()
    send_ahead(transport, "early")
    assert target.asked == []
    transport(get("first"))
    send_ahead(transport, "a")
    assert target.asked == ["first", "a"]
    assert transport.requests_sent == 2
    assert transport(get("a")).status == 200
    assert target.asked == ["first", "a"]
    assert transport(get("a")).status == 200
    assert target.asked == ["first", "a", "a"]


def test_another_request_is_sent(target: Server):
    """What was sent ahead answers the very same request alone: not one with another token."""
    transport = target.transport()
    transport(get("first"))
    send_ahead(transport, "a")
    bare = get("a")
    transport(
        Request(method="GET", url=bare.url, headers=Headers([*bare.headers, ("Authorization", "Bearer x")]))
    )
    assert target.asked == ["first", "a", "a"]
    transport.look_ahead.forget("a")
    transport(bare)
    assert target.asked == ["first", "a", "a", "a"]


@pytest.mark.parametrize("fault", [ERROR, LIMITED, CUT], ids=["500", "429", "cut"])
def test_nothing_follows_what_is_not_answered(target: Server, fault: Reply):
    """Nothing more is sent ahead until it had its turn, and until something is answered after an outage."""
    transport = target.transport()
    transport(get("first"))
    target.fault = fault
    send_ahead(transport, "fault")
    send_ahead(transport, "a")
    assert target.asked == ["first", "fault"]
    transport.look_ahead.forget("fault")
    send_ahead(transport, "b")
    assert target.asked == ["first", "fault", "b"]


def test_an_outage_shows_in_its_turn(target: Server):
    """The limits of the run know of it then and not before; until an answer nothing is sent ahead."""
    transport = target.transport()
    transport(get("first"))
    target.fault = ERROR
    send_ahead(transport, "fault")
    assert transport(get("fault")).status == 500
    send_ahead(transport, "a")
    assert target.asked == ["first", "fault"]
    transport(get("second"))
    send_ahead(transport, "a")
    assert target.asked == ["first", "fault", "second", "a"]


def test_a_cut_is_repeated_once(target: Server):
    """The attempt that was cut counts as the first of the two that a read has."""
    transport = target.transport()
    transport(get("first"))
    target.fault = CUT
    send_ahead(transport, "fault")
    with pytest.raises(ConnectionLost):
        transport(get("fault"))
    assert target.asked == ["first", "fault", "fault"]
    assert target.time.slept == [1.0]


def test_a_limit_is_waited_for_from_when_it_was_told(target: Server):
    """What has passed of it before its turn is not waited for again; meanwhile nothing is sent ahead."""
    transport = target.transport()
    transport(get("first"))
    target.fault = LIMITED
    send_ahead(transport, "fault")
    target.time.pass_by(2.0)
    target.fault = as_json({})
    assert transport(get("fault")).status == 200
    assert target.time.slept == [pytest.approx(1.0)]


def test_a_pause_holds(target: Server):
    """Within a pause of the run nothing is sent ahead."""
    transport = target.transport()
    transport(get("first"))
    transport.limits.pause(5.0)
    send_ahead(transport, "a")
    target.time.pass_by(6.0)
    send_ahead(transport, "b")
    assert target.asked == ["first", "b"]


def test_a_run_that_has_stopped(target: Server):
    """Nothing is sent ahead once the run has stopped."""
    transport = target.transport()
    transport(get("first"))
    with pytest.raises(QuotaExceeded):
        raise transport.limits.quota_exceeded("x", 100.0)
    send_ahead(transport, "a")
    assert target.asked == ["first"]


def test_the_end_of_a_budget(target: Server):
    """The last requests of a budget are sent in their turn."""
    transport = target.transport(max_requests=26)
    transport(get("first"))
    for path in ("a", "b", "c"):
        send_ahead(transport, path)
    assert target.asked == ["first", "a", "b"]


def test_a_pace(target: Server):
    """What has to wait for the pace of the run does so, and is not sent if it is forgotten meanwhile."""
    transport = target.transport(pace=1000.0)
    transport(get("first"))
    for path in "abcd":
        send_ahead(transport, path)
    transport.send_ahead("late", get("late"))
    transport.look_ahead.forget("late")
    assert target.asked == ["first", *"abcd"]


def test_a_write_is_refused(target: Server):
    """What may not leave in its turn may not before."""
    transport = target.transport()
    transport(get("first"))
    write = Request(method="PUT", url=f"{API_URL}/me", headers=Headers({"Authorization": "Bearer x"}))
    with pytest.raises(WriteRefused):
        transport.send_ahead("a", write)
    assert target.asked == ["first"]
