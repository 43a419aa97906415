"""Live transport: requests to the run's target, checked, counted, and repeated if that is safe.

Sessions, the guard and replay share one type: a `Transport` takes a request under Spotify's own URL and
returns the response, under Spotify's own URLs and decoded. The processes of a run share a `RunLimits`,
and the pause that Spotify required, in a folder; without one, the threads of this process do.
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
    SpotifyTestError,
    WriteRefused,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Request, Response
from pytest_spotify.transport.client import HttpClient
from pytest_spotify.transport.limits import RunLimits, retry_after
from pytest_spotify.transport.target import Target, is_below

Transport = Callable[[Request], Response]

_LONGEST_WAIT = 30.0
_ALL_WAITS = 60.0
_UNAVAILABLE = frozenset((502, 503, 504))


class LiveTransport:
    """The transport to a target. Safe to call from any thread.

    Only a GET is sent a second time after 502, 503, 504 or a lost connection. After a 429 any request is
    repeated, once the time that Spotify requires is over: it was refused unread.
    """

    def __init__(
        self,
        target: Target,
        *,
        http_client: HttpClient | None = None,
        limits: RunLimits | None = None,
        writes: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._target = target
        self._clock = clock or Clock()
        self._http_client = http_client or HttpClient(clock=self._clock)
        self._limits = limits or RunLimits(clock=self._clock)
        self._writes = writes
        self._lock = threading.Lock()
        self.requests_sent = 0
        self.authorized_requests_sent = 0

    def __call__(self, request: Request) -> Response:
        """Send a request under Spotify's own URL and return the response, whatever its status."""
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
        return self._target.canonical_response(
            self._send_with_retries(self._target.to_target(request), request.title, authorized)
        )

    def close(self) -> None:
        """Close all open connections."""
        self._http_client.close()

    def _send_with_retries(self, request: Request, what: str, authorized: bool) -> Response:
        __tracebackhide__ = True
        waited, refused, failed = 0.0, 0, False
        while True:
            waited = self._wait_for_slot(what, waited)
            self._count(authorized)
            outcome = self._send_once(request)
            may_repeat = request.method == "GET" and not failed
            if isinstance(outcome, SpotifyTestError):
                if not (may_repeat and isinstance(outcome, ConnectionFailed | ConnectionLost)):
                    raise outcome
                failed = True
                self._clock.sleep(1.0)
                continue
            delay = retry_after(outcome.headers.get("Retry-After"), now=self._clock.time())
            if outcome.status == 429:
                self._handle_429(outcome, what, delay, refused)
                refused += 1
            elif outcome.status in _UNAVAILABLE and may_repeat and (delay or 0.0) <= _LONGEST_WAIT:
                failed = True
                self._clock.sleep(delay or 1.0)
            else:
                return outcome

    def _wait_for_slot(self, what: str, waited: float) -> float:
        """Wait until the run may send, and return how long this request has waited in all."""
        __tracebackhide__ = True
        while wait := self._limits.acquire(what):
            if wait > _LONGEST_WAIT or waited + wait > _ALL_WAITS:
                raise self._limits.quota_exceeded(what, wait)
            self._clock.sleep(wait)
            waited += wait
        return waited

    def _send_once(self, request: Request) -> Response | SpotifyTestError:
        try:
            return self._http_client.send(request)
        except SpotifyTestError as error:
            return error.with_traceback(None)

    def _handle_429(self, response: Response, what: str, delay: float | None, before: int) -> None:
        """Let the whole run wait after a 429; raises QuotaExceeded if no wait will do."""
        __tracebackhide__ = True
        reason = _reason(response)
        # A used-up quota has no short end, even where the field is absent (blog 2026-07-23).
        self._limits.pause(delay or (3600.0 if reason == "QUOTA_EXCEEDED" else 2.0**before))
        if reason == "QUOTA_EXCEEDED":
            raise self._limits.quota_exceeded(what, delay, reason)

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
