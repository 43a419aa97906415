"""Drift in whole live runs: sixty injected changes of the API are found, and an unchanged API has none."""

import json
from typing import Any

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project

OPERATIONS = {  # the place of an object that the first success case of each is answered with
    "get-an-album": "",
    "get-an-albums-tracks": "/items/0",
    "get-an-artist": "",
    "get-an-artists-albums": "/items/0",
    "get-an-audiobook": "",
    "get-an-episode": "",
    "get-a-show": "",
    "get-track": "",
    "get-current-users-profile": "",
    "get-users-saved-tracks": "/items/0/track",
    "get-followed": "/artists/items/0",
    "get-playlist": "",
}
CHANGES: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "removed": ([{"op": "remove", "path": "/uri"}], "removed", "breaking"),
    "renamed": ([{"op": "move", "from": "/uri", "path": "/address"}], "renamed", "breaking"),
    "null": ([{"op": "replace", "path": "/uri", "value": None}], "null", "breaking"),
    "type": ([{"op": "replace", "path": "/uri", "value": 7}], "type", "breaking"),
    "added": ([{"op": "add", "path": "/mood", "value": "calm"}], "added", "additive"),
}
URLS = {
    "get-an-album": "/albums/4aawyAB9vmqN3uQ7FjRGTy",
    "get-an-albums-tracks": "/albums/4aawyAB9vmqN3uQ7FjRGTy/tracks",
    "get-current-users-profile": "/me",
    "get-followed": "/me/following?type=artist",
}
TESTS = "\n".join(
    f"def test_{name.replace('-', '_')}(spotify_session):\n    spotify_session.get({url!r})\n"
    for name, url in URLS.items()
)


@pytest.fixture
def recorded(project: Project, live: list[str], request: pytest.FixtureRequest) -> Project:
    """Return a project whose contracts and marked tests are recorded from the sandbox of the test."""
    project.bundled(*getattr(request, "param", OPERATIONS))
    project.file("test_own.py", TESTS)
    project.run(*live, "--record-mode=once")
    return project


def _differences(project: Project, *arguments: str) -> dict[str, dict[str, str]]:
    project.run(*arguments, "--spotify-report=report.json")
    report = json.loads((project.path / "report.json").read_text("utf-8"))
    assert report["drift"]["compared"] >= len(URLS)
    return {each["id"]: each for each in report["drift"]["differences"]}


@pytest.mark.parametrize("where", ["cases", "marked tests"])
@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.slow
def test_injected_drift_is_found(recorded: Project, sandbox: Sandbox, live: list[str], kind: str, where: str):
    """Each change is told with operation, pointer, before, after and severity, and nothing else is."""
    (step,), change, severity = CHANGES[kind]
    selected, operations = ("contracts", OPERATIONS) if where == "cases" else ("test_own.py", URLS)
    expected = {}
    for operation in operations:
        place = OPERATIONS[operation]
        sandbox.drift(
            operation, [{**step, **{key: place + step[key] for key in step.keys() & {"path", "from"}}}]
        )
        shown = f"{operation} {place.replace('/0', '/*')}"
        if change == "renamed" and "/0" in place:  # one item of several has the other name
            expected |= {f"{shown}/uri removed": "breaking", f"{shown}/address added": "additive"}
        else:
            expected[f"{shown}{step.get('from', step['path'])} {change}"] = severity
    found = _differences(recorded, selected, *live)
    assert {name: each["severity"] for name, each in found.items()} == expected
    assert all(each["before"] and each["after"] and each["since"] for each in found.values())


@pytest.mark.parametrize(
    "recorded",
    [["get-an-album"], pytest.param(OPERATIONS, marks=pytest.mark.slow)],
    ids=["some", "all"],
    indirect=True,
)
def test_an_api_that_has_not_changed_has_no_drift(recorded: Project, live: list[str]):
    """All cases and marked tests are compared with their recordings, and nothing is told."""
    assert _differences(recorded, *live) == {}
