"""The HTTP client of a run, whose limits know what became of each request."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_spotify.clock import Clock
from pytest_spotify.errors import ConnectionFailed, ResponseTimedOut, ServiceError, SpotifyTestError
from pytest_spotify.exchange import Request, Response
from pytest_spotify.transport.client import HttpClient, Timeouts
from pytest_spotify.transport.limits import RunLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that was sent once: what became of it, when, and whether that took as long as any may."""

    outcome: Response | SpotifyTestError
    at: float
    slow: bool


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
        attempt = self.attempt(request, timeouts)
        self.note(request, attempt)
        if isinstance(attempt.outcome, SpotifyTestError):
            raise attempt.outcome
        return attempt.outcome

    def attempt(self, request: Request, timeouts: Timeouts | None = None) -> Attempt:
        """Send one request, and return what became of it: the limits do not know of that yet."""
        __tracebackhide__ = True
        own = self._timeouts
        if timeouts is None and self._limits.is_slow:
            timeouts = Timeouts(
                connect=min(own.connect, 2.0), read=min(own.read, 5.0), total=min(own.total, 5.0)
            )
        began = self._clock.monotonic()
        outcome = self._attempt(request, timeouts or own)
        slow = self._clock.monotonic() - began >= min(own.connect, own.total)
        return Attempt(outcome=outcome, at=self._clock.time(), slow=slow)

    def note(self, request: Request, attempt: Attempt) -> None:
        """Note in the limits of the run what became of a request."""
        outcome = attempt.outcome
        if isinstance(outcome, ServiceError):
            self._limits.note_outage(request, _fault(outcome), slow=attempt.slow)
        elif isinstance(outcome, Response) and outcome.status >= 500:
            self._limits.note_outage(request, f"Spotify answers {outcome.status}", slow=False)
        elif isinstance(outcome, Response):
            self._limits.note_answer()


def _fault(error: ServiceError) -> str:
    """Return an outage in a few words."""
    if isinstance(error, ConnectionFailed):
        return "Spotify cannot be reached"
    if isinstance(error, ResponseTimedOut):
        return "Spotify does not answer in time"
    return "Spotify breaks connections off"
