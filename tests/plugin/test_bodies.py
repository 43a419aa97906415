"""Bodies that a project keeps for its mocks: the ini file says what they are, and each is an item."""

import json
from typing import Any

import pytest

from pytest_spotify.contracts.loader import bundled_contracts_dir
from tests.support.project import Project, no_traceback

GONE = {"error": {"status": 404, "message": "Resource not found"}}


def recorded(case: str) -> Any:
    """Return a body as development mode sends it, from the cassette of a contract's own case."""
    from pytest_spotify.cassettes import load

    cassette = bundled_contracts_dir().parent / f"cassettes/development/{case}.yaml"
    return json.loads(load(cassette).exchanges[0].response.body)


def track(**changes: Any) -> dict[str, Any]:
    return {**recorded("tracks/get-track/track"), **changes}


@pytest.fixture
def mocks(project: Project) -> Project:
    """A project that keeps a track and an error."""
    body(project, "tests/fixtures/track.json", track())
    body(project, "tests/fixtures/gone.json", GONE)
    mapping(project, "tests/fixtures/track*.json = get-track", "tests/fixtures/gone.json = get-track 404")
    return project


def mapping(project: Project, *lines: str, more: str = "") -> None:
    project.pytester.makeini(
        f"[pytest]\n{more}\nspotify_bodies =\n" + "".join(f"    {line}\n" for line in lines)
    )


def body(project: Project, name: str, value: object) -> None:
    project.file(name, value if isinstance(value, str) else json.dumps(value))


def test_bodies_that_fit(mocks: Project):
    """One item for each file, named after the operation; other files are left alone."""
    body(mocks, "tests/fixtures/other.json", {"anything": 1})
    result = mocks.run("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "tests/fixtures/gone.json::get-track-404 *",
            "tests/fixtures/track.json::get-track *",
            "2 kept files checked",
        ]
    )
    mocks.run("tests/fixtures/track.json").assert_outcomes(passed=1)
    mocks.run("-m", "not spotify").assert_outcomes(deselected=2)
    mocks.run("--spotify-sandbox").assert_outcomes(passed=2)


def test_in_pyproject(project: Project):
    """A list of strings in pyproject.toml says the same, and `**` reaches any depth."""
    body(project, "a/b/track.json", track())
    project.file(
        "pyproject.toml", '[tool.pytest.ini_options]\nspotify_bodies = ["**/track.json = get-track"]'
    )
    project.run().assert_outcomes(passed=1)


def test_a_body_that_does_not_fit(mocks: Project):
    """What is wrong where, which file, and the documentation; and the file passes again once mended."""
    body(mocks, "tests/fixtures/track.json", track(duration_ms="3:27"))
    result = mocks.run()
    result.assert_outcomes(passed=1, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "*tests/fixtures/track.json (get-track)*",
            "/duration_ms: expected integer, got text*",
            "body       tests/fixtures/track.json",
            "contract   get-track (GET /tracks/{id}), access development",
            "docs       https://developer.spotify.com/documentation/web-api/reference/get-track",
            "*tests/fixtures/track.json::get-track*",
        ]
    )


def test_a_field_that_the_access_is_not_sent(mocks: Project):
    """A mock that has it promises what Spotify does not send: it fails, and says which access it fits."""
    body(mocks, "tests/fixtures/track.json", track(popularity=61, mood="fine"))
    result = mocks.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "/popularity: development apps are not sent it (the file has it)",
            "hint       an older app? set `spotify_access = development-older`; an app with *",
            "unknown to the contracts:",
            "  get-track  /mood  *",
        ]
    )


def test_an_audiobook_in_the_place_of_a_show(project: Project):
    """Among saved shows, and with chapters for episodes, it fits; nulls that Spotify does not send do not."""
    shows, episodes = (
        recorded("shows/get-users-saved-shows/shows"),
        recorded("shows/get-a-shows-episodes/episodes"),
    )
    shows["items"][0]["show"] |= {"is_externally_hosted": None, "total_episodes": None}
    episodes["items"][0]["type"] = "chapter"
    playlists = recorded("playlists/get-a-list-of-current-users-playlists/playlists")
    playlists["items"][0]["owner"] |= {"href": None, "id": None, "uri": None}
    bodies = {
        "get-users-saved-shows": shows,
        "get-a-shows-episodes": episodes,
        "get-a-list-of-current-users-playlists": playlists,
        "get-a-users-available-devices": {"devices": None},
    }
    for operation, value in bodies.items():
        body(project, f"mocks/{operation}.json", value)
    mapping(project, *(f"mocks/{operation}.json = {operation}" for operation in bodies))
    result = project.run("-v")
    result.assert_outcomes(passed=2, failed=2)
    for operation in ("get-users-saved-shows", "get-a-shows-episodes"):
        result.stdout.fnmatch_lines([f"mocks/{operation}.json::{operation} PASSED*"])
    result.stdout.fnmatch_lines(
        [
            "FAILED *playlists.json::* - /items/0/owner/href: expected string, got null*",
            "FAILED *devices.json::* - /devices: expected array, got null",
        ]
    )


def test_what_the_contract_does_not_know(mocks: Project):
    """An unknown field is listed, and fails under --spotify-strict."""
    body(mocks, "tests/fixtures/track.json", track(mood="fine"))
    result = mocks.run()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["unknown to the contracts:", "  get-track  /mood  *"])
    mocks.run("--spotify-strict").assert_outcomes(passed=1, failed=1)


def test_the_status_counts(mocks: Project):
    """An error is no success answer, and a status that the operation never gives is no status of its."""
    mapping(mocks, "tests/fixtures/gone.json = get-track")
    mocks.run().assert_outcomes(failed=1)
    mapping(mocks, "tests/fixtures/gone.json = get-track 418")
    result = mocks.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["expected a status of 200, *, got 418"])


def test_files_that_cannot_be_read(mocks: Project):
    """Cut or empty: a line that names file and place."""
    body(mocks, "tests/fixtures/track.json", '{"name": ')
    result = mocks.run()
    result.assert_outcomes(passed=1, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["*tests/fixtures/track.json: not JSON: *"])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("tests/fixtures/track.json", "*: expected GLOB = OPERATION [[]STATUS[]], the glob from the root *"),
        ("tests/fixtures/track.json = get-track 2000", "*: expected GLOB = OPERATION *"),
        ("/tests/*.json = get-track", "*: expected GLOB = OPERATION *"),
        ("tests/*/track.json = get-trak", "*: unknown operation get-trak; did you mean get-track?"),
        ("tests/fixtures/trak*.json = get-track", "tests/fixtures/trak[*].json names no file below *"),
    ],
)
def test_lines_that_say_nothing(mocks: Project, line: str, told: str):
    """A line that cannot be read, or names no operation or no file, ends the run: it would check nothing."""
    mapping(mocks, "tests/fixtures/gone.json = get-track 404", line)
    result = mocks.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines([f"*ini spotify_bodies: {told}"])


def test_a_contract_of_the_projects_own(project: Project):
    """The project's contract holds for its bodies in place of ours."""
    project.contract()
    mapping(project, "thing.json = get-thing")
    body(project, "thing.json", {"id": "abc", "kind": "red"})
    project.run("thing.json").assert_outcomes(passed=1)
    body(project, "thing.json", {"id": "abc"})
    project.run("thing.json").assert_outcomes(failed=1)
