"""`pytest-spotify new` makes a contract file that loads, is clean, and whose next commands work."""

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from pytest_spotify.cassettes.persister import write as write_cassette
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.sandbox import Sandbox
from tests.support.command import run
from tests.support.contract_files import exchange
from tests.support.project import Project
from tests.support.traffic_samples import har

MOODS = {"items": [{"id": "11dFghVXANMlKmJXsNCbNl", "mood": "calm"}], "total": 1}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def next_commands(text: str) -> list[list[str]]:
    """Return the commands that a text ends with, as words of the shell."""
    return [shlex.split(line) for line in text.splitlines() if re.match(r"  pytest", line)]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("GET", "/tracks/{id}", "--sandbox"), "tracks/get-track"),
        pytest.param(
            ("GET", "/me/player/currently-playing", "--sandbox"),
            "player/get-the-users-currently-playing-track",
            marks=pytest.mark.slow,
        ),
        (("GET", "/search?q=love&type=album&limit=3", "--sandbox"), "search/search"),
        (("get", "https://api.spotify.com/v1/me", "--sandbox"), "users/get-current-users-profile"),
        (("GET", "/me/tracks"), "tracks/get-users-saved-tracks"),
        pytest.param(("--copy", "get-track"), "tracks/get-track", marks=pytest.mark.slow),
        (("PUT", "/me/tracks"), "tracks/save-tracks-user"),
        (("GET", "/browse/new-releases", "--sandbox", "--access", "extended"), "albums/get-new-releases"),
    ],
)
def test_the_file_is_clean_and_the_next_commands_work(
    arguments: tuple[str, ...], name: str, project: Project
) -> None:
    """What `new` prints records the cases from the sandbox and replays them."""
    ran = run("new", *arguments)
    assert (ran.status, ran.err) == (0, "")
    assert f"contracts/{name}.contract.json: " in ran.out
    assert f"Our own contracts and schemas: {bundled_contracts_dir()}" in ran.out

    assert run("lint").status == 0
    commands = next_commands(ran.out)
    assert len(commands) == 2
    for words in commands:
        assert project.run(*words[1:]).ret == pytest.ExitCode.OK


def test_files_of_all_kinds_are_drafted_from(folder: Path) -> None:
    """A cassette, a HAR file and a plain body give one draft; other requests in them are left out."""
    exchanges = [
        exchange("/tracks/11dFghVXANMlKmJXsNCbNl/moods?limit=2", body=MOODS),
        exchange("/me", body={}),
    ]
    write_cassette(folder / "moods.yaml", exchanges, {"target": "sandbox"}, root=folder)
    (folder / "moods.json").write_text(json.dumps({"items": [], "total": 0, "more": None}), encoding="utf-8")
    (folder / "moods.har").write_bytes(har([exchange("/tracks/4aawyAB9vmqN3uQ7FjRGTy/moods", body=MOODS)]))
    files = ("--from", "moods.yaml", "--from", "moods.json", "--from", "moods.har")
    ran = run("new", "GET", "/tracks/{id}/moods", *files)

    assert (ran.status, ran.err) == (0, "")
    assert "The sandbox lacks this operation" in ran.out
    assert "--spotify-live --record-mode=once" in ran.out
    content = json.loads(
        (folder / "contracts/tracks/get-tracks-moods.contract.json").read_text(encoding="utf-8")
    )
    schema = content["responses"]["200"]["schema"]
    assert (schema["required"], [*schema["properties"]]) == (["items", "total"], ["items", "total", "more"])
    assert content["cases"]["recorded"]["parameters"] == {"id": "11dFghVXANMlKmJXsNCbNl", "limit": 2}
    assert content["cases"]["recorded-2"]["parameters"] == {"id": "4aawyAB9vmqN3uQ7FjRGTy"}
    assert run("lint").status == 0


def test_live_asks_the_target_of_the_environment(folder: Path) -> None:
    """With --live the response comes from Spotify, or from where the variables say."""
    with Sandbox("extended") as sandbox:
        ran = run("new", "GET", "/me", "--live", environ={**os.environ, **sandbox.variables})
        sent = [(each.path, each.status) for each in sandbox.exchanges]

    assert (ran.status, ran.err) == (0, "")
    assert ("/v1/me", 200) in sent
    text = (folder / "contracts/users/get-current-users-profile.contract.json").read_text(encoding="utf-8")
    assert "private-user.schema.json" in text
    assert "sandbox-listener" not in text


def test_a_file_is_never_overwritten(folder: Path) -> None:
    """A second `new` leaves the first file as it is, and --output goes elsewhere."""
    assert run("new", "--copy", "get-track").status == 0
    file = folder / "contracts/tracks/get-track.contract.json"
    file.write_text("{}", encoding="utf-8")
    ran = run("new", "--copy", "get-track")

    assert ran.status == 2
    assert "exists already and is left as it is" in ran.err
    assert file.read_text(encoding="utf-8") == "{}"
    assert run("new", "--copy", "get-track", "--output", "other").status == 0
    assert (folder / "other/tracks/get-track.contract.json").is_file()


REFUSED = {
    "nothing": ((), "expected METHOD and PATH, or --copy NAME"),
    "unknown name": (("--copy", "get-trak"), "did you mean get-track?"),
    "unknown operation": (("GET", "/tracks/{id}/mood"), "nothing is known of GET /tracks/{id}/mood"),
    "unknown method": (("FETCH", "/me"), "unknown method 'FETCH'"),
    "no path": (("GET", "some thing"), "is no path of the Web API"),
    "two sources": (("GET", "/me", "--live", "--sandbox"), "give one of them"),
    "copy and more": (("--copy", "get-track", "--sandbox"), "leave out the rest"),
    "write": (("PUT", "/me/tracks", "--sandbox"), "give its responses with --from"),
    "not in the sandbox": (("GET", "/me/moods", "--sandbox"), "the sandbox has no operation GET /me/moods"),
    "removed": (("GET", "/browse/new-releases", "--sandbox"), "development apps are refused it"),
    "no request": (("GET", "/tracks/{id}/moods", "--sandbox"), "name a request to send"),
    "not in the file": (
        ("GET", "/me/moods", "--from", "me.yaml"),
        "me.yaml: no success response to GET /me/moods",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_made_is_refused(name: str, folder: Path) -> None:
    """A mistake ends in a line with status 2, and no file is made."""
    write_cassette(folder / "me.yaml", [exchange("/me", body={})], {"target": "sandbox"}, root=folder)
    arguments, why = REFUSED[name]
    ran = run("new", *arguments)

    assert ran.status == 2
    assert why in ran.err
    assert not (folder / "contracts").exists()


def test_without_genson_a_line_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drafting needs the extra `draft`; copying does not."""
    monkeypatch.setitem(sys.modules, "genson", None)
    (folder / "body.json").write_text("{}", encoding="utf-8")
    ran = run("new", "GET", "/me", "--from", "body.json")

    assert ran.status == 2
    assert ran.err == "Error: drafting a schema needs genson: pip install genson\n"
    assert run("new", "--copy", "get-track").status == 0


def test_a_case_that_the_sandbox_lacks_says_so(project: Project) -> None:
    """A run against the sandbox of an operation that it lacks fails with that reason and no other."""
    project.contract()
    result = project.run("contracts", "--spotify-sandbox", "--record-mode=once")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["the sandbox has no operation GET /things/{id}", "1 failed: the sandbox lacks the operation*"]
    )
