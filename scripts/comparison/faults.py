"""Ten faults, each with the test whose code meets it; in the first six the API changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRACK, ALBUM = "11dFghVXANMlKmJXsNCbNl", "4aawyAB9vmqN3uQ7FjRGTy"
PLAYLIST = "3cEYpjA9oz9GiPac4AsH4n"

# What an author of API tests writes down: the status, and the types of what the app reads.
EXPECTED = {
    "track": {"name": "string", "duration_ms": "number", "uri": "string"},
    "year": {"release_date": "string"},
    "tracks": {"items": "array"},
    "shelf": {"albums": "array"},
    "hits": {"tracks": "object"},
    "artist": {"name": "string"},
    "rows": {"tracks": "object"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: what it is, the test whose code meets it, and how the API changes, if it is the API's."""

    text: str
    test: str
    operation: str
    path: str
    patch: Mapping[str, Any] = field(default_factory=dict)


def _replaced(path: str, value: object) -> dict[str, object]:
    return {"op": "replace", "path": path, "value": value}


_OF_TRACK = {"test": "track", "operation": "get-track", "path": f"/tracks/{TRACK}"}
_OF_TRACKS = {
    "test": "tracks",
    "operation": "get-an-albums-tracks",
    "path": f"/albums/{ALBUM}/tracks?limit=2",
}
FAULTS = [
    Fault(text="a field is gone: `name` of a track", patch={"op": "remove", "path": "/name"}, **_OF_TRACK),
    Fault(
        text="a field is null: `release_date` of an album",
        test="year",
        operation="get-an-album",
        path=f"/albums/{ALBUM}",
        patch=_replaced("/release_date", None),
    ),
    Fault(text="a number is a text: `duration_ms`", patch=_replaced("/duration_ms", "207000"), **_OF_TRACK),
    Fault(text="a URI has another form", patch=_replaced("/uri", f"spotify:{TRACK}"), **_OF_TRACK),
    Fault(
        text="a list ends early: `next` is null, `total` says more",
        patch=_replaced("/next", None),
        **_OF_TRACKS,
    ),
    Fault(
        text="a field is gone deep inside: `id` of the album's artist",
        patch={"op": "remove", "path": "/album/artists/0/id"},
        **_OF_TRACK,
    ),
    Fault(
        text="the code calls an operation that its access lost, and takes the error for an empty list",
        test="shelf",
        operation="get-multiple-albums",
        path=f"/albums?ids={ALBUM}",
    ),
    Fault(
        text="the code asks for 50 hits where 10 are allowed, likewise",
        test="hits",
        operation="search",
        path="/search?q=love&type=track&limit=50",
    ),
    Fault(
        text="the code sends an album's id for an artist, likewise",
        test="artist",
        operation="get-an-artist",
        path=f"/artists/{ALBUM}",
    ),
    Fault(
        text="the code reads `tracks` of a playlist, which its access is not sent; the fixture still has it",
        test="rows",
        operation="get-playlist",
        path=f"/playlists/{PLAYLIST}",
    ),
]
