"""What is said of a response that was recorded before known changes of the API."""

import json
from pathlib import Path

from pytest_spotify.contracts.registry import bundled
from pytest_spotify.drift.age import changes_since
from tests.support.command import run

DEVELOPMENT = bundled("development")
TRACK = {"type": "track", "popularity": 70, "preview_url": "https://p.scdn.co/mp3-preview/x"}
PLAYLIST = {"type": "playlist", "tracks": {"items": [{"track": TRACK}]}}


def _sentences(day: str, body: object, operation: str = "get-playlist") -> list[str]:
    return [
        each.sentence for each in changes_since(day, body, DEVELOPMENT.contracts[operation], "development")
    ]


def test_a_response_of_2024_is_told_each_change_since():
    """Each change has its place in the body and its day, in the order of the days."""
    assert _sentences("2024-05-01", PLAYLIST) == [
        "/tracks/items/*/track/preview_url: null since 2024-11-27",
        "/tracks: is items since 2026-02-11",
        "/tracks/items/*/track: is item since 2026-02-11",
        "/tracks/items/*/track/popularity: not sent any more since 2026-02-11",
        "/tracks/items/*/track/external_ids: sent since 2026-03-06",
        "/tracks/items/*/track/preview_url: not sent any more since 2026-08-13",
    ]


def test_a_young_response_is_told_nothing():
    """What was recorded after the last known change is not old."""
    assert _sentences("2026-11-21", PLAYLIST) == []


def test_a_removed_operation_names_its_successor():
    """Where the operation itself is gone, that comes first, with what to use."""
    first, *_ = _sentences("2025-05-01", {"albums": []}, "get-multiple-albums")
    assert first == "(operation): removed, use GET /albums/{id} since 2026-02-11"


def test_the_command_tells_the_age_of_files(tmp_path: Path):
    """Each response is named with its operation and day, and with what changed since and who announced it."""
    file = tmp_path / "playlist.json"
    href = "https://api.spotify.com/v1/playlists/3cEYpjA9oz9GiPac4AsH4n"
    file.write_text(json.dumps({**PLAYLIST, "href": href}), encoding="utf-8")
    ran = run("check", tmp_path, "--age", "--recorded", "2024-05-01")
    assert ran.status == 0
    lines = [line.strip() for line in ran.out.splitlines()]
    assert f"{file}: get-playlist, recorded on 2024-05-01" in ran.out.replace("\n  ", " ")
    assert "/tracks: is items since 2026-02-11" in lines
    assert "February 2026 migration guide" in lines
    assert lines[-1] == "1 file; 1 response older than a known change"


def test_a_file_that_names_no_day_says_so(tmp_path: Path):
    """The option that gives the day is offered."""
    file = tmp_path / "track.json"
    file.write_text(json.dumps({**TRACK, "href": "https://api.spotify.com/v1/tracks/1"}), encoding="utf-8")
    ran = run("check", file, "--age")
    assert "day not known" in ran.out
    assert "--recorded 2024-05-01" in ran.out
