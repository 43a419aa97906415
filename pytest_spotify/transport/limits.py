"""The limits of one run, which all its processes share: how many requests it may send, and when."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from filelock import FileLock

from pytest_spotify.clock import Clock
from pytest_spotify.errors import QuotaExceeded, RequestBudgetExceeded
from pytest_spotify.files import write_atomically

_YEAR = 366 * 24 * 3600.0


class RunLimits:
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
