"""spotifyaio, Home Assistant's client, as it comes from PyPI: its traffic fits the contracts.

Its writes are the operations of before February 2026, so its stories end with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from pytest_spotify.plugin.marked.restore import Restore
from pytest_spotify.redaction import Secret

spotifyaio = pytest.importorskip("spotifyaio")

pytestmark = pytest.mark.spotify

# Its models require `popularity`, `label` and more, which development mode lost in February 2026.
NEEDS_FIELDS = pytest.mark.access("development-older", "extended")

NAME = "pytest-spotify story: a playlist of spotifyaio"
ALBUM, SHOW, EPISODE = "4aawyAB9vmqN3uQ7FjRGTy", "38bS44xjbVVZ3No3ByF1dJ", "512ojhOuo1ktJprKbVcKyQ"
FIRST, SECOND = "11dFghVXANMlKmJXsNCbNl", "7ouMYWpwJ422jRcDASZB7P"
UNKNOWN = "0000000000000000000000"

Story = Callable[["spotifyaio.SpotifyClient"], Awaitable[None]]


@pytest.fixture
def tell(spotify_token: Secret) -> Callable[[Story], None]:
    """Run a story with a client of its own."""

    async def run(story: Story) -> None:
        async with spotifyaio.SpotifyClient() as client:
            client.authenticate(spotify_token.reveal())
            await story(client)

    return lambda story: asyncio.run(run(story))


@NEEDS_FIELDS
def test_read(tell: Callable[[Story], None]) -> None:
    """Its typed models take what the catalogue and the account answer."""

    async def story(client: spotifyaio.SpotifyClient) -> None:
        assert (await client.get_current_user()).user_id
        assert (await client.get_album(ALBUM)).name == "Global Warming"
        assert len(await client.get_album_tracks(ALBUM)) == 18
        assert (await client.get_artist("0TnOYISbd1XYRBk9myaseg")).name == "Pitbull"
        assert (await client.get_show(SHOW)).show_id == SHOW
        assert (await client.get_episode(EPISODE)).episode_id == EPISODE
        assert await client.get_playlists_for_current_user()
        with pytest.raises(spotifyaio.SpotifyNotFoundError):
            await client.get_album(UNKNOWN)

    tell(story)


@NEEDS_FIELDS
def test_search(tell: Callable[[Story], None]) -> None:
    """It searches, asking for more results a page than development mode gives."""

    async def story(client: spotifyaio.SpotifyClient) -> None:
        found = await client.search(
            "love", [spotifyaio.models.SearchType.TRACK, spotifyaio.models.SearchType.ALBUM]
        )
        assert found.tracks
        assert found.albums

    tell(story)


@pytest.mark.spotify_write
@pytest.mark.calls("save-tracks-user", "remove-albums-user", "follow-artists-users", "follow-playlist")
def test_library(tell: Callable[[Story], None], spotify_restore: Restore) -> None:
    """It saves and removes kind by kind, and follows."""
    album, artist, playlist = "0tGPJ0bkWOUmH7MEOR77qc", "6sFIWsNpZYqfjUpaCgueju", "3cEYpjA9oz9GiPac4AsH4n"
    spotify_restore.library(
        f"spotify:track:{FIRST}",
        f"spotify:album:{album}",
        f"spotify:artist:{artist}",
        f"spotify:playlist:{playlist}",
    )

    async def story(client: spotifyaio.SpotifyClient) -> None:
        await client.save_tracks([FIRST])
        await client.save_albums([album])
        assert await client.are_tracks_saved([FIRST]) == {FIRST: True}
        assert await client.are_albums_saved([album]) == {album: True}
        await client.remove_saved_tracks([FIRST])
        await client.remove_saved_albums([album])
        await client.follow_account(spotifyaio.models.FollowType.ARTIST, [artist])
        await client.follow_playlist(playlist)
        assert await client.is_following_playlist(playlist)
        await client.unfollow_account(spotifyaio.models.FollowType.ARTIST, [artist])
        await client.unfollow_playlist(playlist)

    tell(story)


@pytest.mark.spotify_write
@pytest.mark.calls("create-playlist-for-user", "add-tracks-to-playlist", "unfollow-playlist")
def test_playlist(tell: Callable[[Story], None], spotify_restore: Restore) -> None:
    """It makes a playlist, fills it, changes it and removes it."""
    spotify_restore.playlists(NAME)
    first, second = f"spotify:track:{FIRST}", f"spotify:track:{SECOND}"

    async def story(client: spotifyaio.SpotifyClient) -> None:
        user = (await client.get_current_user()).user_id
        made = (await client.create_playlist(user, NAME, public=False)).playlist_id
        snapshot = await client.add_playlist_items(made, [first, second])
        await client.remove_playlist_items(made, [first], snapshot_id=snapshot)
        assert [entry.track.uri for entry in await client.get_playlist_items(made)] == [second]
        await client.update_playlist_items(made, [second, first])
        await client.update_playlist_details(made, description="Made by a test, which removes it again")
        assert (await client.get_playlist(made)).name == NAME
        await client.unfollow_playlist(made)

    tell(story)


@pytest.mark.spotify(needs=["premium", "device"])
@pytest.mark.spotify_write
@NEEDS_FIELDS
def test_player(tell: Callable[[Story], None], spotify_restore: Restore) -> None:
    """It commands the player, and reads what came of it."""
    spotify_restore.player()

    async def story(client: spotifyaio.SpotifyClient) -> None:
        device = (await client.get_devices())[0].device_id
        await client.transfer_playback(device)
        await client.set_volume(7, device)
        await client.start_playback(device_id=device, context_uri=f"spotify:album:{ALBUM}")
        playback = await client.get_playback()
        assert playback.context.uri == f"spotify:album:{ALBUM}"
        await client.next_track()
        await client.previous_track()
        await client.seek_track(20_000)
        await client.set_repeat(spotifyaio.models.RepeatMode.CONTEXT)
        await client.set_shuffle(state=True)
        await client.pause_playback()
        assert not (await client.get_playback()).is_playing

    tell(story)
