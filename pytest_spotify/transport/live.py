"""Live transport: requests to the run's target, checked, counted, and repeated if that is safe.

Sessions, the guard and replay share one type: a `Transport` takes a request under Spotify's own URL and
returns the response, under Spotify's own URLs and decoded. The processes of a run share its `RunLimits`
in a folder; without one, the threads of this process do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

from pytest_spotify.auth.token import has_usable_token
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    HostNotAllowed,
    InvalidResponse,
    ResponseTimedOut,
    ServiceError,
    SpotifyTestError,
    WriteRefused,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Request, Response
from pytest_spotify.formats.strict_json import MAX_DEPTH, is_nested_too_deep
from pytest_spotify.transport.client import HttpClient, Timeouts
from pytest_spotify.transport.limits import RunLimits, retry_after
from pytest_spotify.transport.target import Target, is_below

Transport = Callable[[Request], Response]

_LONGEST_WAIT = 30.0
_ALL_WAITS = 60.0  # of one test
_UNAVAILABLE = frozenset((502, 503, 504))


class LimitedClient(HttpClient):
    """A client that notes in the limits of the run what became of its requests, and obeys their stop.

    Token requests use it too: an outage of the accounts service is one of the run. After a response that did
    not come in time the next one is not waited for as long: an outage costs its deadline once.
    """

    def __init__(
        self, limits: RunLimits, *, timeouts: Timeouts | None = None, clock: Clock | None = None
    ) -> None:
        super().__init__(timeouts=timeouts, clock=clock)
        self._limits = limits

    def send(self, request: Request, *, timeouts: Timeouts | None = None) -> Response:
        """Send one request and return its whole response; raises SpotifyTestError for any failure."""
        __tracebackhide__ = True
        self._limits.raise_if_stopped()
        if timeouts is None and self._limits.is_slow:
            own = self._timeouts
            timeouts = Timeouts(
                connect=min(own.connect, 2.0), read=min(own.read, 5.0), total=min(own.total, 5.0)
            )
        began = self._clock.monotonic()
        try:
            response = super().send(request, timeouts=timeouts)
        except ServiceError as error:
            slow = self._clock.monotonic() - began >= min(self._timeouts.connect, self._timeouts.total)
            self._limits.note_outage(request, _fault(error), slow=slow)
            raise
        if response.status >= 500:
            self._limits.note_outage(request, f"Spotify answers {response.status}", slow=False)
        else:
            self._limits.note_answer()
        return response


class LiveTransport:
    """The transport to a target. Safe to call from any thread.

    Only a GET is sent a second time after 502, 503, 504 or a lost connection. After a 429 any request is
    repeated, once the time that Spotify requires is over: it was refused unread. `on_wait` is called before
    each such wait, with the seconds and the reason.
    """

    def __init__(
        self,
        target: Target,
        *,
        limits: RunLimits | None = None,
        writes: bool = False,
        timeouts: Timeouts | None = None,
        clock: Clock | None = None,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self._target = target
        self._clock = clock or Clock()
        self.limits = limits or RunLimits(clock=self._clock)
        self.http_client = LimitedClient(self.limits, timeouts=timeouts, clock=self._clock)
        self._writes = writes
        self._on_wait = on_wait
        self._lock = threading.Lock()
        self._waited = 0.0
        self.requests_sent = 0
        self.authorized_requests_sent = 0

    def __call__(self, request: Request, *, retries: bool = True) -> Response:
        """Send a request under Spotify's own URL, without `retries` once; return whatever response it has."""
        __tracebackhide__ = True
        request = self._target.canonical_request(request)
        if not (is_below(request.url, API_URL) or is_below(request.url, ACCOUNTS_URL)):
            raise HostNotAllowed(
                f"{request.title}: expected a URL below {API_URL} or {ACCOUNTS_URL}. Nothing was sent: a "
                "Spotify token must not leave for another host."
            )
        authorized = has_usable_token(request)
        if request.method not in ("GET", "HEAD") and authorized and not self._writes:
            raise WriteRefused(
                f"{request.title}: not sent, because it could change the account. `--spotify-write` allows "
                "writes."
            )
        response = self._send(self._target.to_target(request), request.title, authorized, retries)
        if is_nested_too_deep(response.body):
            raise InvalidResponse(
                f"{request.title}: the response ({response.status}) is JSON that is nested deeper than "
                f"{MAX_DEPTH} levels; not handed on."
            )
        return self._target.canonical_response(response)

    def begin_test(self) -> None:
        """Let the next test wait as long as any."""
        self._waited = 0.0

    def close(self) -> None:
        """Close all open connections."""
        self.http_client.close()

    def _send(self, request: Request, what: str, authorized: bool, retries: bool) -> Response:
        __tracebackhide__ = True
        refused, failed = 0, False
        while True:
            self._wait_for_slot(what)
            self._count(authorized)
            outcome = self._send_once(request)
            may_repeat = retries and request.method == "GET" and not failed and not self.limits.stop_reason
            if isinstance(outcome, SpotifyTestError):
                if not (may_repeat and isinstance(outcome, ConnectionFailed | ConnectionLost)):
                    raise outcome
                failed = True
                self._clock.sleep(1.0)
                continue
            delay = retry_after(outcome.headers.get("Retry-After"), now=self._clock.time())
            if outcome.status == 429 and retries:
                self._handle_429(outcome, what, delay, refused)
                refused += 1
                continue
            if outcome.status in _UNAVAILABLE and retries and delay is not None:
                self.limits.pause(delay, outcome.status)
                if delay > _LONGEST_WAIT:
                    self.limits.stop(self.limits.limited(delay, outcome.status))
                    return outcome
            if not (outcome.status in _UNAVAILABLE and may_repeat):
                return outcome
            failed = True
            if delay is None:
                self._clock.sleep(1.0)

    def _wait_for_slot(self, what: str) -> None:
        """Wait until the run may send; raises QuotaExceeded if the test would wait too long."""
        __tracebackhide__ = True
        while wait := self.limits.acquire(what):
            if wait > _LONGEST_WAIT or self._waited + wait > _ALL_WAITS:
                raise self.limits.quota_exceeded(what, wait)
            self._waited += wait
            if self._on_wait is not None:
                self._on_wait(wait, f"Spotify asks for it ({self.limits.pause_status})")
            self._clock.sleep(wait)

    def _send_once(self, request: Request) -> Response | SpotifyTestError:
        try:
            return self.http_client.send(request)
        except SpotifyTestError as error:
            return error.with_traceback(None)

    def _handle_429(self, response: Response, what: str, delay: float | None, before: int) -> None:
        """Let the whole run wait after a 429; raises QuotaExceeded if no wait will do."""
        __tracebackhide__ = True
        reason = _reason(response)
        # A used-up quota has no short end, even where the field is absent (blog 2026-07-23).
        self.limits.pause(delay or (3600.0 if reason == "QUOTA_EXCEEDED" else 2.0**before))
        if reason == "QUOTA_EXCEEDED":
            raise self.limits.quota_exceeded(what, delay, reason)

    def _count(self, authorized: bool) -> None:
        with self._lock:
            self.requests_sent += 1
            self.authorized_requests_sent += authorized


def _fault(error: ServiceError) -> str:
    """Return an outage in a few words."""
    if isinstance(error, ConnectionFailed):
        return "Spotify cannot be reached"
    if isinstance(error, ResponseTimedOut):
        return "Spotify does not answer in time"
    return "Spotify breaks connections off"


def _reason(response: Response) -> str:
    """Return the Web API's machine-readable reason (documentation: changes of July 2026)."""
    try:
        reason = json.loads(response.body)["error"]["reason"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return reason if isinstance(reason, str) and reason.isprintable() else ""
