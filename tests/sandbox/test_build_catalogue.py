"""`scripts/build_catalogue.py`: facts of recorded answers, in the format of a catalogue."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_spotify.sandbox.catalogue.document import read

SCRIPT = Path(__file__).parents[2] / "scripts" / "build_catalogue.py"
ALBUM, TRACK, ARTIST, GUEST, SHOW, EPISODE = (letter * 22 for letter in "abcdef")
_PICTURES = [{"url": "https://i.scdn.co/image/1", "height": 640, "width": 640}]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_catalogue", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _artist(id_: str, name: str) -> dict[str, Any]:
    return {"type": "artist", "id": id_, "name": name}


def _build(script: ModuleType, folder: Path, taken: set[str], **bodies: Any) -> dict[str, Any]:
    """Return what is written of answers, by path of the request."""
    entries = [
        {
            "request": {"url": f"https://api.spotify.com/v1/{path}"},
            "response": {"content": {"text": json.dumps(body)}},
        }
        for path, body in bodies.items()
    ]
    (folder / "recorded.har").write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
    seen = script.Seen()
    seen.read(folder)
    found = script.documents(seen, taken)
    path = folder / "found.json"
    path.write_text(json.dumps(found), "utf-8")
    assert read(path)  # in the format
    return found  # type: ignore[no-any-return]


_TRACK = {
    "type": "track",
    "id": TRACK,
    "name": "Small change",
    "duration_ms": 184000,
    "explicit": True,
    "track_number": 3,
    "external_ids": {"isrc": "us-ABC1200001"},
    "artists": [_artist(ARTIST, "Porters"), _artist(GUEST, "Ada")],
    "album": {
        "type": "album",
        "id": ALBUM,
        "name": "Kiosk",
        "album_type": "album",
        "release_date": "2024-05",
        "images": _PICTURES,
        "artists": [_artist(ARTIST, "Porters")],
    },
}


def test_a_track_gives_its_album_and_artists(script: ModuleType, tmp_path: Path) -> None:
    """Ids, names, dates, lengths and codes are taken, and no pictures."""
    found = _build(script, tmp_path, set(), track=_TRACK)

    assert found["albums"] == [
        {
            "name": "Kiosk",
            "id": ALBUM,
            "artists": ["Porters"],
            "type": "album",
            "date": "2024-05",
            "tracks": [
                {
                    "name": "Small change",
                    "id": TRACK,
                    "ms": 184000,
                    "explicit": True,
                    "isrc": "USABC1200001",
                    "with": ["Ada"],
                }
            ],
        }
    ]
    assert found["artists"] == [{"name": "Ada", "id": GUEST}, {"name": "Porters", "id": ARTIST}]


def test_what_is_written_by_hand_is_left_to_it(script: ModuleType, tmp_path: Path) -> None:
    """An id that a hand-written document has is not written once more."""
    assert _build(script, tmp_path, {TRACK}, track=_TRACK)["albums"] == []


def test_of_two_artists_of_a_name_one_is_taken(script: ModuleType, tmp_path: Path) -> None:
    """An album names its artists, so it is left out where the name is that of another one."""
    namesake = _artist("0" * 22, "Porters")
    assert _build(script, tmp_path, set(), track=_TRACK, artist=namesake)["albums"] == []


def test_no_words_of_others_are_taken(script: ModuleType, tmp_path: Path) -> None:
    """Descriptions of shows and episodes, playlists and people's accounts stay where they are."""
    show = {"type": "show", "id": SHOW, "name": "Shop talk", "publisher": "Corner", "languages": ["en"]}
    show |= {"explicit": False, "description": "Words", "images": _PICTURES}
    episode = {"type": "episode", "id": EPISODE, "name": "One", "release_date": "2024-03-01", "show": show}
    episode |= {"duration_ms": 60000, "description": "More words"}
    somebody = {"type": "user", "id": "somebody", "display_name": "Somebody"}
    playlist = {"type": "playlist", "id": "9" * 22, "name": "Mine", "owner": somebody}
    found = _build(script, tmp_path, set(), episode=episode, playlist=playlist)

    assert [row["named_episodes"] for row in found["shows"]] == [
        [{"name": "One", "date": "2024-03-01", "id": EPISODE, "ms": 60000}]
    ]
    assert not [word for word in ("words", "Words", "image", "Somebody", "Mine") if word in json.dumps(found)]
