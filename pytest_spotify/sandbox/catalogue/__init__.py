"""The catalogue that the sandbox serves: the documents of this folder, and those that a user adds.

They hold public facts (names, dates, ids): `reference.json` what Spotify's own documentation uses for its
examples, `client_suites.json` what test suites of client libraries ask for, and `recorded.json` what real
answers had, written by `scripts/build_catalogue.py`. `lists.json` is markets, genres, names of playlists.
It does not depend on HTTP, JSON shapes or accounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_spotify.sandbox.catalogue.builder import CatalogueBuilder
from pytest_spotify.sandbox.catalogue.document import read
from pytest_spotify.sandbox.entities import (
    Album,
    Artist,
    Audiobook,
    Category,
    Chapter,
    Episode,
    PlaylistSeed,
    Show,
    Track,
    number_for,
    split_uri,
    spotify_id,
)

_FOLDER = Path(__file__).parent
EDITORS = "spotify"  # the user whom Spotify's own playlists belong to


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything that does not belong to an account, by id, in a fixed order."""

    markets: tuple[str, ...]
    listed_markets: tuple[str, ...]
    audiobook_markets: tuple[str, ...]
    genre_seeds: tuple[str, ...]
    artists: Mapping[str, Artist]
    albums: Mapping[str, Album]
    tracks: Mapping[str, Track]
    shows: Mapping[str, Show]
    episodes: Mapping[str, Episode]
    audiobooks: Mapping[str, Audiobook]
    chapters: Mapping[str, Chapter]
    categories: Mapping[str, Category]
    users: Mapping[str, str]
    playlists: tuple[PlaylistSeed, ...]

    def has(self, uri: str) -> bool:
        """Return True if a `spotify:track:` or `spotify:episode:` URI names something that is here."""
        kind, id_ = split_uri(uri)
        return kind in ("track", "episode") and id_ in self.of_kind(kind)

    def of_kind(self, kind: str) -> Mapping[str, object]:
        """Return all that can be saved of a kind, by id."""
        kinds: dict[str, Mapping[str, object]] = {
            "album": self.albums,
            "audiobook": self.audiobooks,
            "episode": self.episodes,
            "show": self.shows,
            "track": self.tracks,
        }
        return kinds[kind]


@cache
def load(added: Path | None = None) -> Catalogue:
    """Read the documents of the package, and one more; InvalidCatalogue if that cannot be used."""
    lists: dict[str, Any] = json.loads((_FOLDER / "lists.json").read_text("utf-8"))
    markets = lists["markets"]
    builder = CatalogueBuilder(tuple(markets["all"].split()))
    _add(builder, _FOLDER / "reference.json")
    for name in lists["editorial_playlists"]:
        seed = _editorial(name, tuple(builder.tracks))
        builder.playlists[seed.id] = seed
    _add(builder, _FOLDER / "client_suites.json")
    _add(builder, _FOLDER / "recorded.json")
    if added is not None:
        _add(builder, added)
    return Catalogue(
        markets=builder.markets,
        listed_markets=tuple(markets["listed"].split()),
        audiobook_markets=tuple(markets["audiobooks"].split()),
        genre_seeds=tuple(lists["genre_seeds"].split()),
        artists=builder.artists,
        albums=builder.albums,
        tracks=builder.tracks,
        shows=builder.shows,
        episodes=builder.episodes,
        audiobooks=builder.audiobooks,
        chapters=builder.chapters,
        categories=builder.categories,
        users=builder.users,
        playlists=tuple(builder.playlists.values()),
    )


def _add(builder: CatalogueBuilder, path: Path) -> None:
    builder.add(path, read(path))


def _editorial(name: str, track_ids: tuple[str, ...]) -> PlaylistSeed:
    start = number_for(0, len(track_ids) - 11, "editorial", name)
    return PlaylistSeed(
        id="37i9dQZF1DX" + spotify_id("editorial", name)[-11:],
        name=name,
        owner=EDITORS,
        description=f"{name}, chosen by the editors.",
        followers=number_for(10_000, 2_000_000, "followers", name),
        uris=tuple(f"spotify:track:{id_}" for id_ in track_ids[start : start + 10]),
        gone=False,
    )
