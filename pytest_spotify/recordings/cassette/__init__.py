"""Cassettes: recorded exchanges in VCR.py's format, sealed, matched by index, replaced in one step.

Knows nothing of pytest, tokens or targets. `docs/recording.md` says what a user sees of it.
"""

from pytest_spotify.recordings.cassette.name import cassette_name
from pytest_spotify.recordings.cassette.player import Player, authorization_kind
from pytest_spotify.recordings.cassette.reading import Cassette, load
from pytest_spotify.recordings.cassette.writing import replace_file, sweep, write

__all__ = [
    "Cassette",
    "Player",
    "authorization_kind",
    "cassette_name",
    "load",
    "replace_file",
    "sweep",
    "write",
]
