"""spotipy, as it comes from PyPI: its traffic fits the contracts, and it reads what it wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.plugin.marked.restore import Restore

spotipy = pytest.importorskip("spotipy")

pytestmark = pytest.mark.spotify

Eventually = Callable[[Callable[[], object], object], None]

NAME = "pytest-spotify story: a playlist of spotipy"
ALBUM = "4aawyAB9vmqN3uQ7FjRGTy"
FIRST, SECOND = "spotify:track:11dFghVXANMlKmJXsNCbNl", "spotify:track:7ouMYWpwJ422jRcDASZB7P"
COVER = base64.b64encode((Path(__file__).parents[1] / "cover.jpg").read_bytes())


@pytest.fixture
def client(spotify_credentials: Credentials) -> Iterator[spotipy.Spotify]:
    """A client that has a refresh token and gets itself an access token, as an application would."""
    assert spotify_credentials.client_secret
    assert spotify_credentials.refresh_token
    old = {
        "access_token": "old",
        "refresh_token": spotify_credentials.refresh_token.reveal(),
        "expires_at": 0,
        "scope": "",
    }
    manager = spotipy.oauth2.SpotifyOAuth(
        spotify_credentials.client_id,
        spotify_credentials.client_secret.reveal(),
        "http://127.0.0.1:8888/callback",
        cache_handler=spotipy.cache_handler.MemoryCacheHandler(old),
        open_browser=False,
    )
    with requests.Session() as session:
        yield spotipy.Spotify(auth_manager=manager, requests_session=session)


def test_read(client: spotipy.Spotify) -> None:
    """It reads catalogue and account, with the trailing slashes that it puts after some paths."""
    assert client.me()["type"] == "user"
    assert client.album(ALBUM)["name"] == "Global Warming"
    tracks = client.album_tracks(ALBUM, limit=10)
    assert [track["track_number"] for track in client.next(tracks)["items"]] == list(range(11, 19))
    assert client.artist_albums("0TnOYISbd1XYRBk9myaseg", limit=5)["items"]
    assert client.show_episodes("38bS44xjbVVZ3No3ByF1dJ", limit=2)["items"]
    assert client.current_user_top_tracks(limit=2)["limit"] == 2
    assert client.current_user_recently_played(limit=2)["limit"] == 2
    assert client.current_user_playlists(limit=2)["limit"] == 2
    assert client.current_user_followed_artists(limit=2)["artists"]["limit"] == 2


def test_search(client: spotipy.Spotify) -> None:
    """It searches every kind at once, and follows a page to the next."""
    kinds = ("album", "artist", "playlist", "track", "show", "episode", "audiobook")
    found = client.search("love", limit=5, type=",".join(kinds), market="US")
    assert sorted(found) == sorted(f"{kind}s" for kind in kinds)
    further = client.next(client.search("love", limit=5)["tracks"])
    assert further["tracks"]["offset"] == 5


@pytest.mark.spotify_write
def test_library(client: spotipy.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It saves and removes by URI, and follows artists and users in the same way."""
    album, artist = "0tGPJ0bkWOUmH7MEOR77qc", "6sFIWsNpZYqfjUpaCgueju"
    spotify_restore.library(FIRST, f"spotify:album:{album}", f"spotify:artist:{artist}")

    client.current_user_saved_tracks_add([FIRST])
    client.current_user_saved_albums_add([album])
    client.user_follow_artists([artist])
    eventually(lambda: client.current_user_saved_tracks_contains([FIRST]), [True])
    eventually(lambda: client.current_user_saved_tracks(limit=1)["items"][0]["track"]["uri"], FIRST)
    eventually(lambda: client.current_user_saved_albums_contains([album]), [True])
    eventually(lambda: client.current_user_saved_items([f"spotify:artist:{artist}"]), [True])
    client.current_user_saved_tracks_delete([FIRST])
    client.current_user_saved_albums_delete([album])
    client.user_unfollow_artists([artist])
    eventually(lambda: client.current_user_saved_tracks_contains([FIRST]), [False])


@pytest.mark.spotify_write
def test_playlist(client: spotipy.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It makes a playlist, fills it (with a bare array), changes it and looks at it.

    How it removes one differs by access: see `test_remove_playlist`.
    """
    spotify_restore.playlists(NAME)

    made = client.current_user_playlist_create(NAME, public=False)["id"]
    client.playlist_add_items(made, [FIRST, SECOND])
    eventually(lambda: client.playlist(made)["name"], NAME)
    moved = client.playlist_reorder_items(made, range_start=0, insert_before=2)
    client.playlist_remove_all_occurrences_of_items(made, [SECOND], snapshot_id=moved["snapshot_id"])
    eventually(lambda: len(client.playlist_items(made)["items"]), 1)
    client.playlist_replace_items(made, [SECOND, FIRST])
    client.playlist_change_details(made, description="Made by a test, which removes it again")
    client.playlist_upload_cover_image(made, COVER)
    eventually(lambda: bool(client.playlist_cover_image(made)), True)


@pytest.mark.spotify_write
@pytest.mark.calls("unfollow-playlist")
def test_remove_playlist(client: spotipy.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It removes a playlist by an operation that development mode lost; there it is refused with 403."""
    spotify_restore.playlists(f"{NAME}, removed")

    made = client.current_user_playlist_create(f"{NAME}, removed")["id"]
    client.current_user_unfollow_playlist(made)
    eventually(lambda: client.current_user_saved_items([f"spotify:playlist:{made}"]), [False])


@pytest.mark.spotify(needs=["premium", "device"])
@pytest.mark.spotify_write
def test_player(client: spotipy.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It commands the player, and reads what came of it."""
    spotify_restore.player()

    device = client.devices()["devices"][0]["id"]
    client.transfer_playback(device, force_play=False)
    client.volume(7, device_id=device)
    client.start_playback(device_id=device, context_uri=f"spotify:album:{ALBUM}", offset={"position": 1})
    eventually(lambda: client.current_playback()["context"]["uri"], f"spotify:album:{ALBUM}")
    client.add_to_queue(FIRST)
    eventually(lambda: FIRST in [item["uri"] for item in client.queue()["queue"]], True)
    client.next_track()
    eventually(lambda: client.currently_playing()["item"]["uri"], FIRST)
    client.previous_track()
    client.seek_track(20_000)
    client.repeat("track")
    client.shuffle(True)
    client.pause_playback()
    eventually(lambda: client.current_playback()["is_playing"], False)
    assert client.current_playback()["repeat_state"] == "track"
