"""`pytest-spotify report untested`: what somebody's code uses and no test of a run has touched."""

import json
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.traffic_samples import API, write_har

APP = """\
import spotipy

sp = spotipy.Spotify()
sp.track("1")
sp.album("2")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an app, and the report of a run that tested one of its operations."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    rows = [
        {"id": "a", "outcome": "passed", "operations": ["get-track"]},
        {"id": "b", "outcome": "failed", "operations": ["get-an-album"]},
    ]
    report = {"version": 1, "run": {"access": "development"}, "coverage": {}, "checks": rows}
    (tmp_path / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return tmp_path


def test_an_operation_that_no_passed_test_touched_is_listed(folder: Path):
    """It is named with method and path, and with the line that uses it: exit status 1."""
    ran = run("report", "untested", "report.json", "app.py")
    assert ran.status == 1
    assert ran.out.splitlines() == [
        "get-an-album   GET /albums/{id}",
        "    used in app.py:5",
        "",
        "2 operations used, 1 of them not tested",
    ]


def test_operations_of_traffic_count_too(folder: Path):
    """What a recorded app has asked for is used."""
    write_har(folder / "app.har", (f"{API}/me", 200, {}), (f"{API}/tracks/1", 200, {}))
    ran = run("report", "untested", "report.json", "app.har")
    assert (ran.status, ran.out.splitlines()[0]) == (1, "get-current-users-profile   GET /me")


def test_all_tested_is_success(folder: Path):
    """Nothing is listed, and the exit status is 0."""
    (folder / "app.py").write_text(APP.replace('sp.album("2")\n', ""), encoding="utf-8")
    ran = run("report", "untested", "report.json", "app.py")
    assert (ran.status, ran.out) == (0, "all are tested\n")
