"""The errors of this package.

Every message is complete in itself: what was expected, what was found, where, and the next
command to type. No message ever contains a secret.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

INSTALL_SANDBOX = "pip install starlette uvicorn"
"""What the extra `sandbox` has; its own name would be another's package where ours is not on the index."""


class SpotifyTestError(Exception):
    """The root of all errors of this package that are not a broken contract."""


class InvalidContract(SpotifyTestError):
    """A contract file, or a schema it needs, cannot be used."""

    def __init__(self, path: object, message: str, pointer: str | None = None) -> None:
        where = f"{path}" if pointer is None else f"{path}, at {pointer or '(root)'}"
        super().__init__(f"{where}: {message}")
        self.path, self.message, self.pointer = path, message, pointer


class InvalidCatalogue(SpotifyTestError):
    """A catalogue file of the sandbox cannot be used; `where` is a place in it, like `albums[0].date`."""

    def __init__(self, path: object, where: str, message: str) -> None:
        super().__init__(f"{path}{where and ', ' + where}: {message}")


class UnreadableTraffic(SpotifyTestError):
    """A file of recorded traffic (HAR, cassette, body) cannot be read."""


class UnreadableFile(UnreadableTraffic):
    """What a path names cannot be read: not there, no regular file, or too large."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{truncate(str(path), 300)}: {reason}")
        self.reason = reason


class NotTraffic(UnreadableTraffic):
    """A file is neither a HAR file nor a cassette."""


class DamagedCassette(UnreadableTraffic):
    """A cassette is cut, or was edited by hand where only a recorded one will do."""


class MissingRecording(SpotifyTestError):
    """Replay has no recorded response to a request."""


class NotInSandbox(SpotifyTestError):
    """A case is of an operation that the sandbox does not have."""


class StaleRecording(SpotifyTestError):
    """A cassette is older than the project allows."""


class LeakFound(SpotifyTestError):
    """A file that was about to be written holds a secret; nothing was written."""


class AuthorizationError(SpotifyTestError):
    """No authorized session can be had."""


class MissingCredentials(AuthorizationError):
    """A variable that the run needs is not set, or is malformed."""


class InvalidGrant(AuthorizationError):
    """The accounts service refused the grant: final, never retried (RFC 6749 section 5.2)."""


class InvalidClient(AuthorizationError):
    """The accounts service does not know the client, or its secret is wrong (RFC 6749 section 5.2)."""


class TokenRefused(AuthorizationError):
    """The Web API takes no token that a request of a test carries, or misses one (RFC 6750 section 3)."""


class MissingScope(AuthorizationError):
    """A token was not granted what a test says it has."""


class SignInRefused(AuthorizationError):
    """A sign-in ended without tokens: cancelled, or refused by the accounts service."""


class SignInTimedOut(AuthorizationError):
    """A sign-in was not completed in time."""


class TokenStoreError(AuthorizationError):
    """The token store cannot be trusted, read or written."""


class ServiceError(SpotifyTestError):
    """Spotify could not be reached, or did not respond as a service should (outage, time-out)."""


class QuotaExceeded(ServiceError):
    """Spotify requires a wait that is longer than a test may wait: 429 with its Retry-After."""


class ConnectionFailed(ServiceError):
    """No connection was made, so nothing was sent: after this any request may be repeated."""


class ConnectionLost(ServiceError):
    """The connection broke before the response was complete: the request may have been carried out."""


class ResponseTimedOut(ServiceError):
    """A response was not complete in time."""


NOT_ASKED = "not asked: "


class RunStopped(ServiceError):
    """Nothing more is sent in this run, as it would be in vain."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{NOT_ASKED}{reason}")


class InvalidResponse(SpotifyTestError):
    """A response came that cannot be read: too large, wrongly coded, or nested too deep. No outage."""


class WriteRefused(SpotifyTestError):
    """A request that changes the account was stopped before it left; `--spotify-write` lets it go."""


class RequestBudgetExceeded(SpotifyTestError):
    """The run may send no further request: `--spotify-max-requests` is used up."""


class InvalidTarget(SpotifyTestError):
    """An address given for the Web API or the accounts service cannot be used."""


class HostNotAllowed(SpotifyTestError):
    """A request with a Spotify token was for a host other than the Web API's."""


class InvalidRequest(SpotifyTestError):
    """A request cannot be sent as it is (RFC 9110 section 5.5)."""


class UnrecordableTraffic(SpotifyTestError):
    """A cassette cannot be written: a body is not text, or the path is outside the cassette folder."""


class NothingSent(SpotifyTestError):
    """A strict marked test sent Spotify nothing, so that nothing was checked."""


class NetworkBlocked(BaseException):
    """A test was about to leave this machine in replay, or to pass the interception in a live run.

    No Exception: a retry must not swallow it.
    """


class MissingExtra(SpotifyTestError):
    """A package is not installed that only an extra of this one brings."""


class ContractViolated(AssertionError):
    """An exchange violates its contract; `violations` holds where, the text says what to do.

    The failure of a marked test may be about several exchanges, and then has the violations of all of them.
    """

    def __init__(self, violations: list[Any], text: str) -> None:  # of `check.violation.Violation`
        super().__init__(text)
        self.violations = violations


def escape_unprintable(text: str) -> str:
    """Return text with control, bidirectional and surrogate characters escaped, save line feeds."""
    return re.sub(r"[^\n -~]", _escaped, text)  # those of ASCII are printable


def truncate(text: str, limit: int = 80) -> str:
    """Return text as one line of at most `limit` characters, what is not printable escaped."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    """Return the end of an error message with the nearest known name, or an empty text if none is near."""
    nearest = get_close_matches(name, list(known), n=1)
    return f"; did you mean {form.format(nearest[0])}?" if nearest else ""
