"""The backup has every song of a playlist, over all its pages."""

from pathlib import Path

import pytest

import backup

pytestmark = pytest.mark.spotify


def test_a_file_has_the_name_and_the_songs(tmp_path: Path):
    """The first line is the playlist's name, each further line a song."""
    (path,) = backup.back_up(backup.client(), tmp_path, most=1)
    name, *songs = path.read_text(encoding="utf-8").splitlines()
    assert name
    assert songs
    assert all(" - " in song for song in songs)


def test_songs_of_the_second_page_are_not_lost(tmp_path: Path):
    """The backup is the same, however few songs Spotify gives at once."""
    (whole,) = backup.back_up(backup.client(), tmp_path, most=1)
    text = whole.read_text(encoding="utf-8")
    (paged,) = backup.back_up(backup.client(), tmp_path, most=1, page=2)
    assert paged.read_text(encoding="utf-8") == text
    assert len(text.splitlines()) > 3
