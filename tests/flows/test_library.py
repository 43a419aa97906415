"""The library: save, look up, remove. Since February 2026 by URI for every kind, before that kind by kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from pytest_spotify.plugin.marked.restore import Restore

pytestmark = [pytest.mark.spotify, pytest.mark.spotify_write]

Eventually = Callable[[Callable[[], object], object], None]

AUDIOBOOK = pytest.mark.spotify(needs=["audiobook-market"])
ITEMS = {
    "track": "11dFghVXANMlKmJXsNCbNl",
    "album": "0tGPJ0bkWOUmH7MEOR77qc",
    "episode": "512ojhOuo1ktJprKbVcKyQ",
    "show": "5CfCWKI5pZ28U0uOzXkDHe",
    "audiobook": "1HGw3J3NxZO1TP1BTtVhpZ",
}
FOLLOWED = {
    "artist": "6sFIWsNpZYqfjUpaCgueju",
    "user": "smedjan",
    "playlist": "3cEYpjA9oz9GiPac4AsH4n",
}


def _kinds(kinds: dict[str, str]) -> list[object]:
    return [pytest.param(kind, marks=AUDIOBOOK if kind == "audiobook" else ()) for kind in kinds]


@pytest.mark.calls("save-library-items", "remove-library-items")
@pytest.mark.parametrize("kind", _kinds(ITEMS))
def test_save_by_uri(
    kind: str, spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """What is saved by its URI is in the library and heads the list of its kind, until it is removed."""
    uri, asked = f"spotify:{kind}:{ITEMS[kind]}", {"uris": f"spotify:{kind}:{ITEMS[kind]}"}
    spotify_restore.library(uri)

    assert spotify_session.put("/me/library", params=asked).status_code == 200
    eventually(lambda: spotify_session.get("/me/library/contains", params=asked).json(), [True])
    eventually(lambda: _newest(spotify_session, kind), ITEMS[kind])
    assert spotify_session.delete("/me/library", params=asked).status_code == 200
    eventually(lambda: spotify_session.get("/me/library/contains", params=asked).json(), [False])


@pytest.mark.calls("save-library-items", "remove-library-items")
@pytest.mark.parametrize("kind", _kinds(FOLLOWED))
def test_follow_by_uri(
    kind: str, spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """Artists, users and playlists of others are followed through the library as well."""
    uri, asked = f"spotify:{kind}:{FOLLOWED[kind]}", {"uris": f"spotify:{kind}:{FOLLOWED[kind]}"}
    spotify_restore.library(uri)

    assert spotify_session.put("/me/library", params=asked).status_code == 200
    eventually(lambda: spotify_session.get("/me/library/contains", params=asked).json(), [True])
    assert spotify_session.delete("/me/library", params=asked).status_code == 200
    eventually(lambda: spotify_session.get("/me/library/contains", params=asked).json(), [False])


@pytest.mark.calls("save-library-items", "remove-library-items")
def test_save_several_kinds(
    spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """One request saves items of several kinds, and the answers come in the order of the URIs."""
    uris = [f"spotify:{kind}:{ITEMS[kind]}" for kind in ("track", "album", "episode")]
    spotify_restore.library(*uris)

    saved = {"uris": ",".join(uris[:2])}
    every = {"uris": ",".join(uris)}
    assert spotify_session.put("/me/library", params=saved).status_code == 200
    eventually(lambda: spotify_session.get("/me/library/contains", params=every).json(), [True, True, False])
    assert spotify_session.delete("/me/library", params=every).status_code == 200
    eventually(
        lambda: spotify_session.get("/me/library/contains", params=every).json(), [False, False, False]
    )


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(
            kind,
            marks=[
                pytest.mark.calls(f"save-{kind}s-user", f"remove-{kind}s-user"),
                *([AUDIOBOOK] if kind == "audiobook" else []),
            ],
        )
        for kind in ITEMS
    ],
)
def test_save_by_id(
    kind: str, spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """Where the operations of one kind still exist, what is saved by id is there until it is removed."""
    id_, path = ITEMS[kind], f"/me/{kind}s"
    asked = {"ids": id_}
    spotify_restore.library(f"spotify:{kind}:{id_}")

    if kind in ("track", "episode"):  # a bare array is refused since September 2024 (spotify-web-api-js#228)
        assert spotify_session.put(path, json={"ids": [id_]}).status_code == 200
    else:
        assert spotify_session.put(path, params=asked).status_code == 200
    eventually(lambda: spotify_session.get(f"{path}/contains", params=asked).json(), [True])
    eventually(lambda: _newest(spotify_session, kind), id_)
    assert spotify_session.delete(path, params=asked).status_code == 200
    eventually(lambda: spotify_session.get(f"{path}/contains", params=asked).json(), [False])


@pytest.mark.calls("follow-artists-users", "unfollow-artists-users")
@pytest.mark.parametrize("kind", ["artist", "user"])
def test_follow_by_id(
    kind: str, spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """Where the old operations still exist, artists and users are followed by id, in query or body."""
    asked = {"type": kind, "ids": FOLLOWED[kind]}
    spotify_restore.library(f"spotify:{kind}:{FOLLOWED[kind]}")

    assert spotify_session.put("/me/following", params=asked).status_code == 204
    eventually(lambda: spotify_session.get("/me/following/contains", params=asked).json(), [True])
    assert spotify_session.delete("/me/following", params=asked).status_code == 204
    eventually(lambda: spotify_session.get("/me/following/contains", params=asked).json(), [False])


@pytest.mark.calls("follow-playlist", "unfollow-playlist")
def test_follow_playlist(
    spotify_session: requests.Session, spotify_restore: Restore, eventually: Eventually
) -> None:
    """Where the old operations still exist, a playlist of somebody else is followed by its own path."""
    path = f"/playlists/{FOLLOWED['playlist']}/followers"
    spotify_restore.library(f"spotify:playlist:{FOLLOWED['playlist']}")

    assert spotify_session.put(path, json={"public": False}).status_code == 200
    eventually(lambda: spotify_session.get(f"{path}/contains").json(), [True])
    assert spotify_session.delete(path).status_code == 200
    eventually(lambda: spotify_session.get(f"{path}/contains").json(), [False])


def _newest(session: requests.Session, kind: str) -> str:
    """Return the id of the latest item of a kind; audiobooks come without `added_at` around them."""
    entry = session.get(f"/me/{kind}s", params={"limit": 1}).json()["items"][0]
    return str(entry.get(kind, entry)["id"])
