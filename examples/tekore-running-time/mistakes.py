"""Three mistakes, each caught.

Run with `pytest mistakes.py --spotify-sandbox --spotify-access=development`.
"""

import asyncio

import pytest
import tekore

pytestmark = [pytest.mark.spotify, pytest.mark.anyio]


async def test_removed_operation(spotify: tekore.Spotify):
    """Albums by the dozen are for extended quota; the app takes the error for no albums."""
    albums = await asyncio.gather(spotify.albums(["4aawyAB9vmqN3uQ7FjRGTy"]), return_exceptions=True)
    assert len(albums) == 1


async def test_limit_over_the_maximum(spotify: tekore.Spotify):
    """Searches give at most 10 hits in development mode."""
    found = await asyncio.gather(spotify.search("love", limit=20), return_exceptions=True)
    assert len(found) == 1


async def test_field_that_is_no_longer_sent(spotify: tekore.Spotify):
    """Development mode no longer says how popular a track is, and tekore demands that it does."""
    assert (await spotify.track("11dFghVXANMlKmJXsNCbNl")).popularity > 0
