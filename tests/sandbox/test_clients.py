"""A client of somebody else works against the sandbox: spotipy, with only its addresses changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from pytest_spotify.sandbox import Access, Sandbox
from tests.support.sandbox_client import ALBUM, ARTIST, AUDIOBOOK, EPISODE, PLAYLIST, SHOW, TRACK, TRACKS

_FOR_ALL = {
    "album": (ALBUM,),
    "album_tracks": (ALBUM,),
    "artist": (ARTIST,),
    "track": (TRACK,),
    "show": (SHOW,),
    "show_episodes": (SHOW,),
    "episode": (EPISODE,),
    "get_audiobook": (AUDIOBOOK,),
    "get_audiobook_chapters": (AUDIOBOOK,),
    "me": (),
    "playlist": (PLAYLIST,),
    "current_user_playlists": (),
    "current_user_saved_tracks": (),
    "current_user_saved_albums": (),
    "current_user_saved_episodes": (),
    "current_user_saved_shows": (),
    "current_user_followed_artists": (),
    "current_user_top_artists": (),
    "current_user_top_tracks": (),
    "current_user_recently_played": (),
    "current_playback": (),
    "currently_playing": (),
    "devices": (),
    "queue": (),
}
_FOR_EXTENDED = {
    "albums": ([ALBUM],),
    "artists": ([ARTIST],),
    "artist_top_tracks": (ARTIST,),
    "artist_related_artists": (ARTIST,),
    "tracks": ([TRACK, *TRACKS],),
    "audio_features": ([TRACK],),
    "audio_analysis": (TRACK,),
    "new_releases": (),
    "categories": (),
    "featured_playlists": (),
    "recommendation_genre_seeds": (),
    "available_markets": (),
    "user": ("smedjan",),
    "user_playlists": ("smedjan",),
    "playlist_items": (PLAYLIST,),
}


def _client(sandbox: Sandbox, session: requests.Session) -> spotipy.Spotify:
    cache = MemoryCacheHandler(
        {"refresh_token": sandbox.refresh_token, "access_token": "", "expires_at": 0, "scope": None}
    )
    auth = SpotifyOAuth(sandbox.client_id, sandbox.client_secret, sandbox.redirect_uri, cache_handler=cache)
    auth.OAUTH_TOKEN_URL = f"{sandbox.accounts_url}/api/token"
    client = spotipy.Spotify(auth_manager=auth, requests_session=session)
    client.prefix = f"{sandbox.api_url}/"
    return client


@pytest.fixture(scope="module", params=["development", "development-older", "extended"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    access: Access = request.param
    with Sandbox(access) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[spotipy.Spotify]:
    with requests.Session() as session:
        yield _client(sandbox, session)


@pytest.mark.parametrize("method", _FOR_ALL)
def test_reading(client: spotipy.Spotify, method: str) -> None:
    """What every access has answers spotipy, refreshed token and trailing slashes included."""
    assert getattr(client, method)(*_FOR_ALL[method])


@pytest.mark.filterwarnings("ignore:.*marked as deprecated by Spotify:DeprecationWarning")
@pytest.mark.parametrize("method", _FOR_EXTENDED)
def test_reading_in_extended_quota_mode(sandbox: Sandbox, client: spotipy.Spotify, method: str) -> None:
    """What Spotify closed answers in extended quota mode, and is refused in development mode."""
    call = getattr(client, method)
    if sandbox.access == "extended":
        assert call(*_FOR_EXTENDED[method])
    elif sandbox.access == "development":
        with pytest.raises(spotipy.SpotifyException, match=r"40[34]"):
            call(*_FOR_EXTENDED[method])


def test_following_next(client: spotipy.Spotify) -> None:
    """The paging of spotipy walks a list to its end."""
    page, seen = client.current_user_saved_tracks(limit=20), []
    while page:
        seen += page["items"]
        page = client.next(page)

    assert len(seen) == 45


def test_writing(sandbox: Sandbox, client: spotipy.Spotify) -> None:
    """A playlist is filled and emptied, and the player obeys, in spotipy's words."""
    sandbox.reset()
    id_ = client.current_user_playlists(limit=1)["items"][0]["id"]
    uris = [f"spotify:track:{each}" for each in TRACKS]

    client.playlist_replace_items(id_, uris)
    client.playlist_add_items(id_, [f"spotify:track:{TRACK}"])
    client.playlist_reorder_items(id_, 0, 4)
    client.playlist_remove_all_occurrences_of_items(id_, uris[:1])
    client.start_playback(context_uri=f"spotify:playlist:{id_}")

    assert client.playlist(id_)["items"]["total"] == 3
    assert client.current_playback()["item"]["uri"] == uris[1]


def test_an_app_token(sandbox: Sandbox) -> None:
    """Client credentials work as well."""
    auth = SpotifyClientCredentials(
        sandbox.client_id, sandbox.client_secret, cache_handler=MemoryCacheHandler()
    )
    auth.OAUTH_TOKEN_URL = f"{sandbox.accounts_url}/api/token"
    with requests.Session() as session:
        client = spotipy.Spotify(auth_manager=auth, requests_session=session)
        client.prefix = f"{sandbox.api_url}/"

        assert client.search("love", limit=5, type="track")["tracks"]["items"]
