"""Write what the sandbox serves beside Spotify's own examples, from a folder of real answers.

    python scripts/build_catalogue.py FOLDER

The folder holds HAR files. Of music, shows and audiobooks in them only public facts are taken: ids, names,
dates, lengths, counts and codes; no descriptions, pictures, markets, playlists or people's accounts. An
album has the tracks that were seen of it, in their order. What the hand-written documents of the catalogue
name is left to them. The same folder gives the same file.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "pytest_spotify" / "sandbox" / "catalogue"
HAND_WRITTEN = ("reference.json", "client_suites.json")
RECORDED = FOLDER / "recorded.json"
_TRACKS, _EPISODES_OF_A_SHOW = 520, 20  # how many are enough
_ID = re.compile("[0-9A-Za-z]{22}")
_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d")
Row = dict[str, Any]


class Seen:
    """What was seen of each object, by kind and id; later answers fill up earlier ones."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Row]] = defaultdict(dict)
        self.parts: dict[str, dict[str, Row]] = defaultdict(dict)  # of an album, a show, an audiobook

    def read(self, folder: Path) -> None:
        """Take up every object of every answer."""
        for path in sorted(folder.glob("*.har")):
            for entry in json.loads(path.read_text("utf-8"))["log"]["entries"]:
                whole = re.search(
                    r"/(?:album|show|audiobook)s/(\w{22})/(?:track|episode|chapter)s", entry["request"]["url"]
                )
                try:
                    body = json.loads(entry["response"]["content"].get("text", ""))
                except ValueError:
                    continue
                self._walk(body, whole and whole[1])

    def _walk(self, value: Any, whole: str | None) -> None:
        if isinstance(value, list):
            for each in value:
                self._walk(each, whole)
        if not isinstance(value, dict):
            return
        kind, id_ = value.get("type"), value.get("id")
        if isinstance(kind, str) and isinstance(id_, str) and _ID.fullmatch(id_):
            row = self.objects[kind].setdefault(id_, {})
            row |= {name: each for name, each in value.items() if each is not None}
            of = next((value[name] for name in ("album", "show", "audiobook") if value.get(name)), None)
            owner = of["id"] if of else whole
            if kind in ("track", "episode", "chapter") and owner:
                self.parts[owner][id_] = row
            whole = id_ if kind in ("album", "show", "audiobook") else whole
        for name, each in value.items():
            self._walk(each, whole if name in ("tracks", "episodes", "chapters", "items") else None)


def documents(seen: Seen, taken: set[str]) -> dict[str, list[Row]]:
    """Return the rows of each kind, without what is taken."""
    names: dict[str, str] = {}  # of artists: a name that two of them have is left to the first
    for id_, row in sorted(seen.objects["artist"].items()):
        names.setdefault(row["name"], id_)
    albums = [row for row in _albums(seen, taken) if all(_owns(names, each) for each in _artists(row))]
    chosen: list[Row] = []
    for row in albums:
        if sum(len(each["tracks"]) for each in chosen) < _TRACKS:
            chosen.append(row)
    for row in chosen:
        row["artists"] = [name for name, _ in row["artists"]]
        for track in row["tracks"]:
            track["with"] = [name for name, _ in track.get("with", ())] or None
    credited = {name for row in chosen for name in row["artists"]}
    credited |= {name for row in chosen for track in row["tracks"] for name in track["with"] or ()}
    artists = [_artist(seen.objects["artist"][names[name]]) for name in sorted(credited)]
    return {
        "artists": [row for row in artists if row["id"] not in taken and row["name"] not in taken],
        "albums": [_filled(row, tracks=[_filled(each) for each in row["tracks"]]) for row in chosen],
        "shows": list(_shows(seen, taken)),
        "audiobooks": list(_audiobooks(seen, taken)),
    }


def _albums(seen: Seen, taken: set[str]) -> list[Row]:
    rows = []
    for id_, album in seen.objects["album"].items():
        tracks = [
            each
            for each in sorted(seen.parts[id_].values(), key=_position)
            if each["id"] not in taken and each.get("duration_ms") and not each.get("is_local")
        ]
        known = album.get("album_type") in ("album", "single", "compilation") and album.get("artists")
        dated = re.fullmatch(r"[12]\d{3}(-\d\d){0,2}", album.get("release_date", ""))
        if id_ in taken or not tracks or not known or not dated:
            continue
        by = [(each["name"], each["id"]) for each in album["artists"]]
        rows.append(
            {
                "name": album["name"],
                "id": id_,
                "artists": by,
                "type": album["album_type"],
                "date": album["release_date"],
                "label": album.get("label"),
                "tracks": [_track(each, by) for each in tracks],
            }
        )
    return sorted(rows, key=lambda row: (-len(row["tracks"]), row["id"]))


def _track(track: Mapping[str, Any], by: list[tuple[str, str]]) -> Row:
    return {
        "name": track["name"],
        "id": track["id"],
        "ms": track["duration_ms"],
        "explicit": track.get("explicit") or None,
        "isrc": _isrc(track),
        "with": [
            (each["name"], each["id"]) for each in track["artists"] if (each["name"], each["id"]) not in by
        ],
    }


def _isrc(track: Mapping[str, Any]) -> str | None:
    code = str(track.get("external_ids", {}).get("isrc", "")).upper().replace("-", "")
    return code if re.fullmatch("[A-Z0-9]{12}", code) else None


def _position(track: Mapping[str, Any]) -> tuple[int, int, str]:
    return track.get("disc_number", 1), track.get("track_number", 0), track["id"]


def _artists(row: Row) -> Iterator[tuple[str, str]]:
    yield from row["artists"]
    for track in row["tracks"]:
        yield from track["with"]


def _owns(names: Mapping[str, str], artist: tuple[str, str]) -> bool:
    name, id_ = artist
    return names.get(name) == id_


def _artist(artist: Mapping[str, Any]) -> Row:
    return _filled(
        {
            "name": artist["name"],
            "id": artist["id"],
            "genres": artist.get("genres") or None,
            "popularity": artist.get("popularity"),
            "followers": artist.get("followers", {}).get("total"),
        }
    )


def _shows(seen: Seen, taken: set[str]) -> Iterator[Row]:
    for id_, show in sorted(seen.objects["show"].items()):
        episodes = [
            {"name": each["name"], "date": each["release_date"], "id": each["id"], "ms": each["duration_ms"]}
            for each in sorted(seen.parts[id_].values(), key=lambda each: (each["release_date"], each["id"]))
            if each["id"] not in taken and _DAY.fullmatch(each["release_date"])
        ]
        if id_ in taken or id_ in seen.objects["audiobook"] or not episodes or not show.get("publisher"):
            continue
        yield {
            "name": show["name"],
            "id": id_,
            "publisher": show["publisher"],
            "language": show["languages"][0],
            "explicit": show["explicit"],
            "named_episodes": episodes[-_EPISODES_OF_A_SHOW:],
        }


def _audiobooks(seen: Seen, taken: set[str]) -> Iterator[Row]:
    for id_, book in sorted(seen.objects["audiobook"].items()):
        chapters = {
            each["chapter_number"]: {
                "number": each["chapter_number"],
                "id": each["id"],
                "name": each["name"],
                "ms": each["duration_ms"],
            }
            for each in seen.parts[id_].values()
            if "chapter_number" in each and each["id"] not in taken
        }
        if id_ in taken or set(chapters) != set(range(len(chapters))) or not chapters:
            continue
        row = {
            "name": book["name"],
            "id": id_,
            "authors": [each["name"] for each in book["authors"]],
            "narrators": [each["name"] for each in book["narrators"]],
            "date": next(
                (
                    each["release_date"]
                    for each in seen.parts[id_].values()
                    if _DAY.fullmatch(each["release_date"])
                ),
                None,
            ),
            "chapters": len(chapters),
            "named_chapters": [chapters[number] for number in sorted(chapters)],
        }
        yield _filled(row)


def _filled(row: Row, **changes: Any) -> Row:
    return {name: value for name, value in (row | changes).items() if value is not None}


def taken() -> set[str]:
    """Return the ids, and the names of artists, in the documents that were written by hand."""
    text = "".join((FOLDER / name).read_text("utf-8") for name in HAND_WRITTEN)
    names = [row["name"] for name in HAND_WRITTEN for row in _rows(name, "artists")]
    return {*re.findall('"([0-9A-Za-z]{22})"', text), *names}


def _rows(name: str, kind: str) -> list[Row]:
    rows: list[Row] = json.loads((FOLDER / name).read_text("utf-8")).get(kind, [])
    return rows


def main(folder: Path) -> None:
    """Write the file, one object a line."""
    seen = Seen()
    seen.read(folder)
    found = documents(seen, taken())
    parts = []
    for kind, rows in found.items():
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'"{kind}": [\n{lines}\n]')
        print(f"{len(rows):5} {kind}")
    RECORDED.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
