"""Every operation is answered, for every access, with the status that is documented or was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Access, Sandbox
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.operations import OPERATIONS
from tests.support.sandbox_client import (
    ALBUM,
    ARTIST,
    AUDIOBOOK,
    CATEGORY,
    CHAPTER,
    EPISODE,
    PLAYLIST,
    SHOW,
    TRACK,
    Api,
)

_ME = "sandbox-listener"
_MINE = spotify_id("playlist", _ME, "Short list")
_URI = f"spotify:track:{TRACK}"
_JPEG = b"/9j/4AAQSkZJRgABAQ=="

# What is sent: path parameters by name (or for one operation), query, JSON body; and the good status.
_PATH = {"id": "", "playlist_id": _MINE, "user_id": "smedjan", "category_id": CATEGORY, "type": "tracks"}
_ID = {
    "albums": ALBUM,
    "artists": ARTIST,
    "tracks": TRACK,
    "audio-features": TRACK,
    "audio-analysis": TRACK,
    "shows": SHOW,
    "episodes": EPISODE,
    "audiobooks": AUDIOBOOK,
    "chapters": CHAPTER,
}
_QUERY: dict[str, dict[str, Any]] = {
    "search": {"q": "love", "type": "track"},
    "get-recommendations": {"seed_tracks": TRACK},
    "get-followed": {"type": "artist"},
    "follow-artists-users": {"type": "artist", "ids": ARTIST},
    "unfollow-artists-users": {"type": "artist", "ids": ARTIST},
    "check-current-user-follows": {"type": "artist", "ids": ARTIST},
    "save-library-items": {"uris": _URI},
    "remove-library-items": {"uris": _URI},
    "check-library-contains": {"uris": _URI},
    "seek-to-position-in-currently-playing-track": {"position_ms": 1000},
    "set-repeat-mode-on-users-playback": {"state": "context"},
    "set-volume-for-users-playback": {"volume_percent": 50},
    "toggle-shuffle-for-users-playback": {"state": "true"},
    "add-to-queue": {"uri": _URI},
}
_JSON: dict[str, dict[str, Any]] = {
    "change-playlist-details": {"name": "Renamed"},
    "add-tracks-to-playlist": {"uris": [_URI]},
    "add-items-to-playlist": {"uris": [_URI]},
    "reorder-or-replace-playlists-tracks": {"range_start": 0, "insert_before": 2},
    "reorder-or-replace-playlists-items": {"range_start": 0, "insert_before": 2},
    "remove-tracks-playlist": {"tracks": [{"uri": _URI}]},
    "remove-items-playlist": {"items": [{"uri": _URI}]},
    "create-playlist": {"name": "New"},
    "create-playlist-for-user": {"name": "New"},
    "start-a-users-playback": {"uris": [_URI]},
}
_STATUS = {
    201: ("add-tracks-to-playlist", "add-items-to-playlist", "create-playlist", "create-playlist-for-user"),
    202: ("upload-custom-playlist-cover",),
    204: (
        "transfer-a-users-playback",
        "start-a-users-playback",
        "pause-a-users-playback",
        "skip-users-playback-to-next-track",
        "skip-users-playback-to-previous-track",
        "seek-to-position-in-currently-playing-track",
        "set-repeat-mode-on-users-playback",
        "set-volume-for-users-playback",
        "toggle-shuffle-for-users-playback",
        "add-to-queue",
        "follow-artists-users",
        "unfollow-artists-users",
    ),
}
_NO_BODY = (202, 204)
_EMPTY_200 = re.compile(
    "save-.*|remove-.*-user|remove-library-items|change-playlist-details|(un)?follow-playlist"
)


@pytest.fixture(scope="module", params=["development", "development-older", "extended"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    access: Access = request.param
    with Sandbox(access) as sandbox, Api(sandbox) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(api: Api) -> Iterator[Api]:
    """The same with an app token."""
    with Api.app(api.sandbox) as opened:
        opened.session.params = {"market": "US"}
        yield opened


def _request(api: Api, operation: Any) -> Any:
    name, words = operation.name, operation.path.split("/")
    path = {**_PATH, "id": _ID.get(words[1], "")}
    if name == "create-playlist-for-user":
        path["user_id"] = _ME
    query, body = _QUERY.get(name, {}), _JSON.get(name)
    group = words[2] if words[1] == "me" and len(words) > 2 else words[1]
    takes_ids = operation.path.endswith("/contains") or operation.path in (f"/{group}", f"/me/{group}")
    if (
        not query
        and takes_ids
        and group in _ID
        and not (words[1] == "me" and operation.method == "GET" and len(words) == 3)
    ):
        query = {"ids": _ID[group]}
    if name == "transfer-a-users-playback":
        body = {"device_ids": [api.get("/me/player/devices")["devices"][1]["id"]], "play": True}
    data = _JPEG if name == "upload-custom-playlist-cover" else None
    return api.call(operation.method, operation.path.format(**path), json=body, data=data, **query)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_is_answered(api: Api, operation: Any) -> None:
    """A well-formed request gets the documented success, or the refusal of what its access has lost."""
    api.sandbox.reset()
    expected = next((status for status, names in _STATUS.items() if operation.name in names), 200)
    if api.sandbox.access in operation.removed:
        expected = 404 if operation.name in ("get-recommendations", "get-recommendation-genres") else 403

    response = _request(api, operation)

    assert response.status_code == expected, response.text
    if expected in _NO_BODY or (expected == 200 and _EMPTY_200.fullmatch(operation.name)):
        assert response.content == b""
    elif expected < 300:
        response.json()


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if not each.user], ids=lambda each: each.name
)
def test_an_app_token_is_enough_where_no_user_is_meant(app: Api, operation: Any) -> None:
    """Catalogue, search and browse answer an app token as they answer a user's, with a market."""
    expected = (403, 404) if app.sandbox.access in operation.removed else (200,)
    if "playlist_id" in operation.path:
        response = app.call("GET", operation.path.format(playlist_id=PLAYLIST))
    else:
        response = _request(app, operation)

    assert response.status_code in expected, response.text
