"""Albums: one, several, their tracks, the newest."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, Call
from pytest_spotify.sandbox.entities import Album
from pytest_spotify.sandbox.paging import first_page, page
from pytest_spotify.sandbox.shapes import Body, album, simple_album
from pytest_spotify.sandbox.tracks import album_track


def get_album(call: Call) -> Answer:
    """Answer one album, its first 50 tracks within."""
    return Answer(body=full(call, call.find(call.catalogue.albums)))


def get_albums(call: Call) -> Answer:
    """Answer up to 20 albums; null stands for an unknown one."""
    return Answer(body={"albums": call.several(call.catalogue.albums, full, most=20)})


def get_tracks(call: Call) -> Answer:
    """Answer a page of an album's tracks."""
    rows = [call.catalogue.tracks[id_] for id_ in call.find(call.catalogue.albums).track_ids]
    return Answer(body=page(call, rows, lambda each: album_track(call, each)))


def get_new_releases(call: Call) -> Answer:
    """Answer a page of albums, newest first."""
    rows = sorted(call.catalogue.albums.values(), key=lambda each: each.date, reverse=True)
    return Answer(body={"albums": page(call, rows, lambda each: simple_album(call, each))})


def full(call: Call, one: Album) -> Body:
    """Write an album with its first page of tracks."""
    rows = [call.catalogue.tracks[id_] for id_ in one.track_ids]
    tracks = first_page(call, f"/albums/{one.id}/tracks", rows, lambda each: album_track(call, each))
    return album(call, one, tracks)


HANDLERS = {
    "get-an-album": get_album,
    "get-multiple-albums": get_albums,
    "get-an-albums-tracks": get_tracks,
    "get-new-releases": get_new_releases,
}
