"""HAR files and cassettes that a project has already: as pytest items, and as what marked tests replay."""

import json
from typing import Any

import pytest
import yaml

from pytest_spotify.cassettes import load
from pytest_spotify.contracts.loader import bundled_contracts_dir
from tests.support.command import run
from tests.support.project import Project, no_traceback

TRACK = "11dFghVXANMlKmJXsNCbNl"
TOKEN = "BQ" + "x7Kd93nQ" * 12
URL = f"https://api.spotify.com/v1/tracks/{TRACK}"
TEST = f"""
    import pytest
    import requests

    @pytest.mark.spotify
    def test_track():
        headers = {{"Authorization": "Bearer something"}}
        assert requests.get("{URL}", headers=headers).json()["id"] == "{TRACK}"
"""


def body() -> dict[str, Any]:
    path = bundled_contracts_dir().parent / "cassettes/development/tracks/get-track/track.yaml"
    return json.loads(load(path).exchanges[0].response.body)


def stock(project: Project, name: str, *, is_filtered: bool = False, **changes: Any) -> None:
    """Write a cassette as pytest-recording does, with the token in it unless it was filtered out."""
    headers = {} if is_filtered else {"Authorization": [f"Bearer {TOKEN}"]}
    interaction = {
        "request": {"method": "GET", "uri": URL, "headers": headers, "body": None},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": ["application/json; charset=utf-8"]},
            "body": {"string": json.dumps({**body(), **changes})},
        },
    }
    project.file(name, yaml.safe_dump({"interactions": [interaction], "version": 1}))


def har(project: Project, name: str, **changes: Any) -> None:
    entry = {
        "request": {"method": "GET", "url": URL, "headers": []},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"mimeType": "application/json", "text": json.dumps({**body(), **changes})},
        },
    }
    project.file(name, json.dumps({"log": {"version": "1.2", "entries": [entry]}}))


def test_traffic_files_are_items(project: Project):
    """Each file that the ini key names is an item, which fails where an exchange does not fit."""
    project.pytester.makeini("[pytest]\nspotify_traffic = har/*.har traffic/**/*.yaml")
    har(project, "har/good.har")
    har(project, "har/bad.har", duration_ms="3:27")
    har(project, "elsewhere/other.har", duration_ms="3:27")
    stock(project, "traffic/a/b.yaml")
    result = project.run("-v")

    result.assert_outcomes(passed=2, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "har/bad.har::traffic FAILED*",
            "har/good.har::traffic PASSED*",
            "traffic/a/b.yaml::traffic PASSED*",
            "/duration_ms: expected integer, got text",
            "*har/bad.har*",
            "meaning    what was recorded here does not fit the API",
        ]
    )


@pytest.mark.parametrize(
    ("glob", "content", "why"),
    [
        ("a.har", '{"log": {"entries": []}}', "a.har: nothing to check: no exchange with the Web API*"),
        ("a.har", "no traffic", "*a.har: neither a HAR file nor a VCR.py cassette"),
    ],
)
def test_a_traffic_file_without_traffic_fails(glob: str, content: str, why: str, project: Project):
    """A file that holds nothing to check, or is none, fails in a line."""
    project.pytester.makeini(f"[pytest]\nspotify_traffic = {glob}")
    project.file("a.har", content)
    result = project.run()

    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines([why])


def test_a_glob_that_names_no_file_ends_the_run(project: Project):
    """A misspelt line of the ini key would check nothing, quietly."""
    project.pytester.makeini("[pytest]\nspotify_traffic = a.har b.har")
    har(project, "a.har")
    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*ini spotify_traffic: b.har names no file below*"])


@pytest.mark.parametrize("is_filtered", [False, True])
def test_a_marked_test_replays_a_stock_cassette_as_it_stands(is_filtered: bool, project: Project):
    """With the ini key, the cassette of pytest-recording's name is replayed where there is no other."""
    project.file("test_own.py", TEST)
    stock(project, "cassettes/test_own/test_track.yaml", is_filtered=is_filtered)
    project.run().assert_outcomes(failed=1)
    project.pytester.makeini("[pytest]\nspotify_import = cassettes")

    project.run().assert_outcomes(passed=1)


def test_a_stock_cassette_is_checked_as_any_other(project: Project):
    """A response of it that breaks its contract fails the test, and the file is named."""
    project.pytester.makeini("[pytest]\nspotify_import = cassettes")
    project.file("test_own.py", TEST)
    stock(project, "cassettes/test_own/test_track.yaml", duration_ms="3:27")
    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["/duration_ms: expected integer, got text", "*cassettes/test_own/test_track.yaml*"]
    )


NAMES = {
    "test_track": "test_track",
    "TestOwn.test_track": "TestOwn.test_track",
    "test_track[1]": "test_track-1",
}


def test_stock_cassettes_are_imported_for_their_tests(project: Project, monkeypatch: pytest.MonkeyPatch):
    """Functions, methods and parametrized tests replay what was imported, without ini key and secrets."""
    monkeypatch.chdir(project.path)
    line = f'requests.get("{URL}", headers={{"Authorization": "Bearer x"}}).json()["id"]'
    project.file(
        "test_own.py",
        f"""
        import pytest, requests

        pytestmark = pytest.mark.spotify

        def test_track():
            {line}

        class TestOwn:
            def test_track(self):
                {line}
        """,
    )
    project.file(
        "test_more.py",
        f"""
        import pytest, requests

        @pytest.mark.spotify
        @pytest.mark.parametrize("number", [1])
        def test_track(number):
            {line}
        """,
    )
    for module, test in (("own", "test_track"), ("own", "TestOwn.test_track"), ("more", "test_track[1]")):
        stock(project, f"cassettes/test_{module}/{test}.yaml")
    ran = run("import-cassettes", "cassettes")

    assert (ran.status, ran.err) == (0, "")
    assert "3 imported, 0 there already, 0 not imported" in ran.out
    files = project.cassettes("cassettes/development")
    assert {*files} == {
        "test_own/test_track.spotify.yaml",
        "test_own/TestOwn.test_track.spotify.yaml",
        "test_more/test_track-1.spotify.yaml",
    }
    assert all(TOKEN.encode() not in data for data in files.values())
    assert run("scan", "cassettes/development").status == 0
    project.run().assert_outcomes(passed=3)

    again = run("import-cassettes", "cassettes")
    assert (again.status, again.err) == (0, "")
    assert "0 imported, 3 there already, 0 not imported" in again.out


def test_what_cannot_be_imported_is_named(project: Project, monkeypatch: pytest.MonkeyPatch):
    """A folder without traffic of Spotify, and a cassette that cannot be read, are told with their status."""
    monkeypatch.chdir(project.path)
    project.file("cassettes/test_own/other.yaml", "interactions: []\nversion: 1")
    nothing = run("import-cassettes", "cassettes")
    assert nothing.status == 2
    assert "no cassette with traffic of the Web API" in nothing.err

    stock(project, "cassettes/test_own/test_good.yaml")
    project.file("cassettes/test_own/test_bad.yaml", "interactions:\n- request: {uri: 3}\n")
    ran = run("import-cassettes", "cassettes")
    assert ran.status == 1
    assert "test_bad.yaml" in ran.err
    assert "1 imported, 0 there already, 1 not imported" in ran.out
