"""`--catalogue FILE`: what the documented example serves, and what is said of a file that does not fit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.errors import InvalidCatalogue
from pytest_spotify.sandbox import Sandbox
from pytest_spotify.sandbox.catalogue import load
from tests.support.command import run
from tests.support.sandbox_client import Api

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
TRACK = "4iV5W9uYEdYUVa79Axb7Rh"
ALBUM: dict[str, Any] = {"name": "A", "artists": ["B"], "date": "2024", "tracks": 1}
SHOW: dict[str, Any] = {"name": "A", "publisher": "B"}
BOOK: dict[str, Any] = {"name": "A", "authors": ["B"], "chapters": 2}
PLAYLIST: dict[str, Any] = {"name": "A", "owner": "b", "items": []}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Serve the example of the documentation, as its page prints it."""
    (text,) = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    path = tmp_path_factory.mktemp("catalogue") / "catalogue.json"
    path.write_text(text, "utf-8")
    with Sandbox("extended", catalogue=path) as sandbox, Api(sandbox) as api:
        yield api


def test_the_documented_example_is_served(served: Api) -> None:
    """Music, shows, books and playlists of a user's file are found beside those of the package."""
    (album,) = served.get("/search", q="Kiosk", type="album")["albums"]["items"]
    tracks = served.get(f"/albums/{album['id']}/tracks")["items"]
    (playlist,) = served.get("/search", q="Night shift", type="playlist")["playlists"]["items"]
    rows = served.get(f"/playlists/{playlist['id']}/items")["items"]

    assert (album["release_date"], album["release_date_precision"]) == ("2024-05", "month")
    assert [each["name"] for each in tracks] == ["Shutters", "Small change", "Closing time"]
    assert [row["item"]["name"] for row in rows] == ["Small change", "Dancing Queen", "How to open a kiosk"]
    assert served.get("/search", q="The Long Queue", type="audiobook")["audiobooks"]["total"] == 1


def test_a_track_of_the_file_is_restricted_where_it_says(served: Api) -> None:
    """A track that names markets in which it is not licensed tells so there, and plays elsewhere."""
    (track,) = served.get("/search", q="Closing time", type="track")["tracks"]["items"]
    with Api.app(served.sandbox) as app:
        there, elsewhere = (app.get(f"/tracks/{track['id']}", market=market) for market in ("SE", "FI"))

    assert (there["is_playable"], there["restrictions"]) == (False, {"reason": "market"})
    assert (elsewhere["is_playable"], "restrictions" in elsewhere) == (True, False)


def test_what_was_there_stays(served: Api) -> None:
    """A user's file adds to the catalogue and to nobody's account."""
    with Sandbox("extended") as sandbox, Api(sandbox) as plain:
        saved, top = (
            [
                [row.get("track", row)["id"] for row in api.get(path, limit="50")["items"]]
                for api in (served, plain)
            ]
            for path in ("/me/tracks", "/me/top/tracks")
        )

    assert saved[0] == saved[1]
    assert top[0] == top[1]


_WRONG = {
    "a list": ([], "", "expected an object, found []"),
    "an unknown kind": ({"songs": []}, "", "unknown property 'songs'"),
    "a kind that is no list": ({"albums": {}}, "albums", "expected a list of objects, found {}"),
    "a row that is no object": ({"albums": [1]}, "albums[0]", "expected an object, found 1"),
    "a misspelt property": ({"albums": [ALBUM | {"artist": "B"}]}, "albums[0]", "did you mean artists?"),
    "nothing required": ({"albums": [{"name": "A"}]}, "albums[0].artists", "expected a list of names, found"),
    "no artist": ({"albums": [ALBUM | {"artists": []}]}, "albums[0].artists", "expected a list of names"),
    "a day that there is not": (
        {"albums": [ALBUM | {"date": "2024-02-30"}]},
        "albums[0].date",
        'expected a date like 2024, 2024-05 or 2024-05-17, found "2024-02-30"',
    ),
    "a short id": ({"albums": [ALBUM | {"id": "x"}]}, "albums[0].id", "expected an id of 22 letters"),
    "a flag for a number": ({"albums": [ALBUM | {"tracks": True}]}, "albums[0].tracks", "expected a number"),
    "a track without a name": (
        {"albums": [ALBUM | {"tracks": ["a", {"ms": 1}]}]},
        "albums[0].tracks[1].name",
        "expected a text, found nothing",
    ),
    "an id that is taken": (
        {"albums": [ALBUM | {"tracks": ["a", {"name": "b", "id": TRACK}]}]},
        "albums[0].tracks[1]",
        f"the id {TRACK} is taken",
    ),
    "an album twice": ({"albums": [ALBUM, ALBUM]}, "albums[1]", "is taken, by 'A'"),
    "an unknown edition": (
        {"albums": [ALBUM | {"tracks": [{"name": "a", "relinked_to": "0" * 22}]}]},
        "albums[0].tracks[0].relinked_to",
        "expected the id of a track",
    ),
    "a popularity beyond 100": (
        {"artists": [{"name": "A", "popularity": 101}]},
        "artists[0].popularity",
        "expected a whole number from 0 to 100, found 101",
    ),
    "an episode without a date": (
        {"shows": [SHOW | {"named_episodes": [{"name": "a"}]}]},
        "shows[0].named_episodes[0].date",
        "expected a date like 2024-05-17, found nothing",
    ),
    "a chapter beyond the last": (
        {"audiobooks": [BOOK | {"named_chapters": [{"number": 2}]}]},
        "audiobooks[0].named_chapters",
        "expected a number below 2",
    ),
    "an unknown track": (
        {"playlists": [PLAYLIST | {"items": ["track:Dancing Quen"]}]},
        "playlists[0].items[0]",
        "there is no track 'Dancing Quen'; did you mean Dancing Queen?",
    ),
    "an item of no kind": (
        {"playlists": [PLAYLIST | {"items": ["album:A"]}]},
        "playlists[0].items[0]",
        "expected track:NAME",
    ),
    "a user without a name": ({"users": {"a": ""}}, "users", "expected names by user id"),
}


@pytest.mark.parametrize("case", _WRONG)
def test_what_is_wrong_is_told_with_its_place(case: str, tmp_path: Path) -> None:
    """An error says which file, where in it, what is expected there and what was found."""
    document, where, message = _WRONG[case]
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(document), "utf-8")

    with pytest.raises(InvalidCatalogue) as error:
        load(path)
    assert str(error.value).startswith(f"{path}{where and ', ' + where}: ")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "cannot be read"), (b"{", "expected JSON"), (b"\xff", "expected JSON")]
)
def test_a_file_that_cannot_be_read_is_told(content: bytes | None, message: str, tmp_path: Path) -> None:
    """A file that is missing, cut or not UTF-8 is an error of one line that names it."""
    path = tmp_path / "catalogue.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidCatalogue, match=message):
        load(path)


def test_the_command_tells_a_wrong_file_in_one_line(tmp_path: Path) -> None:
    """`pytest-spotify sandbox --catalogue` of a wrong file ends with one line and no traceback."""
    ran = run("sandbox", "--catalogue", tmp_path / "missing.json")

    assert (ran.status, ran.out) == (2, "")
    assert ran.err.strip().splitlines()[0].startswith(f"Error: {tmp_path / 'missing.json'}: cannot be read")
