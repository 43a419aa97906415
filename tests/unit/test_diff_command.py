"""`pytest-spotify diff`: what it compares, what it prints and how it ends; and the file of accepted drift."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.drift.baseline import BASELINE_FILE
from tests.support.command import Ran, run
from tests.support.sign_in import ROOT
from tests.support.traffic_samples import API, write_har

TRACK_ID = "11dFghVXANMlKmJXsNCbNl"
TRACK: dict[str, Any] = {"id": TRACK_ID, "href": f"{API}/tracks/{TRACK_ID}", "name": "Cut To The Feeling"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _bodies(folder: Path, *bodies: object) -> Path:
    folder.mkdir()
    for number, body in enumerate(bodies):
        (folder / f"body{number}.json").write_text(json.dumps(body), encoding="utf-8")
    return folder


def _diff(*arguments: object) -> Ran:
    return run("diff", *arguments, "--access", "extended")


def test_equal_cassettes(folder: Path):
    """Folders of cassettes that are equal have no difference: exit status 0."""
    cassettes = ROOT / "cassettes/extended/markets"
    ran = _diff(cassettes, cassettes)
    assert (ran.status, ran.out, ran.err) == (0, "no difference in shape\n", "")


def test_a_breaking_difference_exits_with_1(folder: Path):
    """The text has the operation, the place, what was and what is; the last line counts."""
    old = _bodies(folder / "old", TRACK)
    new = _bodies(folder / "new", {**TRACK, "name": None})
    ran = _diff(old, new)
    assert ran.status == 1
    assert ran.out.splitlines() == [
        "get-track",
        "  breaking  /name",
        "      null: string -> null in 1 of 1",
        "",
        "1 difference, 1 breaking",
    ]


def test_an_additive_difference_exits_with_0(folder: Path):
    """A new field breaks nobody."""
    ran = _diff(_bodies(folder / "old", TRACK), _bodies(folder / "new", {**TRACK, "mood": "calm"}))
    assert ran.status == 0
    assert "  additive  /mood" in ran.out


def test_traffic_is_compared_with_its_day(folder: Path):
    """HAR files are compared by operation, and the day of the older recording is named."""
    old, new = (
        write_har(folder / f"{name}.har", (f"{API}/tracks/{TRACK_ID}", 200, body))
        for name, body in (("old", TRACK), ("new", {**TRACK, "name": 7}))
    )
    day = json.loads(old.read_text("utf-8"))["log"]["entries"][0]["startedDateTime"][:10]
    assert f"      last seen as before on {day}\n" in _diff(old, new).out


def test_json_lines(folder: Path):
    """With --json each difference is an object, with an id that is the same in every run."""
    old, new = _bodies(folder / "old", TRACK), _bodies(folder / "new", {**TRACK, "name": None})
    (line,) = _diff(old, new, "--json").out.splitlines()
    found = json.loads(line)
    assert (found["id"], found["severity"]) == ("get-track /name null", "breaking")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"status": 404}}, "its operation is not known: name it with --operation"),
        (None, "no exchange with the Web API to compare"),
    ],
    ids=["a body that names no operation", "an empty folder"],
)
def test_nothing_to_compare_exits_with_2(folder: Path, body: object, message: str):
    """A folder without anything to compare is an error with the next step, and no success."""
    old = _bodies(folder / "old", *([] if body is None else [body]))
    ran = _diff(old, old)
    assert ran.status == 2
    assert message in ran.err


def test_bodies_of_an_operation(folder: Path):
    """With --operation bodies need not name their own address."""
    body = {"error": {"status": 404, "message": "Not found"}}
    old, new = _bodies(folder / "old", body), _bodies(folder / "new", {**body, "more": 1})
    ran = _diff(old, new, "--operation", "get-track")
    assert "  additive  /more" in ran.out


def test_accepted_drift_is_known_until_it_is_gone(folder: Path):
    """--accept writes a reason and a day; then it is no failure, and once it is gone the entry goes too."""
    old, new = _bodies(folder / "old", TRACK), _bodies(folder / "new", {**TRACK, "name": None})
    assert _diff(old, new, "--accept", 'told "upstream"').status == 0
    written = (folder / BASELINE_FILE).read_text("utf-8")
    assert 'id = "get-track /name null"\nreason = "told \\"upstream\\""\nday = 20' in written
    ran = _diff(old, new)
    assert (ran.status, ran.out) == (0, "no difference in shape\n1 known, by spotify-drift.toml\n")
    _diff(old, old, "--accept", "clean up")
    assert not (folder / BASELINE_FILE).exists()


@pytest.mark.parametrize(
    "text",
    [
        "[[accepted]\n",
        "[[accepted]]\nid = 1\n",
        "other = 1\n",
        '[[accepted]]\nid = "a"\nreason = " "\nday = 1\n',
    ],
    ids=["no TOML", "no reason", "another key", "an empty reason"],
)
def test_a_file_of_accepted_drift_that_cannot_be_used(folder: Path, text: str):
    """It is refused with its name and what was expected, and stays as it is."""
    (folder / BASELINE_FILE).write_text(text, encoding="utf-8")
    old = _bodies(folder / "old", TRACK)
    ran = _diff(old, old, "--accept", "why")
    assert ran.status == 2
    assert BASELINE_FILE in ran.err
    assert (folder / BASELINE_FILE).read_text("utf-8") == text
