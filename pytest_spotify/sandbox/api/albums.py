"""Albums: one, several, their tracks, the newest."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.entities import Album
from pytest_spotify.sandbox.paging import page, slice_page
from pytest_spotify.sandbox.shapes import Body, album, simple_album, simple_track

_EMBEDDED = 50


def get_album(call: Call) -> Answer:
    """Answer one album, its first 50 tracks within."""
    return Answer(body=full(call, _find(call)))


def get_albums(call: Call) -> Answer:
    """Answer up to 20 albums; null stands for an unknown one."""
    found = [call.catalogue.albums.get(id_) for id_ in call.ids(20)]
    return Answer(body={"albums": [full(call, each) if each else None for each in found]})


def get_tracks(call: Call) -> Answer:
    """Answer a page of an album's tracks."""
    rows = [call.catalogue.tracks[id_] for id_ in _find(call).track_ids]
    return Answer(body=page(call, rows, lambda each: simple_track(call, each)))


def get_new_releases(call: Call) -> Answer:
    """Answer a page of albums, newest first."""
    rows = sorted(call.catalogue.albums.values(), key=lambda each: each.date, reverse=True)
    return Answer(body={"albums": page(call, rows, lambda each: simple_album(call, each))})


def full(call: Call, one: Album) -> Body:
    """Write an album with its first page of tracks."""
    rows = [call.catalogue.tracks[id_] for id_ in one.track_ids]
    tracks = slice_page(
        call,
        f"/albums/{one.id}/tracks",
        rows,
        lambda each: simple_track(call, each),
        limit=_EMBEDDED,
        kept=[(name, value) for name, value in call.query if name == "market"],
    )
    return album(call, one, tracks)


def _find(call: Call) -> Album:
    found = call.catalogue.albums.get(call.id())
    if found is None:
        raise ApiError(404, "non existing id")
    return found


HANDLERS = {
    "get-an-album": get_album,
    "get-multiple-albums": get_albums,
    "get-an-albums-tracks": get_tracks,
    "get-new-releases": get_new_releases,
}
