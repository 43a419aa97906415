"""Our contracts hold what is publicly known of the 96 operations: `operations.json` says it in one table.

The table is written from Spotify's reference, the OpenAPI file and the changelogs, not from the contracts:
an operation forgotten, or one whose contract says otherwise, shows here. Beside what every row has
stand `scopes`, `premium`, what replaces an operation that development mode lacks, the parameters of the
`query` and the fields of the `body`. What differs by access has the order of `ACCESSES`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.access import ACCESSES
from pytest_spotify.contracts.loader import bundled_contracts_dir, contract_files
from pytest_spotify.contracts.registry import bundled

DOCS = "https://developer.spotify.com/documentation/web-api/reference/"
TABLE: list[dict[str, Any]] = json.loads(Path(__file__).with_name("operations.json").read_bytes())
FILES = {path: json.loads(path.read_bytes()) for path in contract_files(bundled_contracts_dir())}
CONTRACTS = {content["operation"]: content for content in FILES.values()}

# Examples of Spotify's own documentation, and what stands for an unknown and a malformed id.
PUBLIC_IDS = {
    *("4aawyAB9vmqN3uQ7FjRGTy", "382ObEPsp2rxGrnsizN5TX", "1A2GTWGtFfWp7KSQTwWOyo", "0tGPJ0bkWOUmH7MEOR77qc"),
    *("0TnOYISbd1XYRBk9myaseg", "2CIMQHirSU0MQqyYHq0eOx", "57dN52uHvrHOxijzpIgu3E", "1vCWHaC5f2uS3yhpwWbIA6"),
    *("11dFghVXANMlKmJXsNCbNl", "7ouMYWpwJ422jRcDASZB7P", "4VqPOruhp5EdPBeR92t6lQ", "2takcwOaAZWiXQijPHIx7B"),
    *("38bS44xjbVVZ3No3ByF1dJ", "5CfCWKI5pZ28U0uOzXkDHe", "512ojhOuo1ktJprKbVcKyQ", "0Q86acNRm6V9GYx55SXKwf"),
    *("7iHfbu1YPACw6oZPAFJtqe", "1HGw3J3NxZO1TP1BTtVhpZ", "0D5wENdkdwbqlrHoaJ9g29", "0IsXVP0JmcB2adSE338GkK"),
    *("3ZXb8FKZGU0EHALYX6uCzU", "3cEYpjA9oz9GiPac4AsH4n", "0JQ5DAqbMKFRY5ok2pxXJ0", "0000000000000000000000"),
}


def test_no_operation_is_forgotten_and_none_is_made_up() -> None:
    """There is one contract for each of the 96 operations, and no other."""
    assert len(TABLE) == 96
    assert sorted(row["operation"] for row in TABLE) == sorted(
        content["operation"] for content in FILES.values()
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["operation"])
def test_a_contract_says_what_the_table_says(row: dict[str, Any]) -> None:
    """Method, path, token, scopes, premium and the three accesses are as publicly known."""
    content = CONTRACTS[row["operation"]]
    removed = [name for name, status in zip(ACCESSES, row["access"], strict=True) if status == "removed"]
    scopes = content.get("scopes", {})

    assert (row["method"], row["path"], row["token"]) == (
        content["method"],
        content["path"],
        content["token"],
    )
    assert row.get("scopes", {}) == {kind: names for kind, names in scopes.items() if kind != "note"}
    assert row.get("premium", False) == content.get("premium", False)
    assert dict(zip(ACCESSES, row["access"], strict=True)) == {
        name: value if isinstance(value, str) else value["status"]
        for name, value in content["access"].items()
    }
    for name in removed:
        assert row["removed_since"] == content["access"][name]["since"]
        if name == "development":
            assert row["replaced_by"] == content["access"][name]["replaced_by"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["operation"])
def test_a_contract_takes_what_the_table_says(row: dict[str, Any]) -> None:
    """Parameters and body fields are as publicly known: type, range, default, and whether they must be."""
    parameters = CONTRACTS[row["operation"]].get("parameters", {})
    query = {name: each for name, each in parameters.items() if each["in"] == "query"}
    body = CONTRACTS[row["operation"]].get("body")

    assert set(re.findall(r"{(\w+)}", row["path"])) == {
        name for name, each in parameters.items() if (each["in"], each.get("required")) == ("path", True)
    }
    for index, access in enumerate(ACCESSES):
        assert {
            name: text if isinstance(text, str) else text[index]
            for name, text in row.get("query", {}).items()
        } == {
            name: _in_words(
                each.get("access", {}).get(access, each["schema"]), required=each.get("required", False)
            )
            for name, each in query.items()
        }
    assert ("body" in row) == (body is not None)
    if body is not None:
        fields, required = body["schema"].get("properties", {}), body["schema"].get("required", ())
        assert row["body"].get("fields", {}) == {
            name: _in_words(schema, required=name in required) for name, schema in fields.items()
        }
        assert row["body"]["type"] == body["content_type"]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["operation"])
def test_a_contract_lies_where_it_is_looked_for(row: dict[str, Any]) -> None:
    """The folder is the group of Spotify's reference, the file's name and its link the operation."""
    [path] = [path for path, content in FILES.items() if content["operation"] == row["operation"]]

    assert (
        f"{row['group']}/{row['operation']}.contract.json"
        == path.relative_to(bundled_contracts_dir()).as_posix()
    )
    assert DOCS + row["operation"] == FILES[path]["docs"]


@pytest.mark.parametrize("operation", sorted(CONTRACTS))
def test_what_replaces_an_operation_is_there(operation: str) -> None:
    """A replacement named for an access is an operation that the access has."""
    for access, value in CONTRACTS[operation]["access"].items():
        if isinstance(value, str) or value["replaced_by"] is None:
            continue
        replacements = [
            content
            for content in CONTRACTS.values()
            if f"{content['method']} {content['path']}" == value["replaced_by"]
        ]
        assert [content["access"][access] for content in replacements] == ["available"]


def test_every_read_has_cases_and_no_write_does() -> None:
    """Each GET makes requests of its own; what changes an account never does so as a case."""
    for operation, content in CONTRACTS.items():
        assert (content["method"] == "GET") == bool(content.get("cases")), operation


def test_a_run_in_development_mode_stays_small() -> None:
    """Quota is scarce there: at most 138 requests with a token, `refused` cases among them."""
    requests = Counter[bool]()
    for content in CONTRACTS.values():
        if content["method"] != "GET":
            continue
        removed = not isinstance(content["access"]["development"], str)
        cases = [c for c in content["cases"].values() if "development" in c.get("access", ACCESSES)]
        requests[removed] += 1 if removed else len(cases)

    assert requests.total() <= 138


def test_cases_name_public_ids_only() -> None:
    """A case holds no id but those of Spotify's documentation: what an account has is found when run."""
    found = {
        part
        for content in CONTRACTS.values()
        for case in content.get("cases", {}).values()
        for value in _texts(case.get("parameters", {}))
        for part in re.findall(r"(?<![0-9A-Za-z])[0-9A-Za-z]{22}(?![0-9A-Za-z])", value)
    }

    assert found <= PUBLIC_IDS


@pytest.mark.parametrize("access", ACCESSES)
def test_every_schema_compiles(access: Any) -> None:
    """No contract refers to a schema, or to a part of one, that is not there."""
    registry = bundled(access)
    for contract in registry.contracts.values():
        for name, parameter in contract.parameters.items():
            registry.validator(contract, f"parameter {name}", parameter.schema_for(access))
        if contract.body is not None:
            registry.validator(contract, "request body", contract.body.schema)
        for status, rule in contract.responses.items():
            further = [schema for by_value in rule.by_parameter.values() for schema in by_value.values()]
            for index, schema in enumerate(filter(None, [rule.schema, *further])):
                registry.validator(contract, f"{status} {index}", schema)


def _in_words(schema: dict[str, Any], *, required: bool) -> str:
    """Write a schema as the table does: `integer 1..50 = 20`, `list up to 20, required`."""
    if "$ref" in schema:
        words = "market" if schema["$ref"].endswith("/market") else "string"
    elif schema["type"] == "array":
        choices = schema["items"].get("enum")
        words = "list" + (f" of {'|'.join(sorted(choices))}" if choices else "")
        words += f" up to {schema['maxItems']}" if "maxItems" in schema else ""
    elif "enum" in schema:
        words = f"one of {'|'.join(sorted(schema['enum']))}"
    else:
        low, high = schema.get("minimum", ""), schema.get("maximum", "")
        words = schema["type"] + (f" {low}..{high}" if (low, high) != ("", "") else "")
    words += f" = {schema['default']}" if "default" in schema else ""
    return words + (", required" if required else "")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
