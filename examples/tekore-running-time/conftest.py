from collections.abc import AsyncIterator

import pytest
import tekore


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def spotify(spotify_token) -> AsyncIterator[tekore.Spotify]:
    client = tekore.Spotify(spotify_token.reveal(), sender=tekore.AsyncSender())
    yield client
    await client.close()
