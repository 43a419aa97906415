"""`pytest-spotify check` and `lint`, as somebody at a prompt meets them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.contracts.loader import bundled_contracts_dir
from tests.e2e.test_migration_report import USER
from tests.support.command import Ran, run
from tests.support.contract_files import contract, write
from tests.support.traffic_samples import API, write_har

Command = Callable[..., Ran]
PROFILE_401 = {"error": {"status": 401, "message": "Missing/invalid/expired access token"}}
REMOVED = {"error": {"status": 403, "message": "Forbidden"}}


@pytest.fixture
def command() -> Command:
    return run


def test_good_traffic_exits_with_0(command: Command, tmp_path: Path) -> None:
    """The last line is the verdict."""
    ran = command("check", write_har(tmp_path / "a.har", (f"{API}/me", 401, PROFILE_401)))

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "1 exchange checked, none failed; access development"


def test_a_failure_exits_with_1_and_is_grouped_by_what_is_wrong(command: Command, tmp_path: Path) -> None:
    """The same fault at two places of one array is told once."""
    bad = {"error": {"status": 404, "message": 7}}
    ran = command("check", write_har(tmp_path / "a.har", (f"{API}/me", 401, bad), (f"{API}/me", 401, bad)))

    assert ran.status == 1
    assert "breaking:\n  get-current-users-profile  /error/message\n" in ran.out
    assert "a.har, entry 1 and 1 more" in ran.out
    assert ran.out.splitlines()[-1] == "2 of 2 exchanges failed; access development"


PERSON = "Jane Q. Doe"
ADDRESS = "jane@somewhere.example"


@pytest.mark.parametrize("options", [(), ("--json",), ("--strict",), ("--access", "development")])
def test_texts_of_responses_are_not_shown(command: Command, tmp_path: Path, options: tuple[str, ...]) -> None:
    """Names, ids and addresses are in no output, whatever is wrong with them; --show-values shows them."""
    profile = {"display_name": PERSON, "email": ADDRESS, "country": "Atlantis", "id": 7, "nick": PERSON}
    file = write_har(
        tmp_path / "a.har", (f"{API}/me", 200, profile), (f"{API}/me", 401, {"error": {"status": PERSON}})
    )

    ran = command("check", *options, file)
    shown = command("check", *options, "--show-values", file)

    assert ran.status == shown.status == 1
    for text in (PERSON, ADDRESS, "Atlantis"):
        assert text not in ran.out + ran.err
    assert PERSON in shown.out
    body = write(tmp_path, profile, "me.json")
    ran = command("check", *options, "--operation", "get-current-users-profile", body)
    assert PERSON not in ran.out
    assert ADDRESS not in ran.out


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/me/player/nothing", "/me/player/nothing"),
        ("/users/jane/nothing", "/users/.../nothing"),
        ("/nothing/11dFghVXANMlKmJXsNCbNl", "/nothing/..."),
        ("/nothing/Jane%20Doe/x-y", "/nothing/.../x-y"),
    ],
)
def test_an_unknown_operation_is_named_without_ids(
    command: Command, tmp_path: Path, path: str, shown: str
) -> None:
    """The path of a request that no contract knows is told; ids and names in it are not."""
    ran = command("check", write_har(tmp_path / "a.har", (f"{API}{path}", 404, {})))

    assert f"GET {shown} is no operation of the contracts (status 404)" in " ".join(ran.out.split())


def test_a_field_is_told_once_whatever_its_values(command: Command, tmp_path: Path) -> None:
    """Three values of one unknown field at three places of a list are one line, with how often it came."""
    error = {"error": {"status": 401, "message": ""}}
    bodies = [error | {"trace": value} for value in ("one", "two", "three")]
    file = write_har(tmp_path / "a.har", *((f"{API}/me", 401, body) for body in bodies))

    ran = command("check", file)

    assert ran.out.count("/trace") == 1
    assert "a.har, entry 1 and 2 more" in ran.out


def test_a_field_of_other_accesses_is_known(command: Command, tmp_path: Path) -> None:
    """Of a field that only other apps are sent, `check` says that, and not that no contract knows it."""
    file = write_har(tmp_path / "a.har", (f"{API}/me", 200, USER))

    ran = command("check", file)

    assert "/followers\n      development apps are not sent it\n" in ran.out


def test_a_kept_body_is_the_file_alone(command: Command, tmp_path: Path) -> None:
    """A plain body has no entries: its place is the file; a field of other accesses fails, as in pytest."""
    ran = command("check", "--operation", "get-current-users-profile", write(tmp_path, USER, "me.json"))

    assert ran.status == 1
    assert "/followers\n      development apps are not sent it (the file has it)\n" in ran.out
    assert "me.json\n" in ran.out
    assert "entry" not in ran.out


def test_the_table_fits_80_columns(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest operation and every verdict have room, each number below its verdict."""
    long = f"{API}/me/player"
    file = write_har(
        tmp_path / "a.har",
        (long, 200, {}),
        (long, 401, PROFILE_401),
        (f"{API}/browse/new-releases", 403, REMOVED),
        (f"{API}/me", 401, PROFILE_401 | {"trace": 1}),
        (f"{API}/nothing", 404, {}),
    )

    monkeypatch.chdir(tmp_path)  # a path, which is not broken, may be longer
    ran = run("check", file.name, columns=80)

    # A path is never broken, and that of a test may be longer than a line.
    assert max(len(line) for line in ran.out.splitlines() if str(tmp_path) not in line) <= 80
    assert "  ok  breaking  request  additive  unknown" in ran.out
    assert "get-information-about-the-users-current-playback\n   1         1" in ran.out


def test_json_prints_one_object_a_line_for_every_exchange_with_the_api(
    command: Command, tmp_path: Path
) -> None:
    """The index counts traffic of other hosts too, which prints no line."""
    file = write_har(
        tmp_path / "a.har",
        ("https://example.com/", 200, {}),
        (f"{API}/me", 401, PROFILE_401),
        (f"{API}/nothing", 404, PROFILE_401),
        (f"{API}/browse/new-releases", 403, REMOVED),
    )

    ran = command("check", "--json", file)
    lines = [json.loads(line) for line in ran.out.splitlines()]

    assert ran.status == 1
    assert [(1, "ok"), (2, "unknown"), (3, "request")] == [(line["index"], line["verdict"]) for line in lines]
    assert lines[0] == {
        "file": str(file),
        "index": 1,
        "method": "GET",
        "url": f"{API}/me",
        "status": 401,
        "operation": "get-current-users-profile",
        "verdict": "ok",
        "violations": [],
    }
    assert set(lines[2]["violations"][0]) == {"kind", "pointer", "message"}


def test_unknown_fails_only_under_strict(command: Command, tmp_path: Path) -> None:
    """A request that no contract knows is told; strict makes it fail."""
    file = write_har(tmp_path / "a.har", (f"{API}/nothing", 404, {"error": {"status": 404, "message": ""}}))

    assert command("check", file).status == 0
    assert command("check", "--strict", file).status == 1


def test_the_access_comes_from_the_option_before_the_environment(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Option, then SPOTIFY_ACCESS, then development; a wrong one is named."""
    file = write_har(tmp_path / "a.har", (f"{API}/browse/new-releases", 403, REMOVED))

    assert command("check", file).status == 1
    monkeypatch.setenv("SPOTIFY_ACCESS", "extended")
    assert command("check", file).status == 0
    assert command("check", "--access", "development", file).status == 1
    monkeypatch.setenv("SPOTIFY_ACCESS", "everything")
    ran = command("check", file)
    assert ran.status == 2
    assert "SPOTIFY_ACCESS: no such access; expected one of development" in ran.err


def test_what_is_no_address_is_not_the_api(command: Command, tmp_path: Path) -> None:
    """As traffic of other hosts it is counted, and prints nothing."""
    ran = command(
        "check", write_har(tmp_path / "a.har", ("http://[::1", 200, {}), (f"{API}/me", 401, PROFILE_401))
    )

    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "1 exchange checked, none failed; access development"


def test_two_kinds_of_output_are_not_asked_for_at_once(command: Command, tmp_path: Path) -> None:
    """The list of operations would be lost in the lines of JSON."""
    ran = command("check", "--json", "--list-operations", write_har(tmp_path / "a.har"))

    assert (ran.status, ran.out) == (2, "")
    assert "--json and --list-operations print different things" in ran.err


def test_plain_bodies_are_checked_by_operation(command: Command, tmp_path: Path) -> None:
    """As projects keep them for mocks; a misspelt operation is met with the nearest ones."""
    good = write(tmp_path, PROFILE_401, "body.json")
    bad = write(tmp_path, {"display_name": 1}, "bad.json")

    asked = ("check", "--operation", "get-current-users-profile")
    assert command(*asked, "--status", 401, good).status == 0
    ran = command(*asked, bad)
    assert ran.status == 1
    assert "/id" in ran.out
    ran = command("check", "--operation", "get-current-user-profile", good)
    assert ran.status == 2
    assert "did you mean get-current-users-profile" in ran.err


ASKED_PLAYLISTS = ("check", "--operation", "get-a-list-of-current-users-playlists", "--status")


@pytest.mark.parametrize(
    ("status", "body", "exit_status"),
    [
        (403, b"User not registered in the Developer Dashboard", 0),
        (429, b"Too many requests", 0),
        (502, b"<html>Bad Gateway</html>", 0),
        (404, b"", 0),
        (403, json.dumps(REMOVED).encode(), 0),
        (403, b'{"error": {"status": 401, "message": ""}}', 1),
        (403, b'{"error": 7}', 1),
        (404, b"Not Found", 1),
        (401, b"Unauthorized", 2),
        (200, b"OK", 2),
    ],
)
def test_bodies_that_may_be_text_are_checked_as_text(
    status: int, body: bytes, exit_status: int, command: Command, tmp_path: Path
) -> None:
    """A body is text or empty where the contract lets that status be so, and JSON is held to its schema."""
    (tmp_path / "body.txt").write_bytes(body)

    assert command(*ASKED_PLAYLISTS, status, tmp_path / "body.txt").status == exit_status


def test_what_cannot_be_read_exits_with_2(command: Command, tmp_path: Path) -> None:
    """One line names the file; other files are still checked."""
    good = write_har(tmp_path / "a.har", (f"{API}/me", 401, PROFILE_401))

    ran = command("check", tmp_path / "missing.har", good)

    assert ran.status == 2
    assert ran.err.count("\n") == 1
    assert "missing.har" in ran.err
    assert "1 exchange checked" in ran.out


def without_header_fields(path: Path) -> Path:
    """Take the header fields out of a HAR file, and what it says of media types."""
    document = json.loads(path.read_text())
    for entry in document["log"]["entries"]:
        entry["response"]["headers"] = []
        entry["response"]["content"]["mimeType"] = "x-unknown"
    path.write_text(json.dumps(document))
    return path


def test_without_header_fields_bodies_are_checked_all_the_same(command: Command, tmp_path: Path) -> None:
    """A good body passes, a bad one fails, and one line says that media types were not recorded."""
    bad = {"error": {"status": 404, "message": 7}}
    file = write_har(tmp_path / "a.har", (f"{API}/me", 401, PROFILE_401), (f"{API}/me", 404, bad))

    ran = command("check", without_header_fields(file))

    assert ran.status == 1
    assert "get-current-users-profile  /error/message" in ran.out
    assert "Content-Type" not in ran.out
    assert ran.out.splitlines()[-1] == "1 of 2 exchanges failed; access development"
    assert ran.err.count("\n") == 1
    assert "2 exchanges with Spotify without header fields in the response" in ran.err


@pytest.mark.parametrize(
    "entries",
    [
        [],
        [("https://example.com/", 200, {})],
        [(f"{API}/me", 0, {})],
        [("https://accounts.spotify.com/", 200, {})],
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",), ("--list-operations",)])
def test_nothing_checked_is_no_success(
    entries: list[tuple[str, int, Any]], options: tuple[str, ...], command: Command, tmp_path: Path
) -> None:
    """A file that holds no exchange to check is an error, whatever else was checked beside it."""
    good = write_har(tmp_path / "good.har", (f"{API}/me", 401, PROFILE_401))
    empty = write_har(tmp_path / "empty.har", *entries)

    for files in ([empty], [good, empty]):
        ran = command("check", *options, *files)
        assert ran.status == 2
        assert f"Error: {empty}: nothing to check: " in ran.err


def test_folders_are_searched_for_traffic(command: Command, tmp_path: Path) -> None:
    """Traffic is found by what files hold, other files are passed over and counted."""
    write_har(tmp_path / "below" / "a.har", (f"{API}/me", 401, PROFILE_401))
    write_har(tmp_path / "b.json", (f"{API}/me", 401, PROFILE_401))
    for name, text in NO_TRAFFIC.items():
        (tmp_path / name).write_text(text)

    ran = command("check", tmp_path)

    assert ran.status == 0
    assert ran.out.splitlines()[-1] == "2 exchanges checked, none failed; access development"
    assert ran.err == f"{tmp_path}: passed over {len(NO_TRAFFIC)} files without an exchange to check\n"


NO_TRAFFIC = {
    "notes.txt": "interactions:",
    "package.json": '{"name": "x", "log": "y"}',
    "broken.json": "{",
    "list.json": '[{"id": 1}]',
    "settings.yaml": "a: !Ref b\n",
    "templated.yml": "{{ a }}\n",
    "empty.yaml": "",
    "other.har": '{"log": {"entries": [{"request": {"url": "https://example.com/"}}]}}',
}


@pytest.mark.parametrize("name", NO_TRAFFIC)
def test_what_is_no_traffic_is_an_error_where_it_is_named(
    name: str, command: Command, tmp_path: Path
) -> None:
    """A file of the command line that holds no traffic is an error of one line."""
    (tmp_path / name).write_text(NO_TRAFFIC[name])

    ran = command("check", tmp_path / name)

    assert (ran.status, ran.err.count("\n")) == (2, 1)


def test_damaged_traffic_in_a_folder_is_an_error(command: Command, tmp_path: Path) -> None:
    """A HAR file that is cut is not passed over."""
    file = write_har(tmp_path / "a.har", (f"{API}/me", 401, PROFILE_401))
    file.write_bytes(file.read_bytes()[:-9])

    assert command("check", tmp_path).status == 2


def test_a_folder_without_traffic_is_an_error(command: Command, tmp_path: Path) -> None:
    """Nothing checked is no success for folders either."""
    (tmp_path / "notes.txt").write_text("")

    ran = command("check", tmp_path)

    assert ran.status == 2
    assert f"Error: {tmp_path}: nothing to check" in ran.err


def test_lint_loads_files_and_folders(command: Command, tmp_path: Path) -> None:
    """Exit status 0 and a count, or 2 and a line a fault."""
    write(tmp_path, contract(), "good/get-thing.contract.json")
    write(tmp_path, contract(method="FETCH"), "bad/b.contract.json")

    assert command("lint", tmp_path / "good").out == "1 contract: all well-formed\n"
    ran = command("lint", tmp_path / "bad")
    assert ran.status == 2
    assert "b.contract.json:1:" in ran.err
    assert command("lint", tmp_path / "none").status == 2


def test_the_bundled_contracts_are_well_formed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pytest-spotify lint contracts` accepts what we ship."""
    monkeypatch.chdir(tmp_path)
    ran = command("lint", bundled_contracts_dir())

    assert (ran.status, ran.err) == (0, "")


@pytest.mark.slow
def test_no_bundled_contract_is_weak(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside our recordings `pytest-spotify lint contracts` finds no contract that accepts broken copies."""
    monkeypatch.chdir(bundled_contracts_dir().parent)
    ran = command("lint")

    assert (ran.status, ran.err) == (0, "")


def test_lint_prints_what_a_short_schema_means(command: Command, tmp_path: Path) -> None:
    """References are resolved, objects closed, our own keywords plain, for the access that is named."""
    folder = bundled_contracts_dir() / "schemas"

    page = json.loads(command("lint", "--expand", f"{folder}/saved-show.schema.json#/$defs/page").out)
    assert "next" in page["required"]
    assert page["additionalProperties"] is False
    show = page["properties"]["items"]["items"]["then"]["properties"]["show"]
    assert show["properties"]["publisher"] == {
        "type": "string",
        "x-access": ["development-older", "extended"],
    }
    ran = command("lint", "--expand", f"{folder}/simplified-show.schema.json", "--access", "development")
    assert "publisher" not in json.loads(ran.out)["properties"]
    item = json.loads(command("lint", "--expand", f"{folder}/track-or-episode.schema.json").out)
    assert item["if"]["properties"] == {"type": {"const": "track"}}
    shared = json.loads(command("lint", "--expand", f"{folder}/common.schema.json").out)
    assert shared["count"] == {"type": "integer", "minimum": 0}


def test_lint_expands_the_schemas_of_a_contract(command: Command, tmp_path: Path) -> None:
    """By status, and of the request body, with files beside it; a schema inside itself stays a reference."""
    schema = {"type": "object", "properties": {"inner": {"$ref": "#"}, "id": {"$ref": "b.schema.json"}}}
    write(tmp_path, schema, "a.schema.json")
    write(tmp_path, {"type": "string", "x-nullable": True}, "b.schema.json")
    made = contract(
        method="PUT",
        cases=None,
        body={"content_type": "application/json", "schema": {"type": "object"}},
        responses={"200": {"body": "json", "schema": {"$ref": "a.schema.json"}}},
    )
    ran = command("lint", "--expand", write(tmp_path, made))

    assert ran.status == 0
    expanded = json.loads(ran.out)
    assert expanded["request body"] == {"type": "object"}
    properties = expanded["200"]["properties"]
    assert properties["id"] == {
        "if": {"type": "string"},
        "then": {"type": "string"},
        "else": {"type": "null"},
    }
    assert properties["inner"]["additionalProperties"] is False
    assert properties["inner"]["properties"]["inner"] == {"$ref": (tmp_path / "a.schema.json").as_uri() + "#"}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["none.schema.json"], "none.schema.json: cannot be opened: No such file"),
        (["a.schema.json#/$defs/c"], "a.schema.json has no definition #/$defs/c; it has #/$defs/b"),
        (["a.schema.json", "a.contract.json"], "leave PATHS out"),
        (["bad.schema.json"], "at /items: x-nullable: expected true or false"),
    ],
)
def test_what_cannot_be_expanded_is_refused(
    arguments: list[str], why: str, command: Command, tmp_path: Path
) -> None:
    """A line says what is missing or malformed, with status 2."""
    write(tmp_path, {"$defs": {"b": {}}}, "a.schema.json")
    write(tmp_path, {"items": {"x-nullable": 1}}, "bad.schema.json")
    ran = command("lint", "--expand", *(tmp_path / argument for argument in arguments))

    assert ran.status == 2
    assert why in ran.err
    assert command("lint", "--access", "extended").status == 2
