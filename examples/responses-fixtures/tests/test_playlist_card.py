"""A card says what a playlist is about, whatever becomes of the playlist."""

from playlist_card import card, first_hit

PLAYLIST = "1iWsP6nWfzh0pIOIyttQwB"


def test_a_card(session, spotify):
    """Name, owner and length."""
    spotify(f"/playlists/{PLAYLIST}", "playlist.json")
    assert card(session, PLAYLIST) == "Short list by Sandbox Listener, 5 songs"


def test_a_playlist_that_is_gone(session, spotify):
    """It is said, not raised."""
    spotify(f"/playlists/{PLAYLIST}", "no-such-playlist.json", status=404)
    assert card(session, PLAYLIST) == "no such playlist"


def test_first_hit(session, spotify):
    """The first track counts."""
    spotify("/search", "search-love.json")
    assert first_hit(session, "love")
