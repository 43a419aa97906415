"""Which variables of the environment hold secrets of Spotify's. Knows nothing of what they are for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pytest_spotify.redaction.scan import MIN_SECRET

_PREFIXES = ("SPOTIFY_", "SPOTIPY_")
_SECRET_NAMES = ("SECRET", "TOKEN", "PASSWORD", "KEY")
# Variables that hold no secret, people's names among them: those are scrubbed under their pseudonyms.
_PUBLIC_NAMES = ("ACCESS", "DATE", "URI", "URL", "MARKET", "COUNTRY", "FILE", "PATH", "SCOPE", "SCOPES")
_PEOPLE_NAMES = ("NAME", "USER", "USER_ID")
# Values that are none whatever their variable is called.
_PUBLIC_VALUE = re.compile(r"[a-z]+://.*|spotify:[a-z]+:.*|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.DOTALL)
# `SPOTIFY_PLAYLIST_ID`: an id of Spotify's stands in every address. No secret of Spotify's has this shape.
_ID = re.compile("[0-9A-Za-z]{22}")


def environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the values to keep secret, by the name of their variable."""
    return {
        name: value.strip()
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIXES) and len(value.strip()) >= MIN_SECRET
        if not _is_public(name, value.strip())
    }


def _is_public(name: str, value: str) -> bool:
    if _PUBLIC_VALUE.fullmatch(value):
        return True
    if any(part in name for part in _SECRET_NAMES):
        # `SPOTIFY_REFRESH_TOKEN_USER` is the token of a profile of that name; where one lies is no secret.
        return name.endswith(("FILE", "PATH")) and ("/" in value or "\\" in value)
    return name.endswith((*_PUBLIC_NAMES, *_PEOPLE_NAMES)) or bool(_ID.fullmatch(value))
