from collections.abc import AsyncIterator

import pytest_asyncio
from spotifyaio import SpotifyClient


@pytest_asyncio.fixture(scope="session")
async def client(spotify_token) -> AsyncIterator[SpotifyClient]:
    async with SpotifyClient() as client:
        client.authenticate(spotify_token.reveal())
        yield client
