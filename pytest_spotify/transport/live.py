"""Live transport: requests to the run's target, checked, counted, and repeated if that is safe.

Sessions, the guard and replay share one type: a `Transport` takes a request under Spotify's own URL and
returns the response, under Spotify's own URLs and decoded. The processes of a run share its `RunLimits`
in a folder; without one, the threads of this process do.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import nullcontext

from pytest_spotify.auth.token import has_usable_token
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    HostNotAllowed,
    InvalidResponse,
    SpotifyTestError,
    WriteRefused,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Request, Response
from pytest_spotify.formats.strict_json import MAX_DEPTH, is_nested_too_deep
from pytest_spotify.interrupts import interrupts_held_back
from pytest_spotify.transport.client import Timeouts
from pytest_spotify.transport.limited_client import Attempt, LimitedClient
from pytest_spotify.transport.limits import LONGEST_WAIT, RunLimits
from pytest_spotify.transport.look_ahead import LookAhead
from pytest_spotify.transport.retry_after import retry_after
from pytest_spotify.transport.target import Target, is_below

Transport = Callable[[Request], Response]

_SAFE = frozenset(("GET", "HEAD"))  # RFC 9110 section 9.2.1, of those that the Web API has
_ALL_WAITS = 60.0  # of one test
_UNAVAILABLE = frozenset((502, 503, 504))


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
        self.look_ahead = LookAhead(self._send_early)
        self._writes = writes
        self._on_wait = on_wait
        self._lock = threading.Lock()
        self._waited = 0.0
        self.requests_sent = 0
        self.authorized_requests_sent = 0

    def __call__(self, request: Request, *, retries: bool = True) -> Response:
        """Send a request under Spotify's own URL, without `retries` once; return whatever response it has."""
        __tracebackhide__ = True
        request, authorized = self._allowed(request)
        response = self._send(self._target.to_target(request), request.title, authorized, retries)
        if is_nested_too_deep(response.body):
            raise InvalidResponse(
                f"{request.title}: the response ({response.status}) is JSON that is nested deeper than "
                f"{MAX_DEPTH} levels; not handed on."
            )
        return self._target.canonical_response(response)

    def send_ahead(self, owner: object, request: Request) -> None:
        """Send a request before the transport is called with it, if nothing speaks against that."""
        __tracebackhide__ = True
        request, authorized = self._allowed(request)
        if not self.look_ahead.is_in_trouble and (delay := self.limits.acquire_ahead()) is not None:
            self.look_ahead.start(owner, self._target.to_target(request), authorized, delay)

    def begin_test(self) -> None:
        """Let the next test wait as long as any."""
        self._waited = 0.0

    def close(self) -> None:
        """Close all open connections."""
        self.look_ahead.end()
        self.http_client.close()

    def _allowed(self, request: Request) -> tuple[Request, bool]:
        """Return the canonical request if it may leave, and whether it carries a token."""
        __tracebackhide__ = True
        request = self._target.canonical_request(request)
        if not (is_below(request.url, API_URL) or is_below(request.url, ACCOUNTS_URL)):
            raise HostNotAllowed(
                f"{request.title}: expected a URL below {API_URL} or {ACCOUNTS_URL}. Nothing was sent: a "
                "Spotify token must not leave for another host."
            )
        authorized = has_usable_token(request)
        if request.method not in _SAFE and authorized and not self._writes:
            raise WriteRefused(
                f"{request.title}: not sent, because it could change the account. `--spotify-write` allows "
                "writes."
            )
        return request, authorized

    def _send(self, request: Request, what: str, authorized: bool, retries: bool) -> Response:
        __tracebackhide__ = True
        refused, failed = 0, False
        sent_ahead = self.look_ahead.take(request)
        while True:
            attempt, sent_ahead = sent_ahead or self._send_once(request, what, authorized), None
            self.http_client.note(request, attempt)
            outcome = attempt.outcome
            may_repeat = retries and request.method == "GET" and not failed and not self.limits.stop_reason
            if isinstance(outcome, SpotifyTestError):
                if not (may_repeat and isinstance(outcome, ConnectionFailed | ConnectionLost)):
                    raise outcome
                failed = True
                self._clock.sleep(1.0)
                continue
            delay = retry_after(outcome.headers.get("Retry-After"), now=attempt.at)
            if outcome.status == 429 and retries:
                self._handle_429(attempt, outcome, what, delay, refused)
                refused += 1
                continue
            has_end = outcome.status in _UNAVAILABLE and retries and delay is not None
            if has_end and self.limits.pause(delay, outcome.status, since=attempt.at) > LONGEST_WAIT:
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
            if wait > LONGEST_WAIT or self._waited + wait > _ALL_WAITS:
                raise self.limits.quota_exceeded(what, wait)
            self._waited += wait
            if self._on_wait is not None:
                self._on_wait(wait, f"Spotify asks for it ({self.limits.pause_status})")
            self._clock.sleep(wait)

    def _send_once(self, request: Request, what: str, authorized: bool) -> Attempt:
        """Send a request when the run may."""
        __tracebackhide__ = True
        self._wait_for_slot(what)
        self._count(authorized)
        self.limits.raise_if_stopped()
        # A write that is cut off may be carried out later than what puts the account back.
        with nullcontext() if request.method in _SAFE else interrupts_held_back():
            return self.http_client.attempt(request)

    def _send_early(self, request: Request, authorized: bool, timeouts: Timeouts) -> Attempt:
        """Send a request before its turn."""
        self._count(authorized)
        return self.http_client.attempt(request, timeouts)

    def _handle_429(
        self, attempt: Attempt, response: Response, what: str, delay: float | None, before: int
    ) -> None:
        """Let the whole run wait after a 429; raises QuotaExceeded if no wait will do."""
        __tracebackhide__ = True
        reason = _reason(response)
        # A used-up quota has no short end, even where the field is absent (blog 2026-07-23).
        used_up = reason == "QUOTA_EXCEEDED"
        seconds = delay if used_up else delay or 2.0**before
        left = self.limits.pause(seconds, since=attempt.at)
        if used_up or left > LONGEST_WAIT:
            known = None if seconds is None else left
            raise self.limits.quota_exceeded(what, known, reason if used_up else "")

    def _count(self, authorized: bool) -> None:
        with self._lock:
            self.requests_sent += 1
            self.authorized_requests_sent += authorized


def _reason(response: Response) -> str:
    """Return the Web API's machine-readable reason (documentation: changes of July 2026)."""
    try:
        reason = json.loads(response.body)["error"]["reason"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return reason if isinstance(reason, str) and reason.isprintable() else ""
