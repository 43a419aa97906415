"""The bars of broken answers, and which faults of an answer are none; `lint.mutations` makes them."""

import json
import random
import re
from functools import cache
from typing import Any

from pytest_spotify.lint.mutations import Mutant, Path, copy_with, is_closed, mutants, place_of, values_in

__all__ = [
    "Mutant",
    "Path",
    "as_bytes",
    "copy_with",
    "excuse",
    "mutants",
    "place_of",
    "values_in",
    "with_added_fields",
]

# The bars, in one place: the share of mutants that must be found `breaking`.
OVER_ALL = 0.99
EACH_CONTRACT = 0.95
KINDS_OF_CONTRADICTION = 16  # of the kinds in tests/contradictions.py; not every access has fields for all

# What Spotify itself sends as null or leaves out, so that a copy without it is no broken answer: a pattern
# for the whole of "ACCESS OPERATION PLACE FAULT", and where that is known from.
_PLAYLIST = r"\S+ \S*(playlist|search)\S* (/playlists)?(/items/\*)?"
_AUDIOBOOK = r"extended \S*(audiobook|chapter|search)\S* (/audiobooks(/items)?/\*|/chapters/\*)?"
_LISTED = r"(extended \S+|development search) (/playlists)?/items/\*/items"
_ENTRY = r"\S+ get-playlist\S* (/items|/tracks)?/items/\*"
LAWFUL: dict[str, str] = {
    rf"{_PLAYLIST}/(description|public) null": "OpenAPI, prose of the playlist object",
    rf"{_PLAYLIST}/images null": "spotify/spotify-web-api-ts-sdk#92, jpochyla/psst#464",
    rf"{_LISTED} dropped": "February 2026 changelog: only for owners and collaborators",
    rf"{_ENTRY}/added_(at|by) null": "OpenAPI, prose of the playlist entry",
    rf"{_ENTRY}/(item|track) null": "spotify/web-api#958",
    r"\S+ \S+ \S*/display_name null": "OpenAPI, prose of the user objects",
    r"\S+ \S+ /device(s/\*)?/(id|volume_percent) null": "OpenAPI, prose of the device object",
    r"\S+ \S+ /progress_ms null": "OpenAPI, prose of the playback objects",
    r"\S+ \S+ /actions/disallows/resuming dropped": "disallows names only what is disallowed",
    r"\S+ \S+ \S*/audio_preview_url null": "OpenAPI, prose of the episode objects",
    r"extended \S+ \S*/label null": "jpochyla/psst#112",
    r"\S+ get-current-users-profile /account_id dropped": "May 2026 changelog: answers before have none",
    r"extended get-current-users-profile /email dropped": "only with the scope user-read-email",
    r"\S+ \S+ \S*/episode/resume_point dropped": "only with the scope user-read-playback-position",
    rf"{_AUDIOBOOK}(/audiobook)?/available_markets dropped": "recorded with `market` (2022, 2023)",
    r"extended get-users-saved-audiobooks /items/\*/available_markets dropped": "as in the line above",
    r"\S+ \S+ \S*/album/is_playable dropped": "only with `market`; not documented of albums",
    r"development search /tracks/items/\*/is_playable dropped": "only with `market` (track relinking guide)",
    r"development \S*(artist|followed|search) \S*/genres dropped": "spotDL/spotify-downloader#2636",
    r"development \S*(search|saved-tracks|top-artists)\S* \S+/external_ids dropped": "missing in what was "
    "played (FoxxMD/multi-scrobbler#704, ramsayleung/rspotify#578), and not known to be in these lists",
    r"extended \S*(artist|followed|search)\S* \S*/followers/total null": "null in GET /me/top/artists on ten "
    "dates (2022 to 2026)",
}


def with_added_fields(body: Any, number: int) -> list[Any]:
    """Return copies in each of which one object has a field that nobody knows; none if there is no object."""
    objects = [
        path for path, value in values_in(body) if isinstance(value, dict) and value and is_closed(path)
    ]
    chosen = [random.Random(seed).choice(objects) for seed in range(number)] if objects else []
    return [copy_with(body, (*path, "a_field_of_tomorrow"), 1) for path in chosen]


@cache
def excuse(access: str, operation: str, place: str, fault: str) -> str | None:
    """Return the pattern in LAWFUL by which a fault is none, or None."""
    told = f"{access} {operation} {place} {fault}"
    return next((pattern for pattern in LAWFUL if re.fullmatch(pattern, told)), None)


def as_bytes(body: Any) -> bytes:
    """Return a body as it would come over the wire."""
    return json.dumps(body).encode()
