"""Write the songs of one's playlists as text, one file a playlist."""

import os
from collections.abc import Iterator
from pathlib import Path

import spotipy
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyOAuth


def client() -> spotipy.Spotify:
    """Return a client signed in with `SPOTIFY_REFRESH_TOKEN` and the `SPOTIPY_*` variables."""
    token = {"refresh_token": os.environ["SPOTIFY_REFRESH_TOKEN"], "expires_at": 0, "scope": None}
    return spotipy.Spotify(auth_manager=SpotifyOAuth(cache_handler=MemoryCacheHandler(token)))


def back_up(spotify: spotipy.Spotify, folder: Path, *, most: int = 100, page: int = 50) -> list[Path]:
    """Write a file for each of the account's own playlists, at most so many; return their paths.

    `page` is how many songs are asked for at once.
    """
    me = spotify.me()["id"]
    written = []
    for playlist in _pages(spotify, spotify.current_user_playlists(limit=10)):
        if len(written) == most:
            break
        if playlist["owner"]["id"] == me:
            songs = _pages(spotify, spotify.playlist_items(playlist["id"], limit=page))
            path = folder / f"{playlist['id']}.txt"
            lines = [playlist["name"], *(_line(entry["item"]) for entry in songs if entry["item"])]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            written.append(path)
    return written


def _pages(spotify: spotipy.Spotify, page: dict) -> Iterator[dict]:
    while page:
        yield from page["items"]
        page = spotify.next(page)


def _line(item: dict) -> str:
    by = [artist["name"] for artist in item.get("artists", ())] or [item.get("show", {}).get("name", "")]
    return f"{', '.join(by)} - {item['name']}"
