"""`pytest-spotify lint` names everything that is wrong with contract files, with its place."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.contracts.file_format import SCHEMA_FILE, SCHEMA_URL
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.formats.json_positions import Positions
from pytest_spotify.lint import Finding, lint
from tests.support.command import run
from tests.support.contract_files import contract, write

NAME = "get-thing.contract.json"
GOOD: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def responses(schema: Any) -> dict[str, Any]:
    return {"200": {"body": "json", "schema": schema}}


def property_of(schema: Any) -> dict[str, Any]:
    """Return the responses of a contract that has the schema for one property."""
    return responses(GOOD | {"properties": {"id": schema}})


def found(folder: Path, content: Any, name: str = NAME) -> list[Finding]:
    return lint([write(folder, content, name)], folder / "cassettes")


AT = "/responses/200/schema/properties/id"
ERRORS: dict[str, tuple[Any, str, str]] = {
    "unknown key": (contract(operatoin="x"), "/operatoin", "unknown key; did you mean operation?"),
    "unknown key further in": (
        contract(scopes={"anyof": ["user-read-email"]}),
        "/scopes/anyof",
        "unknown key; did you mean any_of?",
    ),
    "unknown key of a case": (
        contract(cases={"a": {"parameters": {"id": "abc"}, "status": 200, "acess": ["extended"]}}),
        "/cases/a/acess",
        "unknown key; did you mean access?",
    ),
    "unknown keyword": (
        contract(responses=property_of({"type": "integer", "minimun": 1})),
        f"{AT}/minimun",
        "unknown keyword; did you mean minimum?",
    ),
    "unknown keyword of a parameter": (
        contract(parameters={"id": {"in": "path", "schema": {"type": "string", "patern": "a"}}}),
        "/parameters/id/schema/patern",
        "unknown keyword; did you mean pattern?",
    ),
    "unknown keyword of ours": (
        contract(responses=property_of({"type": "string", "x-nulable": True})),
        f"{AT}/x-nulable",
        "unknown keyword; did you mean x-nullable?",
    ),
    "unknown type": (
        contract(responses=property_of({"type": "int"})),
        f"{AT}/type",
        'unknown type "int"; did you mean integer?',
    ),
    "unknown format": (
        contract(responses=property_of({"type": "string", "format": "datetime"})),
        f"{AT}/format",
        "unknown format; did you mean date-time?; a format is not checked: give a pattern or "
        '{"$ref": "pytest-spotify:common.schema.json#/$defs/timestamp"}',
    ),
    "format": (
        contract(responses=property_of({"type": "string", "format": "email"})),
        f"{AT}/format",
        "a format is not checked: give a pattern",
    ),
    "choice between objects": (
        contract(responses=property_of({"oneOf": [GOOD, {"type": "null"}]})),
        f"{AT}/oneOf",
        "oneOf is ruled out",
    ),
    "open objects": (
        contract(responses=property_of({"type": "object", "unevaluatedProperties": False})),
        f"{AT}/unevaluatedProperties",
        "unevaluatedProperties is ruled out",
    ),
    "no schema": (contract(responses=property_of({"required": 5})), f"{AT}/required", "cannot be used"),
    "another name": (contract(operation="get-other"), "/operation", "expected get-other.contract.json"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_is_named_with_its_place(name: str, tmp_path: Path) -> None:
    """A key, keyword, type or format that is unknown or ruled out is an error, with the nearest known."""
    content, pointer, message = ERRORS[name]
    text = json.dumps(content, indent=2)
    (finding,) = found(tmp_path, text)

    assert finding.pointer == pointer
    assert message in finding.message
    line = text.splitlines()[finding.line - 1]
    assert line[finding.column - 1 :].startswith(json.dumps(pointer.rpartition("/")[2]))


def test_all_errors_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    """The errors of the format, of schemas and of references come together, in the order of their places."""
    content = contract(
        operatoin="x", responses=property_of({"$ref": "pytest-spotify:none.schema.json", "minimun": 1})
    )
    findings = found(tmp_path, json.dumps(content, indent=1))

    assert [finding.pointer for finding in findings] == [f"{AT}/$ref", f"{AT}/minimun", "/operatoin"]
    assert findings == sorted(findings)


def test_what_is_no_json_is_named_with_line_and_column(tmp_path: Path) -> None:
    """A text that is no JSON, and a key that comes twice, are named where they stand."""
    cut = found(tmp_path, '{"$schema": "contract.schema.json",\n  oops}')
    twice = found(tmp_path, '{"$schema": "contract.schema.json",\n "a": 1,\n "a": 2}')

    assert [(each.line, each.column) for each in cut + twice] == [(2, 3), (3, 2)]


def test_errors_in_a_schema_file_of_the_project_are_named_there(tmp_path: Path) -> None:
    """A schema file beside the contract is checked with it, and its errors bear its own path."""
    write(tmp_path, {"type": "string", "patern": "a"}, "id.schema.json")
    (finding,) = found(tmp_path, contract(responses=property_of({"$ref": "id.schema.json"})))

    assert (finding.path.name, finding.pointer) == ("id.schema.json", "/patern")


@pytest.mark.parametrize(
    ("schema", "accepts"),
    [
        ({"type": "object"}, "{}, which says nothing"),
        ({"type": "object", "properties": {"id": {"type": "string"}}}, "{}, which says nothing"),
        (
            {"type": "object", "properties": {"error": {"type": "object"}}, "minProperties": 1},
            "an error object with status 200",
        ),
    ],
)
def test_a_weak_contract_is_named(schema: Any, accepts: str, tmp_path: Path) -> None:
    """A schema that accepts {}, or an error object with status 200, notices no break."""
    (finding,) = found(tmp_path, contract(responses=responses(schema)))

    assert (finding.level, finding.pointer) == ("weak", "/responses/200/schema")
    assert accepts in finding.message


def test_a_contract_that_accepts_broken_copies_of_its_recordings_is_weak(tmp_path: Path) -> None:
    """More than 5 % of the broken copies accepted is weak; the bundled contract accepts fewer of the same."""
    ours = bundled_contracts_dir()
    folder = tmp_path / "contracts" / "tracks"
    content = json.loads((ours / "tracks/get-track.contract.json").read_text(encoding="utf-8"))
    good = write(folder, content, "get-track.contract.json")
    cassettes = ours.parent / "cassettes"
    assert lint([good], cassettes) == []

    content["responses"] = responses({"type": "object", "required": ["id"], "additionalProperties": True})
    (finding,) = lint([write(folder, content, "get-track.contract.json")], cassettes)

    assert finding.level == "weak"
    assert "broken copies of its own recordings (development)" in finding.message


def test_the_command_tells_weak_from_wrong(tmp_path: Path) -> None:
    """Exit status 0 where nothing is wrong, 1 for a weak contract, 2 for an error; findings go to stderr."""
    outcomes = {}
    for name, changes in {
        "good": {},
        "weak": {"responses": responses({"type": "object"})},
        "wrong": {"operatoin": 1},
    }.items():
        write(tmp_path / name, contract(**changes), NAME)
        ran = run("lint", tmp_path / name)
        outcomes[name] = ran.status
        assert (f"{tmp_path / name / NAME}:1:" in ran.err) == (name != "good")

    assert outcomes == {"good": 0, "weak": 1, "wrong": 2}


def test_a_file_without_schema_is_named_with_the_line_to_add(tmp_path: Path) -> None:
    """A *.contract.json that has no `$schema` is told what it lacks; another project's is left alone."""
    write(tmp_path, {key: value for key, value in contract().items() if key != "$schema"}, NAME)
    write(tmp_path, {"$schema": "https://example.org/pact.json"}, "other.contract.json")
    ran = run("lint", tmp_path)

    assert ran.status == 2
    assert f'"$schema": "{SCHEMA_URL}",' in ran.err
    assert "other.contract.json" not in ran.err


def test_the_schema_of_the_format_has_an_address_and_a_path() -> None:
    """Its `$id` is its address in the documentation, and `lint --schema` prints where it lies."""
    printed = run("lint", "--schema").out.strip()

    assert Path(printed) == SCHEMA_FILE
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["$id"] == SCHEMA_URL


def test_positions_of_values() -> None:
    """A member is placed at its key, an element at its value, and what is missing where it would be."""
    positions = Positions(' {"a": [1, {"b": "x,]"}, []],\n"c": {}, "d":\t-1.5e3}')

    assert {
        path: positions.of(path) for path in ((), ("a",), ("a", 1, "b"), ("a", 2), ("c",), ("d",), ("c", "e"))
    } == {
        (): (1, 2),
        ("a",): (1, 3),
        ("a", 1, "b"): (1, 13),
        ("a", 2): (1, 26),
        ("c",): (2, 1),
        ("d",): (2, 10),
        ("c", "e"): (2, 1),
    }
