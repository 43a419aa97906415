"""Live transport: requests to the run's target, checked, counted, and repeated if that is safe.

Sessions, the guard and replay share one type: a `Transport` takes a request under Spotify's own URL and
returns the response, under Spotify's own URLs and decoded. The processes of a run share a `RequestBudget`,
and the pause that Spotify required, in a folder; without one, the threads of this process do.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from filelock import FileLock

from pytest_spotify.auth.token import has_usable_token
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    ConnectionFailed,
    ConnectionLost,
    HostNotAllowed,
    QuotaExceeded,
    RequestBudgetExceeded,
    SpotifyTestError,
    WriteRefused,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Request, Response
from pytest_spotify.files import write_atomically
from pytest_spotify.transport.client import HttpClient
from pytest_spotify.transport.target import Target, is_below

_YEAR = 366 * 24 * 3600.0


class RequestBudget:
    """The budget and the pause of one run. `max_requests` 0 is no limit.

    `folder` has to be the run's own, and new: its content counts.
    """

    def __init__(
        self, *, max_requests: int = 0, folder: Path | None = None, clock: Clock | None = None
    ) -> None:
        self._max_requests = max_requests
        self._file = folder / "limits.json" if folder else None
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._state = {"sent": 0.0, "not_before": 0.0}

    def acquire(self, what: str) -> float:
        """Count one request and return 0, or count nothing and return the seconds to wait first."""
        __tracebackhide__ = True
        with self._shared() as state:
            wait = state["not_before"] - self._clock.time()
            if wait > 0:
                return wait
            spent = 0 < self._max_requests <= state["sent"]
            state["sent"] += 0 if spent else 1
        if spent:
            raise RequestBudgetExceeded(
                f"{what}: not sent; the run's {self._max_requests} requests are used up "
                f"(--spotify-max-requests={self._max_requests}). Raise the number, or select fewer tests."
            )
        return 0.0

    def pause(self, seconds: float) -> None:
        """Let no process of the run send a request for a while."""
        with self._shared() as state:
            state["not_before"] = max(state["not_before"], self._clock.time() + min(seconds, _YEAR))

    def quota_exceeded(self, what: str, seconds: float | None, reason: str = "") -> QuotaExceeded:
        """Return the error with the time until which Spotify accepts no request; None if it did not say."""
        span = until(seconds, now=self._clock.time())
        why = f" ({reason})" if reason else ""
        return QuotaExceeded(
            f"{what}: Spotify accepts no more requests{why} {span}, longer than a test may wait. Run again "
            "after that, and ask for less: select tests with `-k`, or set --spotify-max-requests=N."
        )

    @contextmanager
    def _shared(self) -> Iterator[dict[str, float]]:
        if self._file is None:
            with self._lock:
                yield self._state
            return
        file = self._file
        with FileLock(file.with_suffix(".lock")):
            try:
                state = json.loads(file.read_text())
            except FileNotFoundError:
                state = {"sent": 0.0, "not_before": 0.0}
            yield state
            # Whole or not at all: a worker that is killed meanwhile must not reset the others' count.
            write_atomically(file, json.dumps(state).encode())


def retry_after(value: str, *, now: float) -> float | None:
    """Return the seconds of a Retry-After field, or None if it has no usable value.

    RFC 9110 section 10.2.3: a number of seconds or a date. Never less than one second, so that a server
    which says 0 gets no tight loop of requests, and never more than a year.
    """
    value = value.strip()
    seconds: float | None = None
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_to(value, now)
    if seconds is None or math.isnan(seconds) or seconds < 0:
        return None
    return min(max(seconds, 1.0), _YEAR)


def until(seconds: float | None, *, now: float) -> str:
    """Return the end of a pause in words; `seconds` is None if Spotify did not say."""
    if seconds is None:
        return "for a time that it does not name"
    return f"until {datetime.fromtimestamp(now + min(seconds, _YEAR), UTC):%Y-%m-%d %H:%M:%S} UTC"


def _seconds_to(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return max((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


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
        budget: RequestBudget | None = None,
        writes: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._target = target
        self._clock = clock or Clock()
        self._http_client = http_client or HttpClient(clock=self._clock)
        self._budget = budget or RequestBudget(clock=self._clock)
        self._writes = writes
        self._lock = threading.Lock()
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
        return self._target.canonical_response(response)

    def close(self) -> None:
        """Close all open connections."""
        self._http_client.close()

    def _send(self, request: Request, what: str, authorized: bool, retries: bool) -> Response:
        __tracebackhide__ = True
        waited, refused, failed = 0.0, 0, False
        while True:
            waited = self._wait_for_slot(what, waited)
            self._count(authorized)
            outcome = self._send_once(request)
            may_repeat = retries and request.method == "GET" and not failed
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
            elif outcome.status in _UNAVAILABLE and may_repeat and (delay or 0.0) <= _LONGEST_WAIT:
                failed = True
                self._clock.sleep(delay or 1.0)
            else:
                return outcome

    def _wait_for_slot(self, what: str, waited: float) -> float:
        """Wait until the run may send, and return how long this request has waited in all."""
        __tracebackhide__ = True
        while wait := self._budget.acquire(what):
            if wait > _LONGEST_WAIT or waited + wait > _ALL_WAITS:
                raise self._budget.quota_exceeded(what, wait)
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
        self._budget.pause(delay or (3600.0 if reason == "QUOTA_EXCEEDED" else 2.0**before))
        if reason == "QUOTA_EXCEEDED":
            raise self._budget.quota_exceeded(what, delay, reason)

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
