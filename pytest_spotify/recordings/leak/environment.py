"""Which variables of the environment hold secrets of Spotify's. Knows nothing of what they are for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_spotify.recordings.leak.search import MIN_SECRET

_PREFIXES = ("SPOTIFY_", "SPOTIPY_")
# Variables that hold no secret, and values that are none whatever their variable is called.
_PUBLIC_NAMES = ("ACCESS", "DATE", "URI", "URL", "MARKET", "COUNTRY", "FILE", "SCOPE", "SCOPES", "USERNAME")
_PUBLIC_VALUE = re.compile(r"[a-z]+://.*|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.DOTALL)


def environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values to keep secret, by the name of their variable."""
    return {
        name: value.strip()
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIXES)
        and not name.endswith(_PUBLIC_NAMES)
        and not _PUBLIC_VALUE.fullmatch(value.strip())
        and len(value.strip()) >= MIN_SECRET
    }
