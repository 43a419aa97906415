"""Cassettes: recorded exchanges in VCR.py's format, sealed, matched by index, replaced in one step.

Knows nothing of pytest, tokens or targets. `docs/recording.md` says what a user sees of it.
"""

from pytest_spotify.recordings.cassette.name import cassette_name
from pytest_spotify.recordings.cassette.player import CassettePlayer, authorization_kind
from pytest_spotify.recordings.cassette.reading import Cassette, load
from pytest_spotify.recordings.cassette.writing import remove_stale_temp_files, replace_cassette, write

__all__ = [
    "Cassette",
    "CassettePlayer",
    "authorization_kind",
    "cassette_name",
    "load",
    "remove_stale_temp_files",
    "replace_cassette",
    "write",
]
