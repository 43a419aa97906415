"""Albums are added up, however many there are."""

from datetime import timedelta

import pytest
import tekore

from running_time import running_time

pytestmark = [pytest.mark.spotify, pytest.mark.anyio]
GLOBAL_WARMING, HUMAN_AFTER_ALL = "4aawyAB9vmqN3uQ7FjRGTy", "1A2GTWGtFfWp7KSQTwWOyo"


async def test_one_album(spotify: tekore.Spotify):
    """An album of 18 tracks takes about an hour."""
    assert timedelta(minutes=40) < await running_time(spotify, [GLOBAL_WARMING]) < timedelta(minutes=90)


async def test_albums_at_once(spotify: tekore.Spotify):
    """Two albums take as long as both."""
    one, other = [await running_time(spotify, [album]) for album in (GLOBAL_WARMING, HUMAN_AFTER_ALL)]
    assert await running_time(spotify, [GLOBAL_WARMING, HUMAN_AFTER_ALL]) == one + other


async def test_no_album(spotify: tekore.Spotify):
    """Nothing takes no time."""
    assert await running_time(spotify, []) == timedelta()
