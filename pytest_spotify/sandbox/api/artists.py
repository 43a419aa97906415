"""Artists: one, several, their albums, their best known tracks, their like."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.entities import Album, Artist
from pytest_spotify.sandbox.paging import page, reduced_limits
from pytest_spotify.sandbox.shapes import artist, simple_album
from pytest_spotify.sandbox.tracks import playable_track

_GROUPS = ("album", "single", "compilation", "appears_on")


def get_artist(call: Call) -> Answer:
    """Answer one artist."""
    return Answer(body=artist(call, call.find(call.catalogue.artists)))


def get_artists(call: Call) -> Answer:
    """Answer up to 50 artists; null stands for an unknown one."""
    return Answer(body={"artists": call.several(call.catalogue.artists, artist, most=50)})


def get_albums(call: Call) -> Answer:
    """Answer a page of what an artist made, or appears on, group by group."""
    one = call.find(call.catalogue.artists)
    wanted = call.words("include_groups") or list(_GROUPS)
    if not set(wanted) <= set(_GROUPS):
        raise ApiError(400, "Invalid album type")
    rows = [(group, each) for group in _GROUPS if group in wanted for each in _group(call, one, group)]
    limits = reduced_limits(call)
    return Answer(body=page(call, rows, lambda row: simple_album(call, row[1], group=row[0]), limits=limits))


def get_top_tracks(call: Call) -> Answer:
    """Answer the ten most popular tracks."""
    one = call.find(call.catalogue.artists)
    known = [each for each in call.catalogue.tracks.values() if one in each.artists]
    best = sorted(known, key=lambda each: each.popularity, reverse=True)[:10]
    return Answer(body={"tracks": [playable_track(call, each) for each in best]})


def get_related(call: Call) -> Answer:
    """Answer up to 20 other artists."""
    one = call.find(call.catalogue.artists)
    others = [each for each in call.catalogue.artists.values() if each is not one]
    return Answer(body={"artists": [artist(call, each) for each in others[:20]]})


def _group(call: Call, one: Artist, group: str) -> list[Album]:
    albums = sorted(call.catalogue.albums.values(), key=lambda each: each.date, reverse=True)
    if group != "appears_on":
        return [each for each in albums if one in each.artists and each.type == group]
    tracks = call.catalogue.tracks
    return [
        each
        for each in albums
        if one not in each.artists and any(one in tracks[id_].artists for id_ in each.track_ids)
    ]


HANDLERS = {
    "get-an-artist": get_artist,
    "get-multiple-artists": get_artists,
    "get-an-artists-albums": get_albums,
    "get-an-artists-top-tracks": get_top_tracks,
    "get-an-artists-related-artists": get_related,
}
