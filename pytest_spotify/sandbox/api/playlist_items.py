"""What is in playlists: read, add, reorder, replace, remove. Both names of the route, old and new."""

from __future__ import annotations

from typing import Any

from pytest_spotify.sandbox.api.playlists import find, find_mine
from pytest_spotify.sandbox.call import Answer, ApiError, Call, whole
from pytest_spotify.sandbox.fields import select
from pytest_spotify.sandbox.paging import Limits, page
from pytest_spotify.sandbox.people import EMBEDDED, entry, may_see_items
from pytest_spotify.sandbox.store import Entry, Playlist, now

_MOST = 100
_TRACKS = Limits(most=100, usual=20)
_ITEMS = Limits(most=50, usual=20)


def get_items(call: Call) -> Answer:
    """Answer a page of rows; with `fields`, the total is that of the page.

    The links within a playlist ask for 100 here as well, and Spotify's own links are good.
    """
    one = find(call)
    if not may_see_items(call, one):
        raise ApiError(403, "Forbidden")
    own_link = call.path.endswith("/tracks") or call.get("limit") == str(EMBEDDED)
    kept = page(call, one.entries, lambda each: entry(call, each), limits=_TRACKS if own_link else _ITEMS)
    fields = call.get("fields")
    if fields:
        kept["total"] = len(kept["items"])
        return Answer(body=select(kept, fields))
    return Answer(body=kept)


def add(call: Call) -> Answer:
    """Add up to 100 rows, at a position or at the end."""
    one = find_mine(call, contents=True)
    uris, body = _uris(call)
    if uris is None:
        raise ApiError(400, "Missing required field: uris")
    position = whole(call.get("position") or body.get("position"), "position", len(one.entries))
    if position > len(one.entries):
        raise ApiError(400, "Index out of bounds.")
    one.entries[position:position] = _entries(call, uris)
    return _changed(one, 201)


def put(call: Call) -> Answer:
    """Replace all rows by `uris`, or move a range of rows before another."""
    one = find_mine(call, contents=True)
    uris, body = _uris(call)
    if uris is not None:
        one.entries[:] = _entries(call, uris)
        return _changed(one)
    _check_snapshot(one, body)
    start = whole(body.get("range_start"), "range_start")
    before = whole(body.get("insert_before"), "insert_before")
    length = whole(body.get("range_length"), "range_length", 1)
    if not (length > 0 and start + length <= len(one.entries) and before <= len(one.entries)):
        raise ApiError(400, "Index out of bounds.")
    moved = one.entries[start : start + length]
    if not start <= before <= start + length:
        del one.entries[start : start + length]
        at = before if before < start else before - length
        one.entries[at:at] = moved
    return _changed(one)


def remove(call: Call) -> Answer:
    """Remove every row of the URIs that are named."""
    one, body = find_mine(call, contents=True), call.json()
    name = "tracks" if call.path.endswith("/tracks") else "items"
    rows = body.get(name)
    if not isinstance(rows, list) or not rows:
        raise ApiError(400, f"Missing required field: {name}")
    if len(rows) > _MOST:
        raise ApiError(400, "You can remove a maximum of 100 tracks per request.")
    _check_snapshot(one, body)
    uris = [row.get("uri") if isinstance(row, dict) else None for row in rows]
    unwanted = set(_checked(call, uris))
    one.entries[:] = [each for each in one.entries if each.uri not in unwanted]
    return _changed(one)


def _uris(call: Call) -> tuple[list[str] | None, dict[str, Any]]:
    """Return `uris` of the query, else of the body (None where neither has them), and the body.

    A bare array as body is good here, unlike in library writes: spotipy sends one.
    """
    value = call.json_value()
    body = {"uris": value} if isinstance(value, list) else call.json()
    found: Any = call.words("uris") if call.get("uris") is not None else body.get("uris")
    if found is None:
        return None, body
    if not isinstance(found, list):
        raise ApiError(400, "Invalid uris")
    if len(found) > _MOST:
        raise ApiError(400, "You can add a maximum of 100 tracks per request.")
    return _checked(call, found), body


def _checked(call: Call, uris: list[Any]) -> list[str]:
    """Refuse what is no URI of a track or episode: local files can be neither added nor removed by URI.

    Seen so in spotify/web-api#510 and #612.
    """
    for uri in uris:
        if not (isinstance(uri, str) and call.catalogue.has(uri)):
            raise ApiError(400, f"Invalid track uri: {uri}")
    return uris


def _entries(call: Call, uris: list[str]) -> list[Entry]:
    return [Entry(uri=uri, added_at=now(), added_by=call.me.id) for uri in uris]


def _check_snapshot(one: Playlist, body: dict[str, Any]) -> None:
    snapshot = body.get("snapshot_id")
    if snapshot is not None and not (isinstance(snapshot, str) and one.knows_snapshot(snapshot)):
        raise ApiError(400, "Invalid snapshot id")


def _changed(one: Playlist, status: int = 200) -> Answer:
    one.changed()
    return Answer(status=status, body={"snapshot_id": one.snapshot_id})


HANDLERS = {
    "get-playlists-tracks": get_items,
    "add-tracks-to-playlist": add,
    "reorder-or-replace-playlists-tracks": put,
    "remove-tracks-playlist": remove,
    "get-playlists-items": get_items,
    "add-items-to-playlist": add,
    "reorder-or-replace-playlists-items": put,
    "remove-items-playlist": remove,
}
