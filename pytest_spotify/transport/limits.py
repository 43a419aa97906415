"""The limits of one run, which all its processes share: how many requests it may send, when, and whether any.

Once an outage, a long limit or a refusal of credentials is certain, what is left is not asked.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from pytest_spotify.access import TokenKind
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    InvalidClient,
    InvalidGrant,
    QuotaExceeded,
    RequestBudgetExceeded,
    RunStopped,
)
from pytest_spotify.exchange import Request
from pytest_spotify.files import write_atomically
from pytest_spotify.transport.retry_after import YEAR, until

LONGEST_WAIT = 30.0  # seconds for one response
_LONG = 3600.0  # where Spotify does not say how long
_BURST = 5  # requests that are sent without a pace when none was sent for a while
_OPERATIONS_IN_A_ROW = 3  # that fail before it counts as an outage: a single one may be broken
_FIRST_REQUESTS = 2  # that are enough where nothing was answered yet
_KEPT_BACK = 24  # of a budget for requests in their turn: those in flight may have to be repeated
_ANY_TOKEN = ["", ""]  # in place of a kind and a profile
_ID = re.compile(r"[0-9A-Za-z]{22}")


class RunLimits:
    """The budget of one run, its pause, its pace, and why it has stopped. `max_requests` 0 is no limit.

    `pace` is the number of seconds between two requests, 0 for no pace. With `keep_going` nothing but the
    budget stops the run. `folder` has to be the run's own, and new: its content counts.
    """

    def __init__(
        self,
        *,
        max_requests: int = 0,
        pace: float = 0.0,
        keep_going: bool = False,
        folder: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._max_requests, self._pace, self._keep_going = max_requests, pace, keep_going
        self._file = folder / "limits.json" if folder else None
        self._clock = clock or Clock()
        self._lock = threading.Lock()
        self._state = _new_state()
        self._lifted = False

    def acquire(self, what: str) -> float:
        """Count one request and return 0, or count nothing and return the seconds to wait first."""
        __tracebackhide__ = True
        ahead, spent = 0.0, False
        with self._shared() as state:
            if state["stop"] and not self._lifted:
                raise RunStopped(state["stop"])
            now = self._clock.time()
            if (wait := state["not_before"] - now) > 0:
                return float(wait)
            if spent := 0 < self._max_requests <= state["sent"]:
                state["stop"] = f"--spotify-max-requests={self._max_requests} is used up"
            else:
                ahead = self._take_slot(state, now)
        if spent:
            raise RequestBudgetExceeded(
                f"{what}: not sent; the run's {self._max_requests} requests are used up "
                f"(--spotify-max-requests={self._max_requests}). Raise the number, or select fewer tests."
            )
        if ahead:
            self._clock.sleep(ahead)
        return 0.0

    def acquire_ahead(self) -> float | None:
        """Count a request that is sent before its turn; return the seconds that the pace requires first.

        None if its turn has to come: before a first answer, after an outage, in a pause, at a budget's end.
        """
        with self._shared() as state:
            now = self._clock.time()
            doubtful = state["stop"] or state["failed"] or not state["answered"] or now < state["not_before"]
            near_end = 0 < self._max_requests < state["sent"] + _KEPT_BACK
            return None if doubtful or near_end else self._take_slot(state, now)

    def raise_if_stopped(self) -> None:
        """Raise RunStopped if the run sends nothing more."""
        __tracebackhide__ = True
        if reason := self.stop_reason:
            raise RunStopped(reason)

    @property
    def stop_reason(self) -> str:
        """Return why the run sends nothing more, in a few words; empty while it does."""
        return "" if self._lifted else str(self._read()["stop"])

    @property
    def pause_status(self) -> int:
        """Return the status of the response that required the last pause."""
        return int(self._read()["status"])

    @property
    def is_slow(self) -> bool:
        """Return True if the last response did not come in time: the next one is not waited for as long."""
        return bool(self._read()["slow"])

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Send requests of this process also after a stop: what it changed has to be put back."""
        self._lifted = True
        try:
            yield
        finally:
            self._lifted = False

    def pause(self, seconds: float | None, status: int = 429, *, since: float | None = None) -> float:
        """Let no process of the run send a request for a while; return the seconds that are left of it.

        It begins now, or `since` then. One that is too long for a test, or without an end, is a stop in the
        same step: who is told of it fails, and the others are not asked.
        """
        with self._shared() as state:
            now = self._clock.time()
            end = (now if since is None else since) + min(_LONG if seconds is None else seconds, YEAR)
            if end > state["not_before"]:
                state["not_before"], state["status"] = end, status
            if end - now > LONGEST_WAIT:
                self._stop(state, self.limited(None if seconds is None else end - now, status))
            return float(end - now)

    def stop(self, reason: str) -> None:
        """Let no process of the run send anything more; the first reason stands."""
        with self._shared() as state:
            self._stop(state, reason)

    def note_answer(self) -> None:
        """Note a response that is no outage."""
        state = self._read()
        if state["failed"] or not state["answered"]:
            with self._shared() as state:
                state["failed"], state["answered"], state["slow"] = [], True, False

    def note_outage(self, request: Request, fault: str, *, slow: bool) -> None:
        """Note a request that was not answered, or with a 5xx; several of them in a row stop the run.

        Several means several operations, as one alone may be broken; but any if nothing was answered yet.
        """
        with self._shared() as state:
            path = request.url.partition("?")[0]
            # All tests have need of tokens: there each request counts.
            different = len(state["failed"]) if path.endswith("/api/token") else ""
            state["failed"].append(f"{request.method} {_ID.sub('*', path)} {different}")
            state["slow"] = state["slow"] or slow
            in_a_row = len(set(state["failed"])) >= _OPERATIONS_IN_A_ROW
            from_the_start = not state["answered"] and len(state["failed"]) >= _FIRST_REQUESTS
            if in_a_row or from_the_start:
                self._stop(state, fault)

    def quota_exceeded(self, what: str, seconds: float | None, reason: str = "") -> QuotaExceeded:
        """Stop the run; return the error with the end of the limit, unknown if `seconds` is None."""
        now = self._clock.time()
        span, why = until(seconds, now=now), f" ({reason})" if reason else ""
        self.stop(self.limited(seconds))
        return QuotaExceeded(
            f"{what}: Spotify accepts no more requests{why} {span}, longer than a test may wait. Run again "
            "after that, and ask for less: select tests with `-k`, or set --spotify-max-requests=N."
        )

    @contextmanager
    def noted_refusal(self, kind: TokenKind, profile: str) -> Iterator[None]:
        """Note a final refusal of such a token; raises RunStopped if there is one: no process asks again."""
        __tracebackhide__ = True
        self.raise_if_refused(kind, profile)
        try:
            yield
        except (InvalidClient, InvalidGrant) as error:
            with self._shared() as state:
                # An app that is unknown gets no token of any kind.
                state["refused"].append(_ANY_TOKEN if isinstance(error, InvalidClient) else [kind, profile])
            raise

    def raise_if_refused(self, kind: TokenKind, profile: str) -> None:
        """Raise RunStopped if the accounts service has refused such a token for good."""
        __tracebackhide__ = True
        refused = self._read()["refused"]
        if _ANY_TOKEN in refused or [kind, profile] in refused:
            raise RunStopped("the accounts service refused the credentials")

    def limited(self, seconds: float | None, status: int = 429) -> str:
        """Return why nothing is sent for so many seconds, as `limited until 14:05 UTC`."""
        what = "limited" if status == 429 else f"Spotify answers {status}"
        return f"{what} {until(seconds, now=self._clock.time(), short=True)}"

    def _stop(self, state: dict[str, Any], reason: str) -> None:
        if not self._keep_going:
            state["stop"] = state["stop"] or reason

    def _take_slot(self, state: dict[str, Any], now: float) -> float:
        """Count one request, and return the seconds that the pace requires before it."""
        state["sent"] += 1
        state["next"] = max(state["next"], now) + self._pace
        return max(0.0, float(state["next"]) - now - _BURST * self._pace)

    def _read(self) -> dict[str, Any]:
        """Return the state as it is; without the lock, as each write replaces it whole."""
        if self._file is None:
            return self._state
        try:
            return dict(json.loads(self._file.read_text()))
        except FileNotFoundError:
            return _new_state()

    @contextmanager
    def _shared(self) -> Iterator[dict[str, Any]]:
        if self._file is None:
            with self._lock:
                yield self._state
            return
        file = self._file
        with FileLock(file.with_suffix(".lock")).acquire(poll_interval=0.002):  # held for less than that
            state = self._read()
            yield state
            # Whole or not at all: a worker that is killed meanwhile must not reset the others' count.
            write_atomically(file, json.dumps(state).encode(), durable=False)


def _new_state() -> dict[str, Any]:
    return {
        "sent": 0,
        "next": 0.0,  # when the pace allows the next request
        "not_before": 0.0,  # the end of the pause
        "status": 0,  # of the response that required it
        "answered": False,  # any request
        "failed": [],  # operations, since the last answer
        "slow": False,
        "stop": "",
        "refused": [],  # tokens, by kind and profile
    }
