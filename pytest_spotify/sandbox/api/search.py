"""Search over the catalogue and the public playlists: every word must stand in a hit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pytest_spotify.sandbox.audiobooks import listed_audiobook
from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.catalogue import EDITORS
from pytest_spotify.sandbox.paging import limit_of, reduced_limits, slice_page
from pytest_spotify.sandbox.people import simple_playlist
from pytest_spotify.sandbox.shapes import Body, artist, simple_album
from pytest_spotify.sandbox.spoken import simple_episode, simple_show
from pytest_spotify.sandbox.store import Playlist
from pytest_spotify.sandbox.tracks import playable_track

_TYPES = ("track", "artist", "album", "playlist", "show", "episode", "audiobook")
# Hits beyond cannot be reached: 404 in 2021, 400 in 2022 (spotipy-dev/spotipy#683, #868).
_WINDOW = 1000
_FILTER = re.compile(r'\b(\w+):("[^"]*"|\S+)')

Hit = tuple[dict[str, str], Callable[[], Any]]


def search(call: Call) -> Answer:
    """Answer a page of hits for each type that is asked for."""
    text = call.get("q") or call.get("query")
    types = call.words("type")
    if not text or not text.strip():
        raise ApiError(400, "No search query")
    if not types:
        raise ApiError(400, "Missing parameter type")
    if unknown := [each for each in types if each not in _TYPES]:
        raise ApiError(400, f"Bad search type field {unknown[0]}")
    if call.get("include_external") is not None:
        call.choice("include_external", ["audio"])
    limit, offset = limit_of(call, reduced_limits(call)), call.number("offset", 0, low=0, high=_WINDOW)
    if offset + limit > _WINDOW:
        raise ApiError(400, "Bad request.")
    wanted = _wanted(text)
    kept = [
        (name, value) for name, value in call.query if name not in ("q", "query", "type", "limit", "offset")
    ]
    body: Body = {}
    for kind in (each for each in _TYPES if each in types):
        rows = [write for fields, write in _hits(call, kind) if _fits(wanted, fields)]
        body[f"{kind}s"] = slice_page(
            call,
            "/search",
            rows,
            lambda write: write(),
            limit=limit,
            offset=offset,
            kept=[("query", text), ("type", kind), *kept],
        )
    return Answer(body=body)


def _wanted(text: str) -> list[tuple[str, str]]:
    """Split a query into words to find anywhere ("") and in a named field."""
    named = [(name.lower(), value.strip('"').lower()) for name, value in _FILTER.findall(text)]
    return [*named, *(("", word) for word in re.findall(r"\w+", _FILTER.sub(" ", text).lower()))]


def _fits(wanted: Iterable[tuple[str, str]], fields: dict[str, str]) -> bool:
    everything = " ".join(fields.values()).lower()
    return all(word in (fields.get(name, "").lower() if name else everything) for name, word in wanted)


def _hits(call: Call, kind: str) -> list[Hit]:
    """Return what of a kind there is: the text to search in, and how to write it."""
    known = call.catalogue
    match kind:
        case "track":
            return [
                (
                    _music(each.name, each.album.name, each.artists, each.album.date),
                    _later(playable_track, call, each),
                )
                for each in known.tracks.values()
            ]
        case "album":
            return [
                (_music("", each.name, each.artists, each.date), _later(simple_album, call, each))
                for each in known.albums.values()
            ]
        case "artist":
            return [({"artist": each.name}, _later(artist, call, each)) for each in known.artists.values()]
        case "show":
            return [
                ({"show": each.name, "text": each.description}, _later(simple_show, call, each))
                for each in known.shows.values()
            ]
        case "episode":
            return [
                ({"episode": each.name, "show": each.show.name}, _later(simple_episode, call, each))
                for each in known.episodes.values()
            ]
        case "audiobook":
            return [
                ({"name": each.name, "by": " ".join(each.authors)}, _later(listed_audiobook, call, each))
                for each in known.audiobooks.values()
                if call.market is None or call.market in known.audiobook_markets
            ]
    return [
        ({"name": each.name, "text": each.description}, _later(_playlist, call, each))
        for each in call.store.playlists.values()
        if each.public
    ]


def _playlist(call: Call, one: Playlist) -> Body | None:
    """Write a playlist; null where it is gone, and where Spotify's own are closed to the app."""
    if one.gone or (call.restricted and one.owner == EDITORS):
        return None
    body = simple_playlist(call, one)
    return {**body, "public": None} if one.owner == EDITORS else body


def _music(name: str, album: str, artists: Iterable[Any], date: str) -> dict[str, str]:
    by = " ".join(each.name for each in artists)
    return {"track": name, "album": album, "artist": by, "year": date[:4]}


def _later(write: Callable[[Call, Any], Any], call: Call, each: Any) -> Callable[[], Any]:
    return lambda: write(call, each)


HANDLERS = {"search": search}
