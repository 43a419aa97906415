"""`pytest-spotify migrate`: what breaks in development mode, found in source code and in traffic."""

import json
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.traffic_samples import API, write_har

APP = """\
import re
import spotipy

sp = spotipy.Spotify()


def shelf(ids):
    re.search("albums", "x")
    return sp.albums(ids)


def name(track):
    return sp.track(track)["name"], sp.track(track)["popularity"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_calls_of_a_client_are_found(folder: Path):
    """File, line, what was removed and when, and what to use; a field that is not sent is named too."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    ran = run("migrate", "app.py")
    assert ran.status == 1
    assert ran.out.splitlines() == [
        "app.py:9  albums()",
        "    GET /albums was removed on 2026-02-11; use GET /albums/{id}",
        "app.py:13  reads 'popularity'",
        "    development apps are not sent it since 2026-02-11, if it is a field of Spotify's",
        "",
        "2 lines of source that development mode breaks; looked at 1 source file and 0 exchanges",
    ]


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ('requests.get("https://api.spotify.com/v1/albums?ids=" + ids)', "GET /albums"),
        ('client.request("PUT", f"{BASE}/me/albums")', "PUT /me/albums"),
        ('session.get("/audio-features/%s" % track)', "GET /audio-features/{id}"),
        ('session.get("/users/{}/playlists".format(user))', "GET /users/{user_id}/playlists"),
        ('URL = "https://api.spotify.com/v1/browse/new-releases"', "GET /browse/new-releases"),
    ],
)
def test_paths_in_texts_are_found(folder: Path, line: str, title: str):
    """However a path is put together, as far as the source shows it."""
    (folder / "app.py").write_text(f"{line}\n", encoding="utf-8")
    assert f"    {title} was removed on " in run("migrate", ".").out


@pytest.mark.parametrize(
    "line",
    [
        'requests.get("https://api.spotify.com/v1/tracks/" + track)',
        'URL = "https://api.spotify.com/v1/me/tracks"',  # GET is still there
        'name = "/albums"',
        'requests.get("https://example.com/v1/albums")',
        "albums(ids)",
        'row["popularity"]',
    ],
)
def test_what_still_works_is_not_told(folder: Path, line: str):
    """Neither what development mode has, nor what is nobody's path of the API."""
    (folder / "app.py").write_text(f"{line}\n", encoding="utf-8")
    assert run("migrate", ".").status == 0


def test_traffic_is_looked_at_too(folder: Path):
    """A recorded call of a removed operation is told by operation."""
    write_har(folder / "app.har", (f"{API}/albums?ids=4aawyAB9vmqN3uQ7FjRGTy", 200, {"albums": []}))
    ran = run("migrate", "app.har")
    assert ran.status == 1
    assert "get-multiple-albums" in ran.out


def test_findings_as_json(folder: Path):
    """With --json each finding is an object with file and line."""
    (folder / "app.py").write_text(APP, encoding="utf-8")
    first = json.loads(run("migrate", "app.py", "--json").out.splitlines()[0])
    assert (first["file"], first["line"], first["replacement"]) == ("app.py", 9, "use GET /albums/{id}")


@pytest.mark.parametrize(
    ("text", "message"),
    [("def f(:\n", "no Python source"), (None, "nothing to look at")],
    ids=["broken source", "an empty folder"],
)
def test_what_cannot_be_looked_at_exits_with_2(folder: Path, text: str | None, message: str):
    """It is an error in a line, never a traceback."""
    if text is not None:
        (folder / "app.py").write_text(text, encoding="utf-8")
    ran = run("migrate", ".")
    assert ran.status == 2
    assert message in ran.err
