"""Cassettes: recorded exchanges in VCR.py's format, with a checksum. `docs/recording.md` describes them."""

from pytest_spotify.cassettes.files import (
    Cassette,
    cassette_name,
    load,
    replace_cassette,
    write,
)
from pytest_spotify.cassettes.player import CassettePlayer, authorization_kind
from pytest_spotify.files import remove_stale_temp_files

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
