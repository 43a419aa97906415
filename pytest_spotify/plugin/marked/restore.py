"""Restore what a test changes in the account, however the test ends.

Its requests are neither recorded nor checked, and in replay there are none.
What cannot be restored (the time when something was saved, a queue) is documented at the methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.interrupts import interrupts_held_back
from pytest_spotify.plugin.account_state import readable_responses

if TYPE_CHECKING:
    import requests

    from pytest_spotify.plugin.live import LiveServices

_MOST_URIS = 40
_PLAYER = "/me/player?additional_types=track,episode"


class Restore:
    """Remembers parts of the account that a test names before it changes them."""

    def __init__(
        self,
        session: requests.Session | None,
        *,
        arranges: bool = False,
        lifted: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._session = session  # None in replay: there is nothing to restore
        self._arranges = arranges
        self._lifted = lifted  # lets requests through after the run has stopped asking
        self._steps: list[Callable[[], None]] = []

    def library(self, *uris: str) -> None:
        """Let what these URIs name be saved, or followed, afterwards if and only if it is now.

        The test may count on none being there. One that is skips the test, as saving it again would change
        when it was saved; only the bundled sandbox has it taken out meanwhile.
        """
        if self._session is None:
            return
        with readable_responses():
            before = self._contained(uris)
        if before and not self._arranges:
            pytest.skip(
                f"the account has {', '.join(sorted(before))} in its library, and saving that anew would "
                "change when it was saved; if an interrupted run left it there, remove it"
            )
        self._steps.append(lambda: self._restore_library(uris, before))
        self._library("DELETE", before)

    def playlists(self, *names: str) -> None:
        """Let the account's own playlists of these names that are made from now on be gone afterwards."""
        if self._session is None:
            return
        with readable_responses():
            before = {playlist["id"] for playlist in self._own_playlists()}
        self._steps.append(lambda: self._remove_playlists(names, before))

    def player(self) -> None:
        """Let play afterwards what plays now, there and so; what was queued by hand is lost."""
        if self._session is None:
            return
        with readable_responses():
            before, volumes = self._playback(), self._volumes()
            lost = before and before["is_playing"] and not _can_be_started(before["item"])
        if lost:
            pytest.skip("what plays now could not be started again through the Web API; pause it first")
        self._steps.append(lambda: self._restore_player(before, volumes))

    def restore(self) -> None:
        """Put everything back, the last first; raises one SpotifyTestError that names what it could not.

        A first Ctrl-C waits until all is back, a second one ends it.
        """
        __tracebackhide__ = True
        troubles = []
        with interrupts_held_back(), self._lifted():
            while self._steps:
                try:
                    with readable_responses():
                        self._steps[-1]()
                except SpotifyTestError as error:
                    troubles.append(str(error))
                self._steps.pop()
            if troubles:
                raise SpotifyTestError(
                    "\n".join(
                        ["the account is not as it was before the test; put it right by hand:", *troubles]
                    )
                )

    def _restore_library(self, uris: Iterable[str], before: set[str]) -> None:
        now = self._contained(uris)
        self._library("DELETE", now - before)
        self._library("PUT", before - now)

    def _remove_playlists(self, names: Iterable[str], before: set[str]) -> None:
        made = [
            playlist["uri"]
            for playlist in self._own_playlists()
            if playlist["id"] not in before and playlist["name"] in names
        ]
        self._library("DELETE", made)

    def _restore_player(self, before: dict[str, Any] | None, volumes: dict[str, int]) -> None:
        now = self._playback()
        for device, percent in self._volumes().items():
            if volumes.get(device, percent) != percent:
                query = {"volume_percent": volumes[device], "device_id": device}
                self._send("PUT", f"/me/player/volume?{urlencode(query)}")
        if before is None:
            if now and now["is_playing"]:
                self._send("PUT", "/me/player/pause")
            return
        if now is None or _state(before) == _state(now):
            return
        device = before["device"]["id"]
        if device and device != now["device"]["id"]:
            self._send("PUT", "/me/player", {"device_ids": [device]})
        for setting in ("repeat", "shuffle"):
            value = before[f"{setting}_state"]
            if value != now[f"{setting}_state"]:
                self._send("PUT", f"/me/player/{setting}?state={str(value).lower()}")
        if _can_be_started(before["item"]):
            self._start(before)
            if not before["is_playing"]:
                self._send("PUT", "/me/player/pause")

    def _start(self, playback: dict[str, Any]) -> None:
        at = {"position_ms": playback["progress_ms"] or 0}
        uri, context = playback["item"]["uri"], playback.get("context")
        if context:
            try:
                wanted = {"context_uri": context["uri"], "offset": {"uri": uri}}
                return self._send("PUT", "/me/player/play", wanted | at)
            except SpotifyTestError:
                pass  # liked songs, say, are a context that cannot be started
        return self._send("PUT", "/me/player/play", {"uris": [uri]} | at)

    def _contained(self, uris: Iterable[str]) -> set[str]:
        return {
            uri
            for part in _parts(uris)
            for uri, there in zip(part, self._get(f"/me/library/contains?{_query(part)}"), strict=True)
            if there
        }

    def _library(self, method: str, uris: Iterable[str]) -> None:
        for part in _parts(sorted(uris)):
            self._send(method, f"/me/library?{_query(part)}")

    def _own_playlists(self) -> Iterator[dict[str, Any]]:
        user, link = self._get("/me")["id"], "/me/playlists?limit=50"
        while link:
            page = self._get(link)
            # Null stands for a playlist that cannot be shown (jjdenhertog/spotify-to-plex#6).
            yield from (each for each in page["items"] if each and each["owner"]["id"] == user)
            link = page["next"]

    def _playback(self) -> dict[str, Any] | None:
        playback: dict[str, Any] | None = self._get(_PLAYER)
        return playback

    def _volumes(self) -> dict[str, int]:
        return {
            device["id"]: device["volume_percent"]
            for device in self._get("/me/player/devices")["devices"]
            if device["id"] and device["volume_percent"] is not None and not device["is_restricted"]
        }

    def _get(self, path: str) -> Any:
        response = self._request("GET", path)
        return response.json() if response.content else None

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> None:
        self._request(method, path, body)

    def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        __tracebackhide__ = True
        if self._session is None:
            raise SpotifyTestError("no request is sent in replay")
        response = self._session.request(method, path, json=body)
        if response.status_code >= 400:
            raise SpotifyTestError(f"{method} {path} answered {response.status_code}")
        return response


def make_restore(live: LiveServices | None) -> Restore:
    """Return a `Restore` for the account of a live run; in replay it does nothing."""
    if live is None:
        return Restore(None)
    from pytest_spotify.transport.session import SpotifySession

    session = SpotifySession(live.transport, authorization=live.token_source("user"), target=live.target)
    return Restore(session, arranges=live.settings.sandbox, lifted=live.transport.limits.lifted)


def _can_be_started(item: dict[str, Any] | None) -> bool:
    return item is not None and not item["uri"].startswith("spotify:local:")


def _state(playback: dict[str, Any]) -> list[Any]:
    """Return the part of a playback that is compared; while it plays, progress is no change."""
    item, context = playback["item"] or {}, playback.get("context") or {}
    return [
        playback["device"]["id"],
        playback["repeat_state"],
        playback["shuffle_state"],
        playback["is_playing"] or playback["progress_ms"],
        item.get("uri"),
        context.get("uri"),
    ]


def _parts(uris: Iterable[str]) -> Iterator[list[str]]:
    every = list(uris)
    for start in range(0, len(every), _MOST_URIS):
        yield every[start : start + _MOST_URIS]


def _query(uris: Iterable[str]) -> str:
    return urlencode({"uris": ",".join(uris)}, safe=",:")
