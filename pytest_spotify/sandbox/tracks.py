"""Tracks as the Web API writes them: relinked, restricted, local. Beside `shapes`."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import Track, hex_for
from pytest_spotify.sandbox.shapes import (
    Body,
    availability,
    identity,
    kept,
    playability,
    simple_album,
    simple_artist,
)


def album_track(call: Call, one: Track) -> Body:
    """Write a track as albums list it: for a user it is relinked without `market` as well (2024 to 2026)."""
    return simple_track(call, one, served=_edition(call, one) if call.account else None)


def simple_track(call: Call, one: Track, *, served: Track | None = None, alone: bool = False) -> Body:
    """Write a track, or the edition that is served in its place; alone it has a preview (2024-11-27).

    The public address of another edition names what it stands for (264 of 264 recorded ones). In development
    mode nothing tells that it is another one, and the address is its own.
    """
    served = served or served_track(call, one)
    relinked = served is not one
    body = {
        "artists": [simple_artist(call, each) for each in served.artists],
        **availability(call, () if relinked and call.get("market") is None else served.markets),
        "disc_number": 1,
        "duration_ms": served.duration_ms,
        "explicit": served.explicit,
        **identity(call, "track", served.id),
        "name": served.name,
        "preview_url": _preview(served) if alone else None,
        "track_number": served.number,
        "is_local": False,
    }
    if relinked and not call.development:
        body["linked_from"] = identity(call, "track", one.id)
        body["external_urls"] = dict(body["linked_from"]["external_urls"])
    if "restrictions" in body:
        del body["preview_url"]  # absent from such a track of 2024-11 (chekos/my-spotify-data)
    return kept(call, "track", body)


def track(call: Call, one: Track, *, alone: bool = False) -> Body:
    """Write a track in full."""
    served = served_track(call, one)
    return kept(
        call,
        "track",
        {
            **simple_track(call, one, alone=alone),
            "album": simple_album(call, served.album),
            "external_ids": {"isrc": served.isrc},
            "popularity": served.popularity,
        },
    )


def playable_track(call: Call, one: Track) -> Body:
    """Write a track as search and the lists of favourites do: it and its album always tell if they play."""
    body = track(call, one)
    if "is_playable" not in body:
        body |= playability(call, _edition(call, one).markets) if call.market else {"is_playable": True}
    body["album"].setdefault("is_playable", True)
    return body


def served_track(call: Call, one: Track) -> Track:
    """Return the edition that is played in the call's market (track relinking)."""
    return one if call.get("market") is None else _edition(call, one)


def _edition(call: Call, one: Track) -> Track:
    return call.catalogue.tracks[one.relinked_to] if one.relinked_to else one


def local_track(call: Call, uri: str) -> Body:
    """Write a file of the user's own: most of what a track has is null."""
    by, album_name, name, seconds = (
        each.replace("+", " ") for each in uri.removeprefix("spotify:local:").split(":")
    )
    nobody: Body = {"external_urls": {}, "href": None, "id": None, "uri": None}
    album_body: Body = {
        "album_type": None,
        "artists": [],
        "available_markets": [],
        **nobody,
        "images": [],
        "name": album_name,
        "release_date": None,
        "release_date_precision": None,
        "type": "album",
    }
    body = {
        "album": kept(call, "album", album_body),
        "artists": [{**nobody, "name": by, "type": "artist"}],
        "available_markets": [],
        "disc_number": 0,
        "duration_ms": int(seconds) * 1000,
        "explicit": False,
        "external_ids": {},
        **nobody,
        "is_local": True,
        "name": name,
        "popularity": 0,
        "preview_url": None,
        "track_number": 0,
        "type": "track",
        "uri": uri,
    }
    return kept(call, "track", body)


def _preview(one: Track) -> str:
    return f"https://p.scdn.co/mp3-preview/{hex_for(40, 'preview', one.id)}"
