"""tekore, as it comes from PyPI, synchronous and asynchronous: its traffic fits the contracts.

Its writes are the operations of before February 2026, so its stories end with them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.plugin.marked.restore import Restore
from pytest_spotify.redaction import Secret

tekore = pytest.importorskip("tekore")

pytestmark = pytest.mark.spotify

# Its models require `popularity`, `label` and more, which development mode lost in February 2026.
NEEDS_FIELDS = pytest.mark.access("development-older", "extended")

Eventually = Callable[[Callable[[], object], object], None]

NAME = "pytest-spotify story: a playlist of tekore"
ALBUM, SHOW, EPISODE = "4aawyAB9vmqN3uQ7FjRGTy", "38bS44xjbVVZ3No3ByF1dJ", "512ojhOuo1ktJprKbVcKyQ"
FIRST, SECOND = "11dFghVXANMlKmJXsNCbNl", "7ouMYWpwJ422jRcDASZB7P"
KINDS = ("album", "artist", "playlist", "track", "show", "episode")


@pytest.fixture
def client(spotify_credentials: Credentials) -> Iterator[tekore.Spotify]:
    """A synchronous client that has refreshed its token."""
    assert spotify_credentials.client_secret
    assert spotify_credentials.refresh_token
    token = tekore.refresh_user_token(
        spotify_credentials.client_id,
        spotify_credentials.client_secret.reveal(),
        spotify_credentials.refresh_token.reveal(),
    )
    sender = tekore.RetryingSender(sender=tekore.SyncSender())
    yield tekore.Spotify(token, sender=sender)
    sender.close()


@NEEDS_FIELDS
def test_read(client: tekore.Spotify) -> None:
    """Its typed models take what the catalogue and the account answer."""
    assert client.current_user().type == "user"
    assert client.album(ALBUM).name == "Global Warming"
    tracks = client.album_tracks(ALBUM, limit=10)
    assert [track.track_number for track in client.next(tracks).items] == list(range(11, 19))
    assert client.artist("0TnOYISbd1XYRBk9myaseg").name == "Pitbull"
    assert client.show(SHOW).id == SHOW
    assert client.episode(EPISODE).id == EPISODE
    assert len(client.current_user_top_tracks(limit=2).items) == 2
    assert len(client.followed_playlists(limit=2).items) == 2


@NEEDS_FIELDS
def test_search(client: tekore.Spotify) -> None:
    """It searches every kind it knows at once."""
    found = client.search("love", types=KINDS, limit=5, market="US")
    assert len(found) == len(KINDS)


@NEEDS_FIELDS
def test_read_at_once(spotify_token: Secret) -> None:
    """Its asynchronous client reads several things at once."""

    async def read() -> list[str]:
        client = tekore.Spotify(spotify_token.reveal(), asynchronous=True)
        try:
            tracks = await asyncio.gather(*map(client.track, (FIRST, SECOND)))
            albums = await asyncio.gather(client.album(ALBUM), client.album_tracks(ALBUM, limit=2))
        finally:
            await client.close()
        return [track.id for track in tracks] + [albums[0].id]

    assert asyncio.run(read()) == [FIRST, SECOND, ALBUM]


@pytest.mark.spotify_write
@pytest.mark.calls("save-tracks-user", "save-albums-user", "save-episodes-user", "save-shows-user")
def test_library(client: tekore.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It saves and removes kind by kind."""
    album, show = "0tGPJ0bkWOUmH7MEOR77qc", "5CfCWKI5pZ28U0uOzXkDHe"
    spotify_restore.library(
        f"spotify:track:{FIRST}",
        f"spotify:album:{album}",
        f"spotify:episode:{EPISODE}",
        f"spotify:show:{show}",
    )

    for kind, id_ in (("tracks", FIRST), ("albums", album), ("episodes", EPISODE), ("shows", show)):
        add, delete, contains = (
            getattr(client, f"saved_{kind}_{verb}") for verb in ("add", "delete", "contains")
        )
        add([id_])
        eventually(lambda contains=contains, id_=id_: contains([id_]), [True])
        delete([id_])
        eventually(lambda contains=contains, id_=id_: contains([id_]), [False])


@pytest.mark.spotify_write
@pytest.mark.calls("follow-artists-users", "unfollow-artists-users", "follow-playlist")
def test_following(client: tekore.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It follows artists, users and playlists."""
    artist, playlist = "6sFIWsNpZYqfjUpaCgueju", "3cEYpjA9oz9GiPac4AsH4n"
    spotify_restore.library(
        f"spotify:artist:{artist}", "spotify:user:smedjan", f"spotify:playlist:{playlist}"
    )

    client.artists_follow([artist])
    client.users_follow(["smedjan"])
    client.playlist_follow(playlist)
    eventually(lambda: client.artists_is_following([artist]), [True])
    eventually(lambda: client.users_is_following(["smedjan"]), [True])
    client.artists_unfollow([artist])
    client.users_unfollow(["smedjan"])
    client.playlist_unfollow(playlist)
    eventually(lambda: client.artists_is_following([artist]), [False])


@pytest.mark.spotify_write
@pytest.mark.calls("create-playlist-for-user", "add-tracks-to-playlist", "unfollow-playlist")
def test_playlist(client: tekore.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It makes a playlist, fills, reorders, empties and removes it."""
    spotify_restore.playlists(NAME)
    first, second = f"spotify:track:{FIRST}", f"spotify:track:{SECOND}"

    def uris() -> list[str]:
        return [entry.track.uri for entry in client.playlist_items(made).items]

    made = client.playlist_create(client.current_user().id, NAME, public=False).id
    client.playlist_add(made, [first, second])
    eventually(uris, [first, second])
    snapshot = client.playlist_reorder(made, range_start=0, insert_before=2)
    eventually(uris, [second, first])
    client.playlist_remove(made, [second], snapshot_id=snapshot)
    eventually(uris, [first])
    client.playlist_replace(made, [second])
    client.playlist_change_details(made, description="Made by a test, which removes it again")
    client.playlist_clear(made)
    eventually(uris, [])
    client.playlist_unfollow(made)


@pytest.mark.spotify(needs=["premium", "device"])
@pytest.mark.spotify_write
@NEEDS_FIELDS
def test_player(client: tekore.Spotify, spotify_restore: Restore, eventually: Eventually) -> None:
    """It commands the player, and reads what came of it."""
    spotify_restore.player()
    album, track = f"spotify:album:{ALBUM}", f"spotify:track:{FIRST}"

    device = client.playback_devices()[0].id
    client.playback_transfer(device)
    client.playback_volume(7, device_id=device)
    client.playback_start_context(album, offset=1)
    eventually(lambda: client.playback().context.uri, album)
    client.playback_queue_add(track)
    eventually(lambda: track in [item.uri for item in client.playback_queue().queue], True)
    client.playback_next()
    eventually(lambda: client.playback_currently_playing().item.uri, track)
    client.playback_previous()
    client.playback_seek(20_000)
    client.playback_repeat("context")
    client.playback_shuffle(True)
    client.playback_pause()
    eventually(lambda: client.playback().is_playing, False)
    client.playback_start_tracks([FIRST])
    client.playback_pause()
    client.playback_resume()
    eventually(lambda: client.playback().is_playing, True)
