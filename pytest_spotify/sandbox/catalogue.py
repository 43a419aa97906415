"""The catalogue that the sandbox serves: `catalogue.json`, filled up by rule.

The file holds public facts (names, dates, artists) under the ids that Spotify's own documentation
uses for its examples. What it leaves out is derived from what it says, the same every time.
It does not depend on HTTP, JSON shapes or accounts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

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
def load() -> Catalogue:
    """Read the file that comes with the package, once in a process."""
    data = json.loads(files("pytest_spotify.sandbox").joinpath("catalogue.json").read_text("utf-8"))
    artists = {each["name"]: _artist(each) for each in data["artists"]}
    albums = [_album(each, artists) for each in data["albums"]]
    shows = [_show(each) for each in data["shows"]]
    audiobooks = [_audiobook(each) for each in data["audiobooks"]]
    tracks = {track.id: track for _, songs in albums for track in songs}
    episodes = {episode.id: episode for _, instalments in shows for episode in instalments}
    return Catalogue(
        markets=tuple(data["markets"]["all"].split()),
        listed_markets=tuple(data["markets"]["listed"].split()),
        audiobook_markets=tuple(data["markets"]["audiobooks"].split()),
        genre_seeds=tuple(data["genre_seeds"].split()),
        artists={each.id: each for each in artists.values()},
        albums={album.id: album for album, _ in albums},
        tracks=tracks,
        shows={show.id: show for show, _ in shows},
        episodes=episodes,
        audiobooks={book.id: book for book, _ in audiobooks},
        chapters={chapter.id: chapter for _, parts in audiobooks for chapter in parts},
        categories={each.id: each for each in map(_category, data["categories"])},
        users=data["users"],
        playlists=(
            *(_playlist(each, tracks, episodes) for each in data["playlists"]),
            *(_editorial(name, tuple(tracks)) for name in data["editorial_playlists"]),
        ),
    )


def _artist(data: dict[str, Any]) -> Artist:
    name = data["name"]
    return Artist(
        id=data.get("id") or spotify_id("artist", name),
        name=name,
        genres=tuple(data["genres"]),
        popularity=data["popularity"],
        followers=data["followers"],
    )


def _album(data: dict[str, Any], artists: Mapping[str, Artist]) -> tuple[Album, list[Track]]:
    name, by = data["name"], tuple(artists[each] for each in data["artists"])
    listed = data["tracks"]
    if isinstance(listed, int):
        listed = [f"{name}, Pt. {number}" if listed > 1 else name for number in range(1, listed + 1)]
    rows: list[dict[str, Any]] = [{"name": row} if isinstance(row, str) else row for row in listed]
    ids = tuple(
        row.get("id") or spotify_id("track", data["date"], name, number) for number, row in enumerate(rows, 1)
    )
    album = Album(
        id=data.get("id") or spotify_id("album", data["date"], name),
        name=name,
        type=data["type"],
        artists=by,
        date=data["date"],
        label=data.get("label", f"{by[0].name} Records"),
        track_ids=ids,
        popularity=number_for(30, 90, "album popularity", name),
    )
    return album, [
        Track(
            id=id_,
            name=row["name"],
            album=album,
            artists=by + tuple(artists[each] for each in row.get("with", ())),
            number=number,
            duration_ms=row.get("ms") or number_for(150_000, 290_000, "duration", id_),
            explicit=row.get("explicit", False),
            isrc=row.get("isrc") or f"QZSBX{album.date[2:4]}{number_for(0, 99_999, 'isrc', id_):05}",
            popularity=number_for(20, 85, "track popularity", id_),
            relinked_to=row.get("relinked_to"),
            markets=tuple(row["markets"].split()) if "markets" in row else None,
        )
        for number, (id_, row) in enumerate(zip(ids, rows, strict=True), 1)
    ]


def _show(data: dict[str, Any]) -> tuple[Show, list[Episode]]:
    """Newest episode first, one a week; the named ones stand at their dates."""
    name, first = data["name"], date.fromisoformat(data["first"])
    rows: list[dict[str, Any]] = [*data["named"]]
    for number in range(len(rows) + 1, data["episodes"] + 1):
        rows.append({"name": f"{name} #{number}", "date": (first + timedelta(weeks=number)).isoformat()})
    rows.sort(key=lambda row: row["date"], reverse=True)
    ids = tuple(row.get("id") or spotify_id("episode", name, row["name"]) for row in rows)
    show = Show(
        id=data.get("id") or spotify_id("show", name),
        name=name,
        publisher=data["publisher"],
        description=data["description"],
        language=data["language"],
        explicit=data["explicit"],
        episode_ids=ids,
    )
    return show, [
        Episode(
            id=id_,
            name=row["name"],
            show=show,
            description=f"{row['name']}. {data['description']}",
            date=row["date"],
            duration_ms=row.get("ms") or number_for(900_000, 3_900_000, "duration", id_),
        )
        for id_, row in zip(ids, rows, strict=True)
    ]


def _audiobook(data: dict[str, Any]) -> tuple[Audiobook, list[Chapter]]:
    name = data["name"]
    named = {row["number"]: row["id"] for row in data["named"]}
    numbers = range(data["chapters"])
    ids = tuple(named.get(number) or spotify_id("chapter", name, number) for number in numbers)
    book = Audiobook(
        id=data.get("id") or spotify_id("audiobook", name),
        name=name,
        authors=tuple(data["authors"]),
        narrators=tuple(data["narrators"]),
        description=f"Author(s): {', '.join(data['authors'])}\nNarrator(s): {', '.join(data['narrators'])}",
        date=data["date"],
        copyright=data["copyright"],
        chapter_ids=ids,
    )
    return book, [
        Chapter(
            id=id_,
            name=f"Chapter {number}" if number else "Opening Credits",
            number=number,
            audiobook=book,
            duration_ms=number_for(600_000, 1_900_000, "duration", id_) if number else 26_000,
        )
        for number, id_ in zip(numbers, ids, strict=True)
    ]


def _category(data: dict[str, Any]) -> Category:
    return Category(id=data.get("id") or spotify_id("category", data["name"]), name=data["name"])


def _playlist(
    data: dict[str, Any], tracks: Mapping[str, Track], episodes: Mapping[str, Episode]
) -> PlaylistSeed:
    def uri(item: str) -> str | None:
        kind, _, rest = item.partition(":")
        if kind == "null":
            return None
        if kind == "local":
            return f"spotify:local:{rest.replace(' ', '+')}"
        known: Mapping[str, Track | Episode] = tracks if kind == "track" else episodes
        return f"spotify:{kind}:{next(id_ for id_, each in known.items() if each.name == rest)}"

    return PlaylistSeed(
        id=data.get("id") or spotify_id("playlist", data["owner"], data["name"]),
        name=data["name"],
        owner=data["owner"],
        description=data["description"],
        followers=data["followers"],
        uris=tuple(uri(item) for item in data["items"]),
        gone=data.get("gone", False),
    )


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
