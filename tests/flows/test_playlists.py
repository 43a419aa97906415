"""The life of a playlist: made, filled, changed, looked at, removed. Under the new names and the old ones."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_spotify.plugin.marked.restore import Restore

pytestmark = [pytest.mark.spotify, pytest.mark.spotify_write]

Eventually = Callable[[Callable[[], object], object], None]

# One name for each story: stories may run at the same time. Whoever finds one in an account may remove it.
NAME = "pytest-spotify story: a playlist"
RENAMED = "pytest-spotify story: a renamed playlist"
OLD_NAME = "pytest-spotify story: a playlist by the old operations"
PUBLIC_NAME = "pytest-spotify story: a public playlist"

FIRST, SECOND, THIRD = (
    "spotify:track:11dFghVXANMlKmJXsNCbNl",
    "spotify:track:7ouMYWpwJ422jRcDASZB7P",
    "spotify:track:4VqPOruhp5EdPBeR92t6lQ",
)
EPISODE = "spotify:episode:512ojhOuo1ktJprKbVcKyQ"
COVER = base64.b64encode((Path(__file__).parent / "cover.jpg").read_bytes())


@pytest.mark.calls(
    "create-playlist",
    "change-playlist-details",
    "add-items-to-playlist",
    "reorder-or-replace-playlists-items",
    "remove-items-playlist",
    "upload-custom-playlist-cover",
    "remove-library-items",
)
def test_playlist(
    spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """A playlist is created, filled, reordered, emptied in part, replaced, renamed, pictured and removed."""
    session = spotify_session
    spotify_restore.playlists(NAME, RENAMED)

    created = session.post("/me/playlists", json={"name": NAME, "public": False})
    assert created.status_code == 201
    assert created.json()["name"] == NAME
    uri, path = created.json()["uri"], f"/playlists/{created.json()['id']}"

    added = session.post(f"{path}/items", json={"uris": [FIRST, SECOND, EPISODE]})
    assert added.status_code in (200, 201)
    eventually(lambda: _items(session, path), [FIRST, SECOND, EPISODE])
    assert session.post(f"{path}/items", params={"uris": THIRD, "position": 0}).ok
    eventually(lambda: _items(session, path), [THIRD, FIRST, SECOND, EPISODE])

    moved = session.put(f"{path}/items", json={"range_start": 0, "insert_before": 3})
    assert moved.status_code == 200
    eventually(lambda: _items(session, path), [FIRST, SECOND, THIRD, EPISODE])
    unwanted = {"items": [{"uri": SECOND}], "snapshot_id": moved.json()["snapshot_id"]}
    assert session.delete(f"{path}/items", json=unwanted).status_code == 200
    eventually(lambda: _items(session, path), [FIRST, THIRD, EPISODE])
    assert session.put(f"{path}/items", json={"uris": [SECOND, FIRST]}).status_code == 200
    eventually(lambda: _items(session, path), [SECOND, FIRST])

    details = {"name": RENAMED, "description": "Made by a test, which removes it again"}
    assert session.put(path, json=details).status_code == 200
    eventually(lambda: _details(session, path, *details), details)
    image = {"Content-Type": "image/jpeg"}
    assert session.put(f"{path}/images", data=COVER, headers=image).status_code == 202
    eventually(lambda: bool(session.get(f"{path}/images").json()), True)

    asked = {"uris": uri}
    assert session.delete("/me/library", params=asked).status_code == 200
    eventually(lambda: session.get("/me/library/contains", params=asked).json(), [False])


@pytest.mark.calls("create-playlist", "remove-library-items")
def test_public_playlist(
    spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """A new playlist heads the account's list, and is gone from it once removed."""
    session = spotify_session
    spotify_restore.playlists(PUBLIC_NAME)

    created = session.post("/me/playlists", json={"name": PUBLIC_NAME, "description": "Made by a test"})
    assert created.status_code == 201
    eventually(lambda: created.json()["id"] in _listed(session), True)
    assert session.delete("/me/library", params={"uris": created.json()["uri"]}).status_code == 200
    eventually(lambda: created.json()["id"] in _listed(session), False)


@pytest.mark.calls(
    "create-playlist-for-user",
    "add-tracks-to-playlist",
    "reorder-or-replace-playlists-tracks",
    "remove-tracks-playlist",
    "follow-playlist",
    "unfollow-playlist",
)
def test_playlist_by_the_old_operations(
    spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """Where the operations of before 2026 still exist, they make, fill, change and remove a playlist too."""
    session = spotify_session
    spotify_restore.playlists(OLD_NAME)

    user = session.get("/me").json()["id"]
    created = session.post(f"/users/{user}/playlists", json={"name": OLD_NAME, "public": False})
    assert created.status_code == 201
    path = f"/playlists/{created.json()['id']}"

    assert session.post(f"{path}/tracks", params={"uris": f"{FIRST},{SECOND}"}).ok
    assert session.post(f"{path}/tracks", json={"uris": [THIRD], "position": 1}).ok
    eventually(lambda: _tracks(session, path), [FIRST, THIRD, SECOND])
    moved = session.put(f"{path}/tracks", json={"range_start": 1, "range_length": 2, "insert_before": 0})
    assert moved.ok
    eventually(lambda: _tracks(session, path), [THIRD, SECOND, FIRST])
    unwanted = {"tracks": [{"uri": THIRD}], "snapshot_id": moved.json()["snapshot_id"]}
    assert session.delete(f"{path}/tracks", json=unwanted).status_code == 200
    eventually(lambda: _tracks(session, path), [SECOND, FIRST])
    assert session.put(f"{path}/tracks", params={"uris": THIRD}).ok
    eventually(lambda: _tracks(session, path), [THIRD])

    assert session.delete(f"{path}/followers").status_code == 200
    eventually(lambda: session.get(f"{path}/followers/contains").json(), [False])
    assert session.put(f"{path}/followers").status_code == 200
    eventually(lambda: session.get(f"{path}/followers/contains").json(), [True])
    assert session.delete(f"{path}/followers").status_code == 200
    eventually(lambda: session.get(f"{path}/followers/contains").json(), [False])


def _items(session: requests.Session, path: str) -> list[str]:
    """Return the URIs of a playlist's items, which apps of before 2026 get under their old name."""
    page = session.get(f"{path}/items", params={"additional_types": "track,episode"}).json()
    return _uris(page)


def _tracks(session: requests.Session, path: str) -> list[str]:
    return _uris(session.get(f"{path}/tracks", params={"limit": 100}).json())


def _uris(page: dict[str, Any]) -> list[str]:
    return [(entry.get("item") or entry["track"])["uri"] for entry in page["items"]]


def _details(session: requests.Session, path: str, *names: str) -> dict[str, str]:
    playlist = session.get(path).json()
    return {name: playlist[name] for name in names}


def _listed(session: requests.Session) -> list[str]:
    page = session.get("/me/playlists", params={"limit": 10}).json()
    return [playlist["id"] for playlist in page["items"] if playlist]
