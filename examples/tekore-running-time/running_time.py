"""Say how long it takes to listen to albums."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import tekore


async def running_time(spotify: tekore.Spotify, albums: Sequence[str]) -> timedelta:
    """Return how long all tracks of the albums last, asking for all albums at once."""
    parts = await asyncio.gather(*(_of_album(spotify, album) for album in albums))
    return sum(parts, timedelta())


async def _of_album(spotify: tekore.Spotify, album: str) -> timedelta:
    tracks = (await spotify.album(album)).tracks
    return sum((timedelta(milliseconds=track.duration_ms) for track in tracks.items), timedelta())
