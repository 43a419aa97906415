"""spotipy as it comes from PyPI, in a marked test: recorded from the sandbox, replayed with nothing there."""

import pytest

from tests.support.project import SANDBOX, Project, no_traceback

APP = """
    import os
    import pytest, spotipy
    from spotipy.cache_handler import MemoryCacheHandler
    from spotipy.oauth2 import SpotifyOAuth

    @pytest.fixture
    def spotify():
        manager = SpotifyOAuth(cache_handler=MemoryCacheHandler())
        signed_in = manager.refresh_access_token(os.environ["SPOTIFY_REFRESH_TOKEN"])
        return spotipy.Spotify(auth=signed_in["access_token"], retries=0)

    pytestmark = pytest.mark.spotify
"""

READS = """
    def test_reading(spotify):
        album = spotify.album("4aawyAB9vmqN3uQ7FjRGTy")
        found = spotify.search("track:Feeling", limit=3)
        playing = spotify.current_user_playing_track()
        assert album["type"] == "album"
        assert 0 < len(found["tracks"]["items"]) <= 3
        assert playing["item"]["type"] == "track"
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    pytest.importorskip("spotipy")
    return Project(pytester, monkeypatch)


def test_spotipy_signs_in_and_reads(project: Project):
    """It signs in by refresh token and reads an album, a search and the current track; then offline."""
    project.file("test_app.py", APP + READS)
    recorded = project.run(*SANDBOX)
    recorded.assert_outcomes(passed=1)
    recorded.stdout.fnmatch_lines(["3 operations answered with success and checked*"])
    (text,) = project.cassettes().values()
    assert b"accounts.spotify.com" not in text
    assert b"127.0.0.1" not in text
    replayed = project.run()
    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(
        ["3 operations answered with success and checked*", "1 recording from the sandbox*"]
    )


def test_a_removed_operation_that_spotipy_still_calls(project: Project):
    """The line of the user's code is named, not one of spotipy's, and what takes the operation's place."""
    project.file(
        "test_app.py", APP + "    def test_it(spotify):\n        spotify.albums(['4aawyAB9vmqN3uQ7FjRGTy'])\n"
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*2026-02-11*GET /albums/{id}*", "sent by    test_app.py:14"])


def test_no_recording_of_what_spotipy_asks(project: Project):
    """The miss reaches the test through spotipy and is told in our words, with the user's line."""
    project.file("test_app.py", APP + READS)
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["test_reading has no recording *", "at         test_app.py:15"])
