"""Catalogue entities as the Web API writes them, for an access and a market.

Which fields there are follows the answers that the real API gave up to 2026-08, and Spotify's changelogs
of February, March and May 2026. It does not depend on routes and paging links.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import (
    Album,
    Artist,
    Category,
    hex_for,
    number_for,
)

Body = dict[str, Any]

# Fields that apps in development mode no longer get: the changelog of February 2026, and `preview_url`, in
# no changelog and absent since 2026-08 at the latest (879 tracks of 70 albums, jmc856/calbum).
_REMOVED = {
    "album": ("album_group", "available_markets", "label", "popularity"),
    "artist": ("followers", "popularity"),
    "audiobook": ("available_markets", "publisher"),
    "chapter": ("available_markets",),
    "show": ("available_markets", "publisher"),
    "track": ("available_markets", "linked_from", "popularity", "preview_url"),
    "user": ("country", "email", "explicit_content", "followers", "product"),
}
_PRECISIONS = {4: "year", 7: "month", 10: "day"}  # by the length of a date
_SIZES = (640, 300, 64)
_IMAGE_KEY = {640: "b273", 300: "1e02", 64: "4851"}


def kept(call: Call, kind: str, body: Body) -> Body:
    """Leave out what this access does not get of a kind of object."""
    if call.development:
        for name in _REMOVED[kind]:
            body.pop(name, None)
    return body


def identity(call: Call, kind: str, id_: str, *, uri: str | None = None) -> Body:
    """Return what nearly every object has: its addresses, id, type and URI.

    `uri` is the kind that the URI and the public address name, where it is not the object's own. Addresses
    encode what an id of old may have, such as `#` (RFC 3986).
    """
    public, encoded = uri or kind, quote(id_, safe="")
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{public}/{encoded}"},
        "href": call.url(f"/{kind}s/{encoded}"),
        "id": id_,
        "type": kind,
        "uri": f"spotify:{public}:{encoded}",
    }


def images(*words: object) -> list[Body]:
    """Return three sizes of a picture that does not exist."""
    return [
        {
            "url": f"https://i.scdn.co/image/ab67616d0000{_IMAGE_KEY[size]}{hex_for(24, *words)}",
            "height": size,
            "width": size,
        }
        for size in _SIZES
    ]


def markup(text: str) -> str:
    """Return a description as HTML."""
    return escape(text).replace("\n", "<br/>")


def simple_artist(call: Call, artist: Artist) -> Body:
    """Write an artist as it stands within albums and tracks."""
    return {**identity(call, "artist", artist.id), "name": artist.name}


def artist(call: Call, one: Artist) -> Body:
    """Write an artist in full."""
    return kept(
        call,
        "artist",
        {
            **simple_artist(call, one),
            "followers": {"href": None, "total": one.followers},
            "genres": list(one.genres),
            "images": images("artist", one.id),
            "popularity": one.popularity,
        },
    )


def availability(call: Call, markets: Sequence[str] | None = None) -> Body:
    """Say where something can be played: with a market whether it can, else the list of markets.

    `markets` are those that it is licensed for; None is all.
    """
    if call.get("market") is None:
        return {"available_markets": list(call.catalogue.listed_markets if markets is None else markets)}
    return playability(call, markets)


def playability(call: Call, markets: Sequence[str] | None) -> Body:
    """Return `is_playable` in the call's market, and the reason if it is false."""
    if call.market in (call.catalogue.markets if markets is None else markets):
        return {"is_playable": True}
    return {"is_playable": False, "restrictions": {"reason": "market"}}


def simple_album(call: Call, one: Album, *, group: str | None = None) -> Body:
    """Write an album as it stands in lists and within tracks."""
    body = {
        "album_type": one.type,
        "total_tracks": len(one.track_ids),
        **availability(call),
        **identity(call, "album", one.id),
        "images": images("album", one.id),
        "name": one.name,
        "release_date": one.date,
        "release_date_precision": _PRECISIONS[len(one.date)],
        "artists": [simple_artist(call, each) for each in one.artists],
    }
    if group is not None:
        body["album_group"] = group
    return kept(call, "album", body)


def album(call: Call, one: Album, tracks: Body) -> Body:
    """Write an album in full, with the first page of its tracks."""
    return kept(
        call,
        "album",
        {
            **simple_album(call, one),
            "tracks": tracks,
            "copyrights": [
                {"text": f"© {one.date[:4]} {one.label}", "type": "C"},
                {"text": f"℗ {one.date[:4]} {one.label}", "type": "P"},
            ],
            "external_ids": {"upc": f"{int(hex_for(10, 'upc', one.id), 16) % 10**12:012}"},
            "genres": [],
            "label": one.label,
            "popularity": one.popularity,
        },
    )


def category(call: Call, one: Category) -> Body:
    """Write a category of the browse page."""
    picture = f"https://t.scdn.co/images/{hex_for(32, 'category', one.id)}.jpeg"
    size = None if number_for(1, 3, "icon", one.id) == 1 else 274  # null for 13 of 40
    return {
        "href": call.url(f"/browse/categories/{one.id}"),
        "id": one.id,
        "icons": [{"height": size, "url": picture, "width": size}],
        "name": one.name,
    }
