import json
import re
import threading
import time
from contextlib import suppress
from email.utils import formatdate

import pytest

from pytest_spotify.auth.fake_tokens import BAD_TOKEN
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    HostNotAllowed,
    InvalidResponse,
    QuotaExceeded,
    RequestBudgetExceeded,
    ResponseTimedOut,
    RunStopped,
    ServiceError,
    WriteRefused,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Headers, Request
from pytest_spotify.transport.client import Timeouts
from pytest_spotify.transport.limits import RunLimits
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.target import Target
from tests.support.loopback_server import FakeTime, LoopbackServer, Received, Reply, as_json, leaks, shown

TOKEN = "BQDk4Gs8Jf-2Vw6_Xc1Zt9Qh5Mb3Ny"


class ScriptedTarget:
    """A target that answers what the test lays out, one reply after the other; the last one stays."""

    def __init__(self) -> None:
        self.replies: list[Reply] = [as_json({})]
        self.server = LoopbackServer(self.answer)
        self.time = FakeTime()
        self.open: list[LiveTransport] = []

    def answer(self, _: Received) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def transport(
        self,
        *,
        limits: RunLimits | None = None,
        writes: bool = False,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
    ) -> LiveTransport:
        transport = LiveTransport(
            Target(api_url=f"{self.server.url}/v1", accounts_url=f"{self.server.url}/accounts"),
            timeouts=timeouts,
            limits=limits or RunLimits(clock=self.time.clock),
            writes=writes,
            clock=clock or self.time.clock,
        )
        self.open.append(transport)
        return transport


@pytest.fixture
def target():
    target = ScriptedTarget()
    with target.server:
        yield target
        for transport in target.open:
            transport.close()


def request(
    method: str = "GET", path: str = "/me", authorization: str = f"Bearer {TOKEN}", **more
) -> Request:
    fields = {"Authorization": authorization} if authorization else {}
    return Request(method=method, url=f"{API_URL}{path}", headers=Headers(fields), **more)


LIMITED = as_json({"error": {"status": 429, "message": "API rate limit exceeded"}}, 429)


def limited(retry_after: str) -> Reply:
    return as_json({"error": {"status": 429, "message": "x"}}, 429, Retry_After=retry_after)


# The one address


def test_requests_go_to_the_target_and_answers_come_back_canonical(target):
    """Outside there is one address; the target sees its own."""
    target.replies = [
        as_json({"next": f"{target.server.url}/v1/me?page=2"}, Location=f"{target.server.url}/v1/x")
    ]

    response = target.transport()(request(path="/me?a=b"))

    assert json.loads(response.body) == {"next": f"{API_URL}/me?page=2"}
    assert response.headers.get("Location") == f"{API_URL}/x"
    assert target.server.received[0].path == "/v1/me?a=b"
    assert target.server.received[0].all("Authorization") == [f"Bearer {TOKEN}"]


def test_a_link_of_the_target_itself_is_understood(target):
    """A client that was handed a live URL reaches the same place."""
    target.transport()(Request(method="GET", url=f"{target.server.url}/v1/me"))
    target.transport()(Request(method="POST", url=f"{ACCOUNTS_URL}/api/token", body=b"a=b"))

    assert [received.path for received in target.server.received] == ["/v1/me", "/accounts/api/token"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/v1/me",
        "https://api.spotify.com.example.com/v1/me",
        "https://api.spotify.com/v10/me",
        "https://api.spotify.com/v2/me",
        "https://api.spotify.com@example.com/v1/me",
        "http://api.spotify.com/v1/me",
        "https://accounts.spotify.com.example.com/api/token",
        "https://i.scdn.co/image/ab",
        "https://api.spotify.com/v1/../v2/me",
        "https://api.spotify.com/v1/tracks/%2E%2e/me",
        "https://api.spotify.com/v1/tracks/..\\me",
        "/v1/me",
        "",
    ],
)
def test_nothing_goes_elsewhere(target, url):
    """No other host, scheme or version is asked, against a sandbox and against Spotify alike."""
    asked = Request(method="GET", url=url, headers=Headers({"Authorization": f"Bearer {TOKEN}"}))

    for transport in (
        target.transport(),
        LiveTransport(Target.spotify()),
    ):
        with pytest.raises(HostNotAllowed) as failure:
            transport(asked)
        assert leaks(shown(failure.value), [TOKEN]) == []
    assert target.server.received == []


def test_a_redirect_is_not_followed(target):
    """A 3xx is an answer, so that the contract can say what it thinks of it."""
    with LoopbackServer(lambda _: as_json({})) as other:
        target.replies = [Reply(302, {"Location": f"{other.url}/v1/me"})]
        assert target.transport()(request()).status == 302

    assert other.received == []


# Writes


WRITES = ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "get", "Get"]


@pytest.mark.parametrize("method", WRITES)
def test_a_write_with_a_token_is_stopped_before_it_leaves(target, method):
    """Only GET and HEAD leave without leave; the message has the option."""
    with pytest.raises(
        WriteRefused, match=rf"^{method} {re.escape(API_URL)}/me: .*--spotify-write"
    ) as failure:
        target.transport()(request(method))

    assert target.server.received == []
    assert leaks(shown(failure.value), [TOKEN]) == []


@pytest.mark.parametrize(
    "carrier",
    [
        request("PUT", authorization=f"bearer {TOKEN}"),
        request("PUT", authorization=f"BEARER   {TOKEN}"),
        request("PUT", authorization=f" Bearer {TOKEN}"),
        request("PUT", authorization=f"Bearer {BAD_TOKEN}x"),
        request("PUT", authorization=f"Bearer  {BAD_TOKEN} {TOKEN}"),
        request("PUT", "/me?access_token=BQx", authorization=""),
        request("PUT", "/me?a=b&access%5Ftoken=BQx", authorization=""),
        Request(
            method="PUT",
            url=f"{API_URL}/me",
            headers=Headers([("authorization", f"Bearer {BAD_TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]),
        ),
        Request(
            method="POST",
            url=f"{API_URL}/me",
            headers=Headers({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}),
            body=b"a=b&access_token=BQx",
        ),
    ],
)
def test_a_token_is_found_wherever_it_may_stand(target, carrier):
    """RFC 6750 section 2: header field, form body or query; schemes are compared without case."""
    with pytest.raises(WriteRefused):
        target.transport()(carrier)

    assert target.server.received == []


@pytest.mark.parametrize("authorization", ["", f"Bearer {BAD_TOKEN}", "Bearer", "Basic YTpi"])
def test_a_write_without_a_valid_token_leaves(target, authorization):
    """The 401 of a write operation can be checked without leave to write."""
    target.transport()(request("PUT", authorization=authorization))

    assert len(target.server.received) == 1


def test_writes_leave_with_leave(target):
    """With `writes=True` they are sent as they stand."""
    transport = target.transport(writes=True)

    transport(request("PUT", body=b'{"ids": []}'))

    assert target.server.received[0].body == b'{"ids": []}'
    assert (transport.requests_sent, transport.authorized_requests_sent) == (1, 1)


# Counting


def test_requests_are_counted_with_their_tokens(target):
    """Every request that leaves counts, those with a valid token twice over; what is refused does not."""
    transport = target.transport()

    transport(request())
    transport(request(authorization=""))
    transport(request(authorization=f"Bearer {BAD_TOKEN}"))
    with pytest.raises(WriteRefused):
        transport(request("PUT"))

    assert (transport.requests_sent, transport.authorized_requests_sent) == (3, 1)


def test_the_budget_is_kept_to_the_request(target):
    """What is over it does not leave, repetitions included."""
    target.replies = [as_json({}), Reply(503)]
    transport = target.transport(limits=RunLimits(max_requests=2, clock=target.time.clock))

    transport(request())
    with pytest.raises(RequestBudgetExceeded):
        transport(request())

    assert len(target.server.received) == transport.requests_sent == 2


# Repeating


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_once_after_an_outage(target, status):
    """The second answer counts, whatever it is."""
    target.replies = [Reply(status), as_json({"good": True})]
    transport = target.transport()

    assert transport(request()).status == 200
    assert (len(target.server.received), target.time.slept) == (2, [1.0])

    target.replies = [Reply(status)]
    assert transport(request()).status == status
    assert len(target.server.received) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 501])
def test_other_answers_are_not_repeated(target, status):
    """They are what there is to check."""
    target.replies = [Reply(status)]

    assert target.transport()(request()).status == status
    assert len(target.server.received) == 1


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "HEAD"])
@pytest.mark.parametrize("reply", [Reply(503), Reply(raw=[]), Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Le"])])
def test_nothing_but_a_read_is_repeated(target, method, reply):
    """A write may have been carried out when its answer is lost."""
    target.replies = [reply, as_json({})]
    transport = target.transport(writes=True)

    if reply.raw is None:
        assert transport(request(method)).status == 503
    else:
        with pytest.raises(ConnectionLost):
            transport(request(method))

    assert len(target.server.received) == 1


def test_a_read_is_repeated_once_after_a_lost_connection(target):
    """A reset is repeated once, and then told."""
    target.replies = [Reply(raw=[]), as_json({})]
    transport = target.transport()
    assert transport(request()).status == 200

    target.replies = [Reply(raw=[])]
    with pytest.raises(ConnectionLost) as failure:
        transport(request())
    assert len(target.server.received) == 4
    assert leaks(shown(failure.value), [TOKEN]) == []
    assert failure.value.__context__ is None


def test_a_read_that_takes_too_long_is_not_repeated(target):
    """Waiting twice as long helps nobody."""

    def late():
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
        while not stop.wait(0.05):
            yield b"x"

    stop = threading.Event()
    target.replies = [Reply(raw=late())]
    with pytest.raises(ServiceError):
        target.transport(timeouts=Timeouts(total=0.2), clock=Clock())(request())
    stop.set()

    assert len(target.server.received) == 1


def test_an_unreachable_target_is_tried_twice():
    """Nobody listens: two tries, then the address."""
    time = FakeTime()
    target = Target(api_url="http://127.0.0.1:1/v1", accounts_url="http://127.0.0.1:1/accounts")
    transport = LiveTransport(target, clock=time.clock)

    with pytest.raises(ConnectionFailed, match=r"^GET http://127\.0\.0\.1:1/v1/me: no connection"):
        transport(request())

    assert (transport.requests_sent, time.slept) == (2, [1.0])


# Too many requests


@pytest.mark.parametrize(
    ("value", "slept"), [("0", 1.0), ("1", 1.0), ("30", 30.0), ("", 1.0), ("-1", 1.0), ("soon", 1.0)]
)
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_short_limit_is_waited_for(target, value, slept, method):
    """The time asked for passes, then the request is sent again: a 429 was refused unread."""
    target.replies = [limited(value), as_json({})]
    transport = target.transport(writes=True)

    assert transport(request(method)).status == 200
    assert (len(target.server.received), target.time.slept) == (2, [slept])


def test_a_limit_with_a_date_is_waited_for(target):
    """RFC 9110 section 10.2.3 allows a date."""
    target.replies = [limited(formatdate(target.time.wall + 20, usegmt=True)), as_json({})]

    assert target.transport()(request()).status == 200
    assert target.time.slept == [20.0]


@pytest.mark.parametrize("value", ["31", "79892", "86400", "1e12", "9" * 400])
def test_a_long_limit_ends_the_request_at_once(target, value):
    """Nobody sleeps for hours; the message says until when."""
    target.replies = [limited(value)]

    with pytest.raises(QuotaExceeded, match=r"until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"):
        target.transport()(request())

    assert target.time.slept == []
    assert len(target.server.received) == 1


def test_the_moment_that_is_named_is_the_end_of_the_limit(target):
    """79,892 seconds after the run's clock, to the second."""
    target.replies = [limited("79892")]

    with pytest.raises(QuotaExceeded, match="until 1970-01-13 11:58:12 UTC"):
        target.transport()(request())


def test_a_limit_that_returns_is_not_waited_for_more_than_a_minute(target):
    """However short each wait is, one request waits sixty seconds in all."""
    target.replies = [limited("25")]

    with pytest.raises(QuotaExceeded):
        target.transport()(request())

    assert target.time.slept == [25.0, 25.0]


def test_a_limit_that_names_no_time_is_waited_for_longer_each_time(target):
    """1, 2, 4, 8, 16 seconds, and then it is told."""
    target.replies = [LIMITED]

    with pytest.raises(QuotaExceeded):
        target.transport()(request())

    assert target.time.slept == [1.0, 2.0, 4.0, 8.0, 16.0]


@pytest.mark.parametrize(
    ("fields", "told"), [({}, "for a time that it does not name"), ({"Retry_After": "5"}, "until")]
)
def test_a_used_up_quota_is_not_waited_for(target, fields, told):
    """`QUOTA_EXCEEDED` is the account's allowance of a day (changes of July 2026)."""
    error = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}
    target.replies = [as_json(error, 429, **fields)]

    with pytest.raises(QuotaExceeded, match=rf"\(QUOTA_EXCEEDED\) {told}"):
        target.transport()(request())

    assert target.time.slept == []
    assert len(target.server.received) == 1


def test_other_workers_do_not_keep_hitting(target, tmp_path):
    """What one worker is told holds for all of the run, through a file."""
    target.replies = [limited("79892")]
    one, other = (
        target.transport(limits=RunLimits(folder=tmp_path, clock=target.time.clock)) for _ in range(2)
    )

    with pytest.raises(QuotaExceeded):
        one(request())
    for transport in (other, one):
        with pytest.raises(RunStopped, match=r"^not asked: limited until 1970-01-13 11:58 UTC$"):
            transport(request())

    assert len(target.server.received) == 1


@pytest.mark.parametrize(
    "body", [b"Too many requests", b"", b"[]", b'{"error": "x"}', b"[" * 100_000, b"\xff"]
)
def test_any_body_of_a_limit_is_taken(target, body):
    """The text varies (Shabinder/SpotiFlyer#1814) and decides nothing."""
    target.replies = [Reply(429, {"Retry-After": "2"}, body), as_json({})]

    assert target.transport()(request()).status == 200


# Outages


def drip():
    """Write an answer that never ends."""
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"
    for _ in range(100):
        yield b"x"
        time.sleep(0.02)


OUTAGES = {
    "5xx": (lambda: Reply(503), "Spotify answers 503"),
    "500": (lambda: Reply(500), "Spotify answers 500"),
    "reset": (lambda: Reply(raw=[]), "Spotify breaks connections off"),
    "cut": (
        lambda: Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]),
        "Spotify breaks connections off",
    ),
}


@pytest.mark.parametrize("kind", OUTAGES)
def test_an_outage_of_several_operations_stops_the_run(target, tmp_path, kind):
    """After an answer, three operations that fail in a row stop all processes of the run, and no fewer do."""
    reply, reason = OUTAGES[kind]
    one, other = (
        target.transport(limits=RunLimits(folder=tmp_path, clock=target.time.clock)) for _ in range(2)
    )
    one(request())
    target.replies = [reply()]
    for path in ("/tracks/1", "/albums/1", "/artists/1"):
        assert one.limits.stop_reason == ""
        with suppress(ServiceError):
            one(request(path=path))
    sent = len(target.server.received)

    with pytest.raises(RunStopped, match=f"^not asked: {reason}$"):
        other(request())
    assert len(target.server.received) == sent


def test_one_operation_that_fails_stops_nothing(target):
    """It may be broken by itself, with whatever ids it is asked for."""
    transport = target.transport()
    transport(request())
    target.replies = [Reply(500)]
    for number in range(8):
        transport(request(path=f"/tracks/{number:022}"))
    target.replies = [as_json({})]

    assert transport(request()).status == 200


def test_an_answer_ends_an_outage(target):
    """Failures count while nothing comes between them; a refusal and a limit are answers."""
    transport = target.transport()
    for number, status in enumerate((200, 404, 401) * 3):
        target.replies = [Reply(status), Reply(500)]
        transport(request())
        transport(request(path=f"/operation-{number}"))

    assert transport.limits.stop_reason == ""


def test_two_failures_stop_a_run_that_was_never_answered(target):
    """Where the first request fails twice, the network is down and not an operation."""
    target.replies = [Reply(raw=[])]
    transport = target.transport()

    with pytest.raises(ConnectionLost):
        transport(request())
    with pytest.raises(RunStopped):
        transport(request())


def test_a_run_that_keeps_going_is_not_stopped(target):
    """With `keep_going` each request is sent, whatever became of those before."""
    target.replies = [Reply(500)]
    transport = target.transport(limits=RunLimits(keep_going=True, clock=target.time.clock))

    assert [transport(request(path=f"/{number}")).status for number in range(9)] == [500] * 9


def test_after_a_stop_what_was_changed_can_be_put_back(target):
    """While the stop is lifted requests are sent; a long limit holds even then."""
    transport = target.transport(writes=True)
    transport.limits.stop("Spotify answers 503")
    with transport.limits.lifted():
        assert transport(request("PUT")).status == 200
    with pytest.raises(RunStopped):
        transport(request())

    transport.limits.pause(3600)
    with transport.limits.lifted(), pytest.raises(QuotaExceeded):
        transport(request())
    assert len(target.server.received) == 1


def test_an_endless_answer_costs_its_deadline_once():
    """The next request is not waited for as long, in no process of the run, and then none is sent."""
    with LoopbackServer(lambda _: Reply(raw=drip())) as server:
        limits = RunLimits()
        transport = LiveTransport(
            Target(api_url=f"{server.url}/v1", accounts_url=f"{server.url}/a"),
            limits=limits,
            timeouts=Timeouts(connect=0.1, total=0.2),
        )
        for _ in range(2):
            with pytest.raises(ResponseTimedOut):
                transport(request())
        assert limits.is_slow
        with pytest.raises(RunStopped, match="does not answer in time"):
            transport(request())
        transport.close()


def test_waits_for_an_unavailable_service_are_shared(target, tmp_path):
    """A Retry-After of a 503 is waited for once by all processes, and one beyond 30 s stops the run."""
    one, other = (
        target.transport(limits=RunLimits(folder=tmp_path, clock=target.time.clock)) for _ in range(2)
    )
    target.replies = [as_json({}), Reply(503, {"Retry-After": "20"}), as_json({})]
    one(request())
    assert one(request()).status == 200
    other(request())
    assert target.time.slept == [20.0]

    target.replies = [Reply(503, {"Retry-After": "3600"})]
    assert one(request()).status == 503
    with pytest.raises(RunStopped, match=r"^not asked: Spotify answers 503 until 14:47 UTC$"):
        other(request())


def test_a_test_waits_a_minute_in_all(target):
    """Waits of all requests of a test add up; the next test begins anew."""
    transport = target.transport()
    for expected in (25, 25):
        target.replies = [limited(str(expected)), as_json({})]
        transport(request())
    transport.begin_test()
    target.replies = [limited("25"), as_json({})]
    transport(request())
    assert target.time.slept == [25.0] * 3

    target.replies = [limited("25"), limited("25"), as_json({})]
    with pytest.raises(QuotaExceeded):
        transport(request())


def test_waits_are_told_before_they_begin(target):
    """Whoever wants to know hears the seconds and the reason, once a wait."""
    waits = []
    transport = LiveTransport(
        Target(api_url=f"{target.server.url}/v1", accounts_url=f"{target.server.url}/accounts"),
        limits=RunLimits(clock=target.time.clock),
        clock=target.time.clock,
        on_wait=lambda seconds, reason: waits.append((seconds, reason, len(target.time.slept))),
    )
    target.open.append(transport)
    target.replies = [limited("12"), Reply(503, {"Retry-After": "3"}), as_json({})]
    transport(request())

    assert waits == [(12.0, "Spotify asks for it (429)", 0), (3.0, "Spotify asks for it (503)", 1)]


@pytest.mark.parametrize("status", [200, 404, 429])
def test_a_response_nested_too_deep_is_refused_in_a_line(target, status):
    """No parser of a client ends in a RecursionError: the response is not handed on. A 429 is one anyway."""
    target.replies = [Reply(status, {}, b'{"a":' * 100_000), as_json({})]
    transport = target.transport()

    if status == 429:
        assert transport(request()).status == 200
        return
    with pytest.raises(
        InvalidResponse, match=rf"^GET \S+/me: the response \({status}\) is JSON that is"
    ) as e:
        transport(request())
    assert "\n" not in str(e.value)
    assert transport(request()).status == 200


@pytest.mark.parametrize("status", [429, 503])
def test_who_waits_itself_gets_the_first_response(target: ScriptedTarget, status: int) -> None:
    """Without retries a request is sent once, and no later one waits for what its response said."""
    target.replies = [as_json({}, status, Retry_After="20"), as_json({})]
    transport = target.transport()
    request = Request(method="GET", url=f"{API_URL}/me")
    assert transport(request, retries=False).status == status
    assert transport(request).status == 200
    assert target.time.slept == []


def test_a_used_up_quota_without_an_end_is_one_for_an_hour(target):
    """A run that goes on all the same waits so long: the quota of a day has no end that is near."""
    error = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}
    target.replies = [as_json(error, 429)]
    limits = RunLimits(clock=target.time.clock, keep_going=True)
    with pytest.raises(QuotaExceeded):
        target.transport(limits=limits)(request())
    assert limits.acquire("GET /me") == 3600.0


def test_head_changes_nothing(target):
    """So it needs no leave to write, with a token too."""
    assert target.transport()(request(method="HEAD")).status == 200
