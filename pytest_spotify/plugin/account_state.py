"""The state of the signed-in account: values that cases name, and the preconditions that they have.

Requested from the Web API once a run, when first needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_spotify.errors import InvalidResponse, ServiceError, SpotifyTestError, truncate
from pytest_spotify.exchange import API_URL, Headers, Request

if TYPE_CHECKING:
    import requests

_LONG = 50
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError)


@contextmanager
def readable_responses() -> Iterator[None]:
    """Raise InvalidResponse if a response about the account is no JSON, or lacks what is read from it."""
    try:
        yield
    except _UNREADABLE as error:
        fault = truncate(f"{type(error).__name__}: {error}", 200)
    else:
        return
    raise InvalidResponse(f"the state of the account cannot be read from what the Web API sent: {fault}")


class UnmetPrecondition(Exception):
    """The account does not meet a precondition of a test."""


class _NotRead(Exception):
    """Something was not requested yet: what the path of the error tells."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class AccountState:
    """The account behind a session with a user's token."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._read: dict[str, Any] = {}
        self._reads = True

    def profile(self) -> dict[str, Any]:
        """Return the profile of the account (`GET /me`)."""
        with readable_responses():
            return dict(self._get("/me"))

    def value(self, name: str) -> str:
        """Return a value that belongs to the account; raises UnmetPrecondition if it has none."""
        with readable_responses():
            value = self._value(name)
        if value is None:
            raise UnmetPrecondition(f"the account has no {name}")
        return str(value)

    def require(self, needs: tuple[str, ...]) -> None:
        """Raise UnmetPrecondition for the first need that the account does not meet."""
        for need in needs:
            with readable_responses():
                is_met = PRECONDITIONS[need](self)
            if not is_met:
                raise UnmetPrecondition(f"requires `{need}`, which the account does not have now")

    def is_known_to_have(self, needs: Iterable[str], values: Iterable[str]) -> bool:
        """Return True if it has these, by what was requested so far."""
        try:
            return self._has(needs, values)
        except _NotRead:
            return False

    def next_path(self, needs: Iterable[str], values: Iterable[str]) -> str | None:
        """Return the path to request next, to find out whether it has these; None if that is known."""
        try:
            self._has(needs, values)
        except _NotRead as unknown:
            return unknown.path
        return None

    def request(self, path: str) -> Request:
        """Return the request for a path as the session sends it, but for the token."""
        headers = Headers((name, str(value)) for name, value in self._session.headers.items())
        return Request(method="GET", url=API_URL + path, headers=headers)

    def read(self, path: str) -> None:
        """Request a path of the account, unless that was done."""
        self._get(path)

    def _has(self, needs: Iterable[str], values: Iterable[str]) -> bool:
        """Return True if it has these; raises _NotRead for the first of which that is not known."""
        self._reads = False
        try:
            met = all(PRECONDITIONS[need](self) for need in needs)
            return met and all(self._value(name) is not None for name in values)
        except _UNREADABLE:
            return False
        finally:
            self._reads = True

    def _value(self, name: str) -> Any:
        if name == "user-id":
            return self._get("/me")["id"]
        if name == "device-id":
            devices = self._get("/me/player/devices")["devices"]
            return next((device["id"] for device in devices if device["id"]), None)
        if name in ("played-after", "played-before"):
            return ((self._get("/me/player/recently-played?limit=1") or {}).get("cursors") or {}).get(
                name.removeprefix("played-")
            )
        return next((each["id"] for each in self._own_playlists(long=name == "long-playlist-id")), None)

    def _own_playlists(self, *, long: bool = False) -> list[dict[str, Any]]:
        user = self._get("/me")["id"]
        playlists = [each for each in self._get("/me/playlists?limit=50")["items"] if each]
        own = [each for each in playlists if each["owner"]["id"] == user]
        return [each for each in own if not long or _size(each) > _LONG]

    def _playing(self, kind: str) -> bool:
        playback = self._playback()
        return bool(playback) and playback.get("currently_playing_type") == kind

    def _playback(self) -> dict[str, Any]:
        return self._get("/me/player?additional_types=track,episode") or {}

    def _total(self, path: str, page: str = "") -> int:
        body = self._get(path) or {}
        total = (body.get(page) or {} if page else body).get("total")
        return total if isinstance(total, int) else 0

    def _get(self, path: str) -> Any:
        if path not in self._read:
            if not self._reads:
                raise _NotRead(path)
            self._read[path] = self._request(path)
        return self._read[path]

    def _request(self, path: str) -> Any:
        response = self._session.get(path)
        if response.status_code >= 400:
            kind = ServiceError if response.status_code >= 500 else SpotifyTestError
            raise kind(
                f"GET {path.partition('?')[0]} failed with status {response.status_code}, so the "
                "state of the account is unknown; `pytest-spotify doctor` finds the cause"
            )
        return response.json() if response.content else None


def _size(playlist: dict[str, Any]) -> int:
    summary = playlist.get("items") or playlist.get("tracks") or {}
    total = summary.get("total")
    return total if isinstance(total, int) else 0


def _is_local(account: AccountState) -> bool:
    item = account._playback().get("item") or {}
    return bool(item.get("is_local"))


PRECONDITIONS: dict[str, Callable[[AccountState], bool]] = {
    "playing-track": lambda account: account._playing("track"),
    "playing-episode": lambda account: account._playing("episode"),
    "playing-advertisement": lambda account: account._playing("ad"),
    "playing-local-track": _is_local,
    "idle-player": lambda account: not account._playback(),
    "device": lambda account: bool(account._get("/me/player/devices")["devices"]),
    "premium": lambda account: account._get("/me").get("product", "premium") == "premium",
    "own-playlist": lambda account: bool(account._own_playlists()),
    "long-playlist": lambda account: bool(account._own_playlists(long=True)),
    "playlists": lambda account: account._total("/me/playlists?limit=50") > 0,
    "saved-tracks": lambda account: account._total("/me/tracks?limit=1") > 0,
    "saved-albums": lambda account: account._total("/me/albums?limit=1") > 0,
    "saved-episodes": lambda account: account._total("/me/episodes?limit=1") > 0,
    "saved-shows": lambda account: account._total("/me/shows?limit=1") > 0,
    "saved-audiobooks": lambda account: account._total("/me/audiobooks?limit=1") > 0,
    "followed-artists": lambda account: account._total("/me/following?type=artist&limit=1", "artists") > 0,
    "recently-played": lambda account: bool(account._get("/me/player/recently-played?limit=1")["items"]),
    "queue": lambda account: bool(account._get("/me/player/queue")["queue"]),
    "top-items": lambda account: account._total("/me/top/tracks?limit=1") > 0,
    # A user's own country beats the parameter, so a case with market=US may still find nothing.
    "audiobook-market": lambda account: (
        account._total("/search?q=dune&type=audiobook&limit=1", "audiobooks") > 0
    ),
}
