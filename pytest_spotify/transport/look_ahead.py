"""Requests that are sent before their turn, so that a run does not wait for one response after the other.

Each is a first attempt of a request that its owner sends later. When it does, the transport takes the outcome
from here and goes on as if it had just sent the request: what an outcome means for the run is decided in the
order of the owners. What is not taken, or does not fit, was sent for nothing, and changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_spotify.errors import ConnectionFailed, ResponseTimedOut
from pytest_spotify.exchange import Request, Response
from pytest_spotify.interrupts import interrupts_held_back
from pytest_spotify.transport.client import Timeouts
from pytest_spotify.transport.limited_client import Attempt

AT_ONCE = 8
"""How many requests of a process are in flight at most, that of the item whose turn it is among them.

As many as the connections that the client keeps. To Spotify 15 requests leave a second, so more would wait.
"""

# What comes later is not waited for: nothing in flight outlives the run, or holds it up, for longer.
_PATIENCE = Timeouts(connect=3.0, read=3.0, total=3.0)


_Send = Callable[[Request, bool, Timeouts], Attempt]


class LookAhead:
    """The requests of a process that were sent before their turn. Used from one thread."""

    def __init__(self, send: _Send) -> None:
        self._send = send
        self._sent: list[_InFlight] = []

    @property
    def is_in_trouble(self) -> bool:
        """Return True if one of them was not answered: what that means for the run shows in its turn."""
        return any(each.has_failed for each in self._sent)

    def has(self, owner: object) -> bool:
        """Return True if a request of the owner was sent."""
        return any(each.owner == owner for each in self._sent)

    def has_success(self, owner: object) -> bool:
        """Return True if a request of the owner was sent, and answered with success."""
        return any(each.owner == owner and each.has_succeeded for each in self._sent)

    def start(self, owner: object, request: Request, authorized: bool, delay: float) -> None:
        """Send a request of the owner, after so many seconds."""
        each = _InFlight(owner, request, lambda: self._send(request, authorized, _PATIENCE), delay)
        with interrupts_held_back():
            each.start()
            self._sent.append(each)

    def take(self, request: Request) -> Attempt | None:
        """Return what became of a request, once that is known; None if it has to be sent."""
        for each in self._sent:
            if each.request == request:
                each.join()
                self._sent.remove(each)
                return each.attempt
        return None

    def forget(self, owner: object) -> None:
        """Let nothing of the owner be in flight."""
        self._end([each for each in self._sent if each.owner == owner])

    def end(self) -> None:
        """Let nothing be in flight."""
        self._end(self._sent[:])

    def _end(self, ended: list[_InFlight]) -> None:
        for each in ended:
            each.cancelled.set()
        for each in ended:
            each.join()
            self._sent.remove(each)


class _InFlight(threading.Thread):
    """A request and the thread that sends it. Its attempt is None if it says nothing about the request."""

    def __init__(self, owner: object, request: Request, send: Callable[[], Attempt], delay: float) -> None:
        super().__init__(name="spotify-look-ahead", daemon=True)
        self.owner, self.request = owner, request
        self.attempt: Attempt | None = None
        self.cancelled = threading.Event()
        self._send, self._delay = send, delay

    @property
    def has_failed(self) -> bool:
        """Return True if it is known that there is no answer, or one of an outage or of a limit."""
        return not self.is_alive() and (self._status >= 500 or self._status == 429)

    @property
    def has_succeeded(self) -> bool:
        """Return True if it is known that the answer is a success."""
        return not self.is_alive() and 200 <= self._status < 300

    @property
    def _status(self) -> int:
        """Return the status of the answer; one of an outage, where there is none."""
        outcome = self.attempt and self.attempt.outcome
        return outcome.status if isinstance(outcome, Response) else 503

    def run(self) -> None:
        if self._delay and self.cancelled.wait(self._delay):
            return
        attempt = self._send()
        # No connection: nothing was sent. No response within a short time: it has a longer one in its turn.
        if not isinstance(attempt.outcome, ConnectionFailed | ResponseTimedOut):
            self.attempt = attempt
