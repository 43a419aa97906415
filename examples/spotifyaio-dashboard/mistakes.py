"""Three mistakes, each caught: run with `pytest mistakes.py --spotify-sandbox`."""

import asyncio

import pytest
from spotifyaio import SpotifyClient

pytestmark = pytest.mark.spotify


async def test_removed_operation(client: SpotifyClient):
    """A playlist's songs have moved; the app takes the error for an empty playlist."""
    asked = client.get_playlist_items("3cEYpjA9oz9GiPac4AsH4n")
    songs = await asyncio.gather(asked, return_exceptions=True)
    assert len(songs) == 1


async def test_limit_over_the_maximum(client: SpotifyClient):
    """The library asks for 48 albums a page; development mode gives at most 10."""
    asked = asyncio.create_task(client.get_artist_albums("0TnOYISbd1XYRBk9myaseg"))
    await asyncio.wait([asked])
    assert asked.exception() is not None


async def test_field_that_is_no_longer_sent(client: SpotifyClient):
    """Development mode no longer says who publishes a show, and the library demands that it does."""
    assert (await client.get_show("38bS44xjbVVZ3No3ByF1dJ")).publisher
