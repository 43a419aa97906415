"""Contract files are refused clearly where they are not well-formed."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.contracts.loader import is_contract, load_contract, load_schemas
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.contracts.schema import Engine
from pytest_spotify.errors import InvalidContract
from tests.support.contract_files import contract, write

SCHEMA_200 = {"200": {"body": "json", "schema": {"type": "object"}}}
REFUSED: dict[str, tuple[Any, str]] = {
    "unknown key": (contract(operatoin="x"), r"/operatoin: unknown key"),
    "unknown key with a slash": (contract(**{"a/b": 1}), r"/a~1b: unknown key"),
    "missing key": (contract(method=None), r"/method: missing"),
    "duplicate key": ('{"a": 1, "a": 2}', r"not JSON: duplicate key \"a\""),
    "bad JSON": ('{"$schema": "contract.schema.json",\n  oops}', r"not JSON: line 2 column 3"),
    "not an object": ("[]", "expected an object, got an array"),
    "bad method": (
        contract(method="FETCH"),
        r"/method: expected one of GET, POST, PUT, DELETE, got \"FETCH\"",
    ),
    "bad path": (contract(path="things"), r"/path: expected a string matching"),
    "bad operation": (contract(operation="Get Thing"), r"/operation: expected a string matching"),
    "access left out": (contract(access={"development": "available"}), r"/access/development-older: missing"),
    "access misspelt": (
        contract(access={**contract()["access"], "extended": "gone"}),
        r"/access/extended: expected one of available, deprecated, got \"gone\"",
    ),
    "removal without a date": (
        contract(access={**contract()["access"], "extended": {"status": "removed", "replaced_by": None}}),
        r"/access/extended/since: missing",
    ),
    "web reference": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "https://example.com/a.json"}}}),
        "leads out of",
    ),
    "file reference": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "file:///etc/passwd"}}}),
        "leads out of",
    ),
    "reference upwards": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "../../secret.schema.json"}}}),
        "leads out of",
    ),
    "absolute reference": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "/etc/passwd"}}}),
        "leads out of",
    ),
    "unknown schema of ours": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "pytest-spotify:none.schema.json"}}}),
        r"at /responses/200/schema/\$ref: pytest-spotify:none.schema.json names no schema of ours",
    ),
    "access of a property misspelt": (
        contract(
            responses={"200": {"body": "json", "schema": {"properties": {"a": {"x-access": ["extendet"]}}}}}
        ),
        r"at /responses/200/schema/properties/a: x-access: expected a list of "
        r'development, development-older, extended, got \["extendet"\]',
    ),
    "access of a property not a list": (
        contract(responses={"200": {"body": "json", "schema": {"x-access": "development-older"}}}),
        r'x-access: expected a list of .*, got "development-older"',
    ),
    **{
        f"{keyword} malformed: {value}": (
            contract(responses={"200": {"body": "json", "schema": {"items": {keyword: value}}}}),
            rf"at /responses/200/schema/items: {keyword}: expected {expected}, got ",
        )
        for keyword, expected, values in (
            ("x-any-required", "a list of two names or more", ["a", ["a"], ["a", 1]]),
            (
                "x-discriminator",
                "an object with propertyName, mapping and perhaps defaultMapping",
                [
                    "type",
                    {"propertyName": "type"},
                    {"propertyName": 1, "mapping": {"a": {}}},
                    {"propertyName": "type", "mapping": {}},
                    {"propertyName": "type", "mapping": {"a": {}}, "else": {}},
                ],
            ),
            ("x-nullable", "true or false", ["yes", None]),
            ("x-source", "a text or a list of texts", [1, [], [1]]),
        )
        for value in values
    },
    "no file name": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "a\0b.json"}}}),
        "names no file",
    ),
    "missing schema file": (
        contract(responses={"200": {"body": "json", "schema": {"$ref": "none.schema.json"}}}),
        "none.schema.json: cannot be opened: ",
    ),
    "unknown parameter in a case": (
        contract(cases={"a": {"parameters": {"id": "abc", "limt": 1}, "status": 200}}),
        r"/cases/a/parameters/limt: unknown parameter; this contract has id, limit, market",
    ),
    "path parameter left out": (
        contract(cases={"a": {"status": 200}}),
        r"/cases/a/parameters/id: missing: the path needs it",
    ),
    "status without a response": (
        contract(cases={"a": {"parameters": {"id": "abc"}, "status": 204}}),
        r"/cases/a/status: no response is written down for 204",
    ),
    "json without a schema": (contract(responses={"200": {"body": "json"}}), "needs a schema"),
    "undeclared path parameter": (contract(path="/things/{id}/{other}"), "disagree on 'other'"),
    "parameter not in the path": (contract(path="/things"), "disagree on 'id'"),
    "case of a write": (contract(method="PUT"), "only GET operations have cases"),
    "reserved case name": (contract(cases={"no-token": {"status": 200}}), r"/cases"),
    "case name not safe": (contract(cases={"A b": {"status": 200}}), r"/cases"),
    "unknown need": (
        contract(cases={"a": {"parameters": {"id": "abc"}, "status": 200, "needs": ["luck"]}}),
        r"/cases/a/needs/0: expected one of playing-track",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_contract_is_refused_in_a_line(name: str, tmp_path: Path) -> None:
    """The message names the file, the place and the fault."""
    content, why = REFUSED[name]
    path = write(tmp_path, content)

    with pytest.raises(InvalidContract, match=why) as refused:
        load_contract(path, load_schemas())

    assert str(path) in str(refused.value) or "none.schema.json" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"properties": {"a": 5}}, "at /properties/a: "),
        ({"properties": {"a": {}}, "required": 5}, "at /required: "),
        ({"properties": {"a": {"x-access": ["extended"]}}, "required": [["a"]]}, r"at /required/0: "),
        ({"allOf": 5}, "at /allOf: "),
        ({"$defs": {"a": {"properties": []}}}, r"at /\$defs/a/properties: "),
        ({"pattern": "("}, "at /pattern: "),
        ({"$ref": "#/$defs/none"}, r"/\$defs/none"),
        (
            {"x-discriminator": {"propertyName": "a", "mapping": {"b": {"required": 5}}}},
            r"at /then/required: 5 is not of type",
        ),
    ],
)
@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
def test_what_is_no_schema_is_refused_in_a_line(
    schema: Any, why: str, engine: Engine, tmp_path: Path
) -> None:
    """Lint names the file, the status, the place in the schema and the fault, whatever stands there."""
    parameters = contract()["parameters"] | {"fields": {"in": "query", "schema": {"type": "string"}}}
    path = write(
        tmp_path, contract(parameters=parameters, responses={"200": {"body": "json", "schema": schema}})
    )
    schemas = load_schemas()

    with pytest.raises(InvalidContract, match=why) as refused:
        ContractRegistry([load_contract(path, schemas)], schemas, "development", engine=engine).compile()

    assert str(refused.value).startswith(f"{path}: the schema of 200 cannot be used: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
def test_what_is_no_schema_in_a_file_beside_it_is_refused(engine: Engine, tmp_path: Path) -> None:
    """Both engines look at the files that a contract's schema refers to."""
    write(tmp_path, {"properties": {"a": {"type": "strin"}}}, "a.schema.json")
    schema = {"$ref": "a.schema.json"}
    path = write(tmp_path, contract(responses={"200": {"body": "json", "schema": schema}}))
    schemas = load_schemas()

    with pytest.raises(InvalidContract, match="at /properties/a/type: "):
        ContractRegistry([load_contract(path, schemas)], schemas, "development", engine=engine).compile()


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"a.schema.json": {"x-nullable": "yes"}},
        {"a.schema.json": {"$ref": "b.schema.json"}, "b.schema.json": {"x-nullable": "yes"}},
        {"a.schema.json": {"$ref": "b.schema.json"}, "b.schema.json": {"items": {"$ref": "c.schema.json"}}},
    ],
    ids=["missing", "malformed", "further on", "further on, and missing"],
)
def test_every_contract_that_refers_to_a_bad_schema_is_refused(files: dict[str, Any], tmp_path: Path) -> None:
    """Not the first alone: what could not be read is not known from then on."""
    for name, content in files.items():
        write(tmp_path, content, name)
    made = contract(responses={"200": {"body": "json", "schema": {"$ref": "a.schema.json"}}})
    schemas = load_schemas()
    for number in range(2):
        path = write(tmp_path, made, f"{number}.contract.json")

        with pytest.raises(InvalidContract):
            load_contract(path, schemas)


def test_a_contract_may_refer_to_schemas_beside_it(tmp_path: Path) -> None:
    """Also where they refer to each other, and to ours."""
    write(tmp_path, {"$ref": "b.schema.json#/$defs/id"}, "a.schema.json")
    write(
        tmp_path,
        {
            "$defs": {
                "id": {"$ref": "pytest-spotify:common.schema.json#/$defs/id"},
                "a": {"$ref": "a.schema.json"},
            }
        },
        "b.schema.json",
    )
    made = contract(responses={"200": {"body": "json", "schema": {"$ref": "a.schema.json"}}})
    schemas = load_schemas()
    registry = ContractRegistry([load_contract(write(tmp_path, made), schemas)], schemas, "development")
    loaded = registry.contracts["get-thing"]
    schema = loaded.responses[200].schema
    assert schema is not None

    validator = registry.validator(loaded, "200 ", schema)

    assert validator.errors("11dFghVXANMlKmJXsNCbNl") == []
    assert [fault.keyword for fault in validator.errors("short")] == ["pattern"]


FORMER = {
    "episode#/$defs/as-track": "episode#/$defs/episode-as-track",
    "episode#/$defs/ghost": "episode#/$defs/unavailable",
    "playable": "track-or-episode",
    "playable#/$defs/listed": "track-or-episode#/$defs/in-playlist",
    "playable#/$defs/playing": "track-or-episode#/$defs/in-player",
    "playback": "currently-playing-context",
    "playback#/$defs/actions": "currently-playing-context#/$defs/actions",
    "playlist-entry": "playlist-track",
    "playlist-entry#/$defs/page": "playlist-track#/$defs/page",
    "simplified-show#/$defs/ghost": "simplified-show#/$defs/unavailable",
    "simplified-track#/$defs/linked-known": "simplified-track#/$defs/linked-with-id",
    "simplified-track#/$defs/linked-unknown": "simplified-track#/$defs/linked-without-id",
    "snapshot": "playlist-snapshot",
    "track#/$defs/anywhere": "track#/$defs/base",
    "track#/$defs/playable": "track#/$defs/catalogue-or-local",
    "user": "public-user",
    "user#/$defs/adder": "public-user#/$defs/added-by",
}


def reference(name: str) -> dict[str, str]:
    file, _, pointer = name.partition("#")
    return {"$ref": f"pytest-spotify:{file}.schema.json{'#' if pointer else ''}{pointer}"}


@pytest.mark.parametrize("former", FORMER)
def test_a_schema_of_ours_is_found_by_the_name_it_had_before(former: str, tmp_path: Path) -> None:
    """A contract that names a shared schema, or a definition in one, by a former name goes on working."""
    made = contract(responses={"200": {"body": "json", "schema": reference(former)}})
    path = write(tmp_path, made)
    schemas = load_schemas()
    loaded = load_contract(path, schemas)

    assert loaded.responses[200].schema == reference(FORMER[former])
    ContractRegistry([loaded], schemas, "development").compile()


@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
def test_a_contract_with_a_keyword_of_former_versions_is_loaded(engine: Engine, tmp_path: Path) -> None:
    """`x-if-unasked`, which said what is computed now, is left out, whatever it refers to."""
    schema = {
        "if": {"required": ["a"]},
        "then": {"required": ["b"]},
        "x-if-unasked": {"$ref": "pytest-spotify:playable.schema.json#/$defs/part"},
    }
    path = write(tmp_path, contract(responses={"200": {"body": "json", "schema": schema}}))
    schemas = load_schemas()

    ContractRegistry([load_contract(path, schemas)], schemas, "development", engine=engine).compile()


@pytest.mark.parametrize(
    ("second", "claim"),
    [
        (contract(path="/others/{id}"), "at /operation: get-thing"),
        (contract(operation="get-other", path="/things/{id}"), r"at /path: GET /things/\{id\}"),
    ],
)
def test_two_contracts_for_one_operation_are_refused(
    second: dict[str, Any], claim: str, tmp_path: Path
) -> None:
    """By operation, and by method and path; the message names both files and what both claim."""
    schemas = load_schemas()
    loaded = [
        load_contract(write(tmp_path, contract(), "a.contract.json"), schemas),
        load_contract(write(tmp_path, second, "b.contract.json"), schemas),
    ]

    with pytest.raises(
        InvalidContract, match=rf"b\.contract\.json, {claim} has a contract already: .*a\.contract\.json"
    ):
        ContractRegistry(loaded, schemas, "development")


def test_contracts_of_other_projects_are_left_alone(tmp_path: Path) -> None:
    """Other tools use the suffix; ours name our schema, also where they cannot be read."""
    theirs = write(tmp_path, {"$schema": "https://example.com/pact.json"}, "a.contract.json")
    ours = write(tmp_path, contract(), "b.contract.json")
    broken = write(tmp_path, '{"$schema": "contract.schema.json"', "c.contract.json")
    no_json = write(tmp_path, "// theirs", "e.contract.json")
    no_schema = write(tmp_path, {"consumer": "shop"}, "f.contract.json")
    other = write(tmp_path, json.dumps(contract()), "d.json")

    found = [path for path in (theirs, ours, broken, other, no_json, no_schema) if is_contract(path)]
    assert found == [ours, broken]
