"""Compare the structure of the sandbox's answers with recorded ones: fields, types and nulls, by operation.

`python -m tests.support.compare_recordings FOLDER [SINCE]` reads HAR files (`*.development.har`,
`*.development-older.har`, others extended) and prints, for each operation that is in both, what always is in
recorded answers and never in the sandbox's, what is in the sandbox's and never was recorded, and types that
were recorded and are never served. Values are not compared. Known differences stand in `_KNOWN`, each
with its reason, and are left out.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pytest_spotify.sandbox import Sandbox
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.operations import Access, Router
from tests.support.sandbox_client import (
    ALBUM,
    ARTIST,
    AUDIOBOOK,
    CATEGORY,
    CHAPTER,
    EPISODE,
    PLAYLIST,
    SHOW,
    TRACK,
    UNKNOWN,
    Api,
)

# Part of an operation's name, part of what is said, and why it is no fault.
_KNOWN: list[tuple[str, str, str]] = [
    ("", "preview_url: recorded as text", "recorded before 2024-11-27, when lists lost them"),
    (
        "currently-playing",
        "preview_url: in all 1 recorded",
        "recorded in 2026-02; gone since 2026-08 at the latest",
    ),
    ("", ".items: served, in none", "recorded before 2026-02, when `items` came beside `tracks`"),
    ("", ".restrictions: served", "rare; recorded in other lists"),
    (
        "get-playlist",
        "track<episode>.",
        "the sample has both shapes, the one recorded answer asked for episodes",
    ),
    ("current-playback", ".device.id: recorded as null", "a device that cannot be commanded; none is seeded"),
    ("current-playback", "<episode>.is_playable", "both recorded episodes are chapters of an audiobook"),
]
_PAGING = (".next", ".previous", ".cursors.after")  # null or not by chance
_SHORT_LIST = spotify_id("playlist", "sandbox-listener", "Short list")
_SAMPLES: dict[str, list[str]] = {
    "get-an-album": [f"/albums/{ALBUM}"],
    "get-multiple-albums": [f"/albums?ids={ALBUM}"],
    "get-an-albums-tracks": [f"/albums/{ALBUM}/tracks"],
    "get-users-saved-albums": ["/me/albums"],
    "get-new-releases": ["/browse/new-releases"],
    "get-an-artist": [f"/artists/{ARTIST}"],
    "get-multiple-artists": [f"/artists?ids={ARTIST}"],
    "get-an-artists-albums": [f"/artists/{ARTIST}/albums"],
    "get-an-artists-top-tracks": [f"/artists/{ARTIST}/top-tracks"],
    "get-an-artists-related-artists": [f"/artists/{ARTIST}/related-artists"],
    "get-an-audiobook": [f"/audiobooks/{AUDIOBOOK}"],
    "get-multiple-audiobooks": [f"/audiobooks?ids={AUDIOBOOK},{UNKNOWN}"],
    "get-audiobook-chapters": [f"/audiobooks/{AUDIOBOOK}/chapters"],
    "get-users-saved-audiobooks": ["/me/audiobooks"],
    "get-categories": ["/browse/categories"],
    "get-a-category": [f"/browse/categories/{CATEGORY}"],
    "get-a-chapter": [f"/chapters/{CHAPTER}"],
    "get-several-chapters": [f"/chapters?ids={CHAPTER}"],
    "get-an-episode": [f"/episodes/{EPISODE}"],
    "get-multiple-episodes": [f"/episodes?ids={EPISODE},{UNKNOWN}"],
    "get-users-saved-episodes": ["/me/episodes"],
    "get-information-about-the-users-current-playback": ["/me/player?additional_types=track,episode"],
    "get-a-users-available-devices": ["/me/player/devices"],
    "get-the-users-currently-playing-track": ["/me/player/currently-playing"],
    "get-recently-played": ["/me/player/recently-played?limit=50"],
    "get-queue": ["/me/player/queue"],
    "get-playlist": [
        f"/playlists/{PLAYLIST}?additional_types=track,episode",
        f"/playlists/{PLAYLIST}",
        f"/playlists/{_SHORT_LIST}",
    ],
    "get-playlists-tracks": [f"/playlists/{PLAYLIST}/tracks?additional_types=track,episode"],
    "get-playlists-items": [f"/playlists/{_SHORT_LIST}/items"],
    "get-a-list-of-current-users-playlists": ["/me/playlists"],
    "get-list-users-playlists": ["/users/sandbox-listener/playlists"],
    "get-featured-playlists": ["/browse/featured-playlists"],
    "get-a-categories-playlists": [f"/browse/categories/{CATEGORY}/playlists"],
    "get-playlist-cover": [f"/playlists/{PLAYLIST}/images", f"/playlists/{_SHORT_LIST}/images"],
    "search": [
        f"/search?q=love&limit=10&offset={offset}&type=track,artist,album,playlist,show,episode,audiobook"
        for offset in (0, 10, 20)
    ],
    "get-a-show": [f"/shows/{SHOW}"],
    "get-multiple-shows": [f"/shows?ids={SHOW}"],
    "get-a-shows-episodes": [f"/shows/{SHOW}/episodes"],
    "get-users-saved-shows": ["/me/shows"],
    "get-track": [f"/tracks/{TRACK}"],
    "get-several-tracks": [f"/tracks?ids={TRACK}"],
    "get-users-saved-tracks": ["/me/tracks"],
    "check-library-contains": [f"/me/library/contains?uris=spotify:track:{TRACK}"],
    "check-users-saved-albums": [f"/me/albums/contains?ids={ALBUM}"],
    "check-users-saved-audiobooks": [f"/me/audiobooks/contains?ids={AUDIOBOOK}"],
    "get-several-audio-features": [f"/audio-features?ids={TRACK}"],
    "get-audio-features": [f"/audio-features/{TRACK}"],
    "get-recommendations": [f"/recommendations?seed_tracks={TRACK}"],
    "get-current-users-profile": ["/me"],
    "get-users-profile": ["/users/smedjan"],
    "get-users-top-artists-and-tracks": ["/me/top/artists?limit=50", "/me/top/tracks?limit=50&offset=50"],
    "get-followed": ["/me/following?type=artist"],
}
_STATES: dict[str, list[list[str]]] = {
    "get-information-about-the-users-current-playback": [
        ["playing-track"],
        ["playing-episode"],
        ["playing-audiobook"],
        ["playing-local-track"],
    ],
    "get-users-saved-albums": [["saved-albums"], ["unavailable-saved-items"]],
    "get-users-saved-audiobooks": [["saved-audiobooks"], ["unavailable-saved-items"]],
    "get-users-saved-episodes": [["saved-episodes"], ["unavailable-saved-items"]],
    "get-users-saved-shows": [["audiobook-among-shows"]],
    "get-users-top-artists-and-tracks": [["top-items"], ["unknown-followers"], ["no-history"]],
}


@dataclass(slots=True)
class Place:
    """What was seen at one place of a body: kinds of values, and in how many of the objects each member."""

    kinds: set[str] = field(default_factory=set)
    objects: int = 0
    members: dict[str, int] = field(default_factory=lambda: defaultdict(int))


Structure = dict[str, Place]


def add(structure: Structure, value: Any, at: str = "") -> None:
    """Add a body to a structure."""
    place = structure.setdefault(at, Place())
    place.kinds.add(_kind(value))
    if isinstance(value, dict):
        kind = f"<{value['type']}>" if isinstance(value.get("type"), str) and "uri" in value else ""
        place = structure.setdefault(at + kind, Place())
        place.objects += 1
        for name, member in value.items():
            place.members[name] += 1
            add(structure, member, f"{at}{kind}.{name}")
    elif isinstance(value, list):
        for element in value:
            add(structure, element, f"{at}[]")


def differences(recorded: Structure, served: Structure) -> Iterator[str]:
    """Say where two structures differ, place by place, where both have the place."""
    for at in sorted(set(recorded) & set(served)):
        old, new = recorded[at], served[at]
        for name in sorted(old.members):
            if name not in new.members and old.members[name] == old.objects:
                yield f"{at}.{name}: in all {old.objects} recorded, never served"
        for name in sorted(set(new.members) - set(old.members)):
            yield f"{at}.{name}: served, in none of {old.objects} recorded"
        if (missing := sorted(old.kinds - new.kinds)) and not at.endswith(_PAGING):
            yield f"{at}: recorded as {', '.join(missing)}, served as {', '.join(sorted(new.kinds))}"


def read(folder: Path, since: str) -> dict[tuple[Access, str], Structure]:
    """Return the structure of the good answers to each operation, by access."""
    router, found = Router(), defaultdict[tuple[Access, str], Structure](dict)
    for path in sorted(folder.glob("*.har")):
        name = path.name.removesuffix(".har").rpartition(".")[2]
        access: Access = name if name in ("development", "development-older") else "extended"  # type: ignore[assignment]
        for entry in json.loads(path.read_text("utf-8"))["log"]["entries"]:
            request, response = entry["request"], entry["response"]
            route = urlsplit(request["url"]).path.removeprefix("/v1").rstrip("/")
            operation, _, _ = router.find(request["method"], route)
            text = response["content"].get("text")
            if operation and response["status"] == 200 and text and entry["startedDateTime"] >= since:
                add(found[access, operation.name], json.loads(text))
    return found


def serve(access: Access, operations: Iterable[str]) -> dict[str, Structure]:
    """Return the structure of the sandbox's answers to the samples of operations."""
    found: dict[str, Structure] = {}
    with Sandbox(access) as sandbox, Api(sandbox) as api:
        for operation in operations:
            for needs in _STATES.get(operation, [["playing-track"]]):
                sandbox.arrange(needs)
                for path in _SAMPLES.get(operation, []):
                    response = api.call("GET", path)
                    if response.status_code == 200:
                        add(found.setdefault(operation, {}), response.json())
    return found


def main(folder: str, since: str = "2023-11-01") -> None:
    """Print the differences."""
    recorded = read(Path(folder), since)
    for access in ("extended", "development-older", "development"):
        names = sorted(name for kind, name in recorded if kind == access)
        served = serve(access, names)  # type: ignore[arg-type]
        for name in names:
            if name not in served:
                print(f"{access} {name}: not sampled")
                continue
            for text in differences(recorded[access, name], served[name]):  # type: ignore[index]
                if not any(part in name and words in text for part, words, _ in _KNOWN):
                    print(f"{access} {name} {text}")


def _kind(value: Any) -> str:
    kinds = {dict: "object", list: "array", str: "text", bool: "boolean", int: "number", float: "number"}
    return "null" if value is None else kinds[type(value)]


if __name__ == "__main__":
    main(*sys.argv[1:])
