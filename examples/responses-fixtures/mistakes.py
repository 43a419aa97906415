"""Two mistakes, each caught; the third is a file: run with `pytest mistakes.py mistaken`."""

from playlist_card import API, first_hit


def test_removed_operation(session, spotify):
    """The mock answers still what development mode lost on 2026-02-11."""
    spotify("/playlists/3cEYpjA9oz9GiPac4AsH4n/tracks", "playlist.json")
    assert session.get(f"{API}/playlists/3cEYpjA9oz9GiPac4AsH4n/tracks", timeout=30).ok


def test_limit_over_the_maximum(session, spotify):
    """Searches give at most 10 hits in development mode; a mock gives whatever is in the file."""
    spotify("/search", "search-love.json")
    assert first_hit(session, "love", most=20)
