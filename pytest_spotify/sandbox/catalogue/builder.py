"""What a catalogue document says, as entities: names are looked up, and what is missing is derived.

Derived values follow from what the document says, the same every time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from pytest_spotify.sandbox.catalogue.place import Place
from pytest_spotify.sandbox.catalogue.playlist_items import PlaylistItems
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
    spotify_id,
)

_Entity = TypeVar("_Entity", Artist, Album, Track, Show, Episode, Audiobook, Chapter, Category, PlaylistSeed)
_FIRST_EPISODE = "2020-01-01"
_UNKNOWN_DATE = "0000-01-01"  # of the chapters of some books (recorded 2023)


class CatalogueBuilder:
    """Entities by id, in the order of the documents that were added."""

    def __init__(self, markets: tuple[str, ...]) -> None:
        self.markets = markets
        self.artists: dict[str, Artist] = {}
        self.albums: dict[str, Album] = {}
        self.tracks: dict[str, Track] = {}
        self.shows: dict[str, Show] = {}
        self.episodes: dict[str, Episode] = {}
        self.audiobooks: dict[str, Audiobook] = {}
        self.chapters: dict[str, Chapter] = {}
        self.categories: dict[str, Category] = {}
        self.users: dict[str, str] = {}
        self.playlists: dict[str, PlaylistSeed] = {}
        self._artist_of_name: dict[str, Artist] = {}

    def add(self, path: Path, document: Mapping[str, Any]) -> None:
        """Add what a document says; InvalidCatalogue for an id that is taken and a name that is unknown."""
        self.users |= document["users"]
        for index, row in enumerate(document["artists"]):
            self._add_artist(Place(path, f"artists[{index}]"), row)
        before = {*self.tracks, *self.episodes}
        for index, row in enumerate(document["albums"]):
            self._add_album(Place(path, f"albums[{index}]"), row)
        for index, row in enumerate(document["shows"]):
            self._add_show(Place(path, f"shows[{index}]"), row)
        for index, row in enumerate(document["audiobooks"]):
            self._add_audiobook(Place(path, f"audiobooks[{index}]"), row)
        for index, row in enumerate(document["categories"]):
            id_ = row.get("id") or spotify_id("category", row["name"])
            _put(Place(path, f"categories[{index}]"), self.categories, Category(id=id_, name=row["name"]))
        self._check_relinked(path, document["albums"])
        items = PlaylistItems(self.tracks, self.episodes, before)
        for index, row in enumerate(document["playlists"]):
            self._add_playlist(Place(path, f"playlists[{index}]"), row, items)

    def _add_artist(self, place: Place, row: Mapping[str, Any]) -> Artist:
        name = row["name"]
        artist = Artist(
            id=row.get("id") or spotify_id("artist", name),
            name=name,
            genres=tuple(row.get("genres", ())),
            popularity=row.get("popularity", number_for(20, 85, "artist popularity", name)),
            followers=row.get("followers", number_for(1_000, 5_000_000, "artist followers", name)),
        )
        _put(place, self.artists, artist)
        self._artist_of_name[name] = artist
        return artist

    def _artists(self, place: Place, names: Iterable[str]) -> tuple[Artist, ...]:
        known = self._artist_of_name
        return tuple(known.get(name) or self._add_artist(place, {"name": name}) for name in names)

    def _add_album(self, place: Place, data: Mapping[str, Any]) -> None:
        name, by = data["name"], self._artists(place, data["artists"])
        listed = data["tracks"]
        if isinstance(listed, int):
            listed = [f"{name}, Pt. {number}" if listed > 1 else name for number in range(1, listed + 1)]
        rows: list[dict[str, Any]] = [{"name": row} if isinstance(row, str) else row for row in listed]
        ids = tuple(
            row.get("id") or spotify_id("track", data["date"], name, number)
            for number, row in enumerate(rows, 1)
        )
        album = Album(
            id=data.get("id") or spotify_id("album", data["date"], name),
            name=name,
            type=data.get("type", "album"),
            artists=by,
            date=data["date"],
            label=data.get("label", f"{by[0].name} Records"),
            track_ids=ids,
            popularity=number_for(30, 90, "album popularity", name),
        )
        _put(place, self.albums, album)
        for number, (id_, row) in enumerate(zip(ids, rows, strict=True), 1):
            track = Track(
                id=id_,
                name=row["name"],
                album=album,
                artists=by + self._artists(place, row.get("with", ())),
                number=number,
                duration_ms=row.get("ms") or number_for(150_000, 290_000, "duration", id_),
                explicit=row.get("explicit", False),
                isrc=row.get("isrc") or f"QZSBX{album.date[2:4]}{number_for(0, 99_999, 'isrc', id_):05}",
                popularity=number_for(20, 85, "track popularity", id_),
                relinked_to=row.get("relinked_to"),
                markets=self._licensed(row),
            )
            _put(place.part("tracks", number - 1), self.tracks, track)

    def _licensed(self, row: Mapping[str, Any]) -> tuple[str, ...] | None:
        if "markets" in row:
            return tuple(row["markets"].split())
        if "not_in" in row:
            return tuple(each for each in self.markets if each not in row["not_in"].split())
        return None

    def _check_relinked(self, path: Path, albums: list[Mapping[str, Any]]) -> None:
        for index, album in enumerate(albums):
            listed = album["tracks"]
            for number, row in enumerate([] if isinstance(listed, int) else listed):
                edition = row.get("relinked_to") if isinstance(row, dict) else None
                if edition is not None and edition not in self.tracks:
                    place = Place(path, f"albums[{index}].tracks[{number}].relinked_to")
                    raise place.error(f"expected the id of a track, found {edition!r}")

    def _add_show(self, place: Place, data: Mapping[str, Any]) -> None:
        """Newest episode first, one a week; the named ones stand at their dates."""
        name, publisher = data["name"], data["publisher"]
        first = date.fromisoformat(data.get("first", _FIRST_EPISODE))
        rows: list[dict[str, Any]] = [*data.get("named_episodes", ())]
        for number in range(len(rows) + 1, data.get("episodes", 0) + 1):
            rows.append({"name": f"{name} #{number}", "date": (first + timedelta(weeks=number)).isoformat()})
        description = data.get("description", f"{name}, by {publisher}.")
        places = {id(row): index for index, row in enumerate(rows)}
        rows.sort(key=lambda row: row["date"], reverse=True)
        ids = tuple(row.get("id") or spotify_id("episode", name, row["name"]) for row in rows)
        show = Show(
            id=data.get("id") or spotify_id("show", name),
            name=name,
            publisher=publisher,
            description=description,
            language=data.get("language", "en"),
            explicit=data.get("explicit", False),
            episode_ids=ids,
        )
        _put(place, self.shows, show)
        for id_, row in zip(ids, rows, strict=True):
            episode = Episode(
                id=id_,
                name=row["name"],
                show=show,
                description=f"{row['name']}. {description}",
                date=row["date"],
                duration_ms=row.get("ms") or number_for(900_000, 3_900_000, "duration", id_),
            )
            _put(place.part("named_episodes", places[id(row)]), self.episodes, episode)

    def _add_audiobook(self, place: Place, data: Mapping[str, Any]) -> None:
        name, narrators = data["name"], data.get("narrators", ["Example Narrator"])
        named = {row["number"]: row for row in data.get("named_chapters", ())}
        if missing := [number for number in named if number >= data["chapters"]]:
            expected = f"expected a number below {data['chapters']}, the number of chapters"
            raise place.property("named_chapters").error(f"{expected}, found {missing[0]}")
        rows = [named.get(number, {}) for number in range(data["chapters"])]
        ids = tuple(row.get("id") or spotify_id("chapter", name, number) for number, row in enumerate(rows))
        book = Audiobook(
            id=data.get("id") or spotify_id("audiobook", name),
            name=name,
            authors=tuple(data["authors"]),
            narrators=tuple(narrators),
            description=f"Author(s): {', '.join(data['authors'])}\nNarrator(s): {', '.join(narrators)}",
            date=data.get("date", _UNKNOWN_DATE),
            copyright=data.get("copyright"),
            chapter_ids=ids,
        )
        _put(place, self.audiobooks, book)
        for number, (id_, row) in enumerate(zip(ids, rows, strict=True)):
            chapter = Chapter(
                id=id_,
                name=row.get("name") or (f"Chapter {number}" if number else "Opening Credits"),
                number=number,
                audiobook=book,
                duration_ms=row.get("ms")
                or (number_for(600_000, 1_900_000, "duration", id_) if number else 26_000),
            )
            _put(place.part("named_chapters", number), self.chapters, chapter)

    def _add_playlist(self, place: Place, data: Mapping[str, Any], items: PlaylistItems) -> None:
        seed = PlaylistSeed(
            id=data.get("id") or spotify_id("playlist", data["owner"], data["name"]),
            name=data["name"],
            owner=data["owner"],
            description=data.get("description", ""),
            followers=data.get("followers", 0),
            uris=tuple(
                items.uri(place.part("items", index), item) for index, item in enumerate(data["items"])
            ),
            gone=data.get("gone", False),
        )
        _put(place, self.playlists, seed)


def _put(place: Place, known: dict[str, _Entity], entity: _Entity) -> None:
    """Add an entity; InvalidCatalogue if its id is taken."""
    if entity.id in known:
        raise place.error(f"the id {entity.id} is taken, by {known[entity.id].name!r}")
    known[entity.id] = entity
