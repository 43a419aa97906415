"""Which variables of the environment hold secrets of Spotify's. Knows nothing of what they are for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_spotify.recordings.leak.search import MIN_SECRET

_PREFIXES = ("SPOTIFY_", "SPOTIPY_")
# Variables that hold no secret, and values that are none whatever their variable is called.
_PUBLIC_NAMES = ("ACCESS", "DATE", "URI", "URL", "MARKET", "COUNTRY", "FILE", "PATH", "SCOPE", "SCOPES")
_PEOPLE_NAMES = ("NAME", "USER", "USER_ID")  # scrubbed under their pseudonyms
_PUBLIC_VALUE = re.compile(r"[a-z]+://.*|spotify:[a-z]+:.*|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.DOTALL)
# `SPOTIFY_PLAYLIST_ID`: an id of Spotify's stands in every address. No secret of Spotify's has this shape.
_ID = re.compile("[0-9A-Za-z]{22}")
_SECRET_NAMES = ("SECRET", "TOKEN", "PASSWORD", "KEY")


def environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values to keep secret, by the name of their variable."""
    return {
        name: value.strip()
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIXES)
        and not name.endswith((*_PUBLIC_NAMES, *_PEOPLE_NAMES))
        and not _PUBLIC_VALUE.fullmatch(value.strip())
        and (not _ID.fullmatch(value.strip()) or any(part in name for part in _SECRET_NAMES))
        and len(value.strip()) >= MIN_SECRET
    }
