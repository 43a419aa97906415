"""Keywords of our own in schemas: what they mean, to both engines."""

from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.check import check_exchange
from pytest_spotify.contracts.schema import Engine
from tests.support.contract_files import contract, exchange, registry

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "type": {"type": "string", "enum": ["a", "b"]},
        "uri": {"type": "string"},
        "old": {"type": "string"},
        "new": {"type": "string"},
        "list": {"type": "array", "items": {"x-nullable": True, "type": "array", "maxItems": 1}},
    },
    "x-discriminator": {
        "propertyName": "type",
        "mapping": {
            "a": {"properties": {"uri": {"pattern": "^a:"}}, "required": ["uri"]},
            "b": {"properties": {"uri": {"pattern": "^b:"}}},
        },
        "defaultMapping": {"properties": {"uri": {"pattern": "^c:"}}},
    },
    "x-any-required": ["old", "new"],
}


@pytest.mark.parametrize("engine", ["jsonschema-rs", "jsonschema"])
@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"type": "a", "uri": "a:1", "new": ""}, []),
        ({"type": "a", "new": ""}, [("breaking", "/uri")]),
        ({"type": "b", "old": ""}, []),
        ({"type": "b", "uri": "a:1", "old": ""}, [("breaking", "/uri")]),
        ({"type": "new", "uri": "c:1", "old": "", "new": ""}, [("additive", "/type")]),
        ({"type": "new", "uri": "a:1", "new": ""}, [("breaking", "/uri"), ("additive", "/type")]),
        ({"type": "b"}, [("breaking", "/new")]),
        ({"type": "b", "new": "", "list": [None, [1]]}, []),
        (
            {"type": "b", "new": "", "list": [[1, 2], "text"]},
            [("breaking", "/list/0"), ("breaking", "/list/1")],
        ),
        ({"type": "b", "new": "", "more": 1}, [("additive", "/more")]),
    ],
)
def test_keywords_mean_what_they_stand_for(
    body: Any, found: list[tuple[str, str]], engine: Engine, tmp_path: Path
) -> None:
    """A discriminator chooses by value, one of several names is required, null is valid where allowed."""
    checked = registry(
        tmp_path, contract(responses={"200": {"body": "json", "schema": SCHEMA}}), engine=engine
    )

    assert [(each.kind, each.pointer) for each in check_exchange(exchange(body=body), checked)] == found


@pytest.mark.parametrize(
    ("fields", "body", "found"),
    [
        ("old", {}, ["/old"]),
        ("new", {}, ["/new"]),
        ("old,new", {"old": ""}, []),
        ("old,new", {}, ["/new"]),
        ("uri", {}, []),
        ("type,uri", {"type": "a"}, ["/uri"]),
        ("uri", {"uri": 1}, ["/uri"]),
        ("list", {"list": [None, "text"]}, ["/list/1"]),
    ],
)
def test_keywords_hold_of_what_was_requested(
    fields: str, body: Any, found: list[str], tmp_path: Path
) -> None:
    """With `fields`, one of the names that were requested is required, and nothing of those left out."""
    parameters = contract()["parameters"] | {"fields": {"in": "query", "schema": {"type": "string"}}}
    made = contract(parameters=parameters, responses={"200": {"body": "json", "schema": SCHEMA}})
    for engine in ("jsonschema-rs", "jsonschema"):
        checked = registry(tmp_path, made, engine=engine)
        violations = check_exchange(exchange(f"/things/abc?fields={fields}", body=body), checked)
        assert [each.pointer for each in violations if each.kind == "breaking"] == found


def test_a_reference_may_be_nullable(tmp_path: Path) -> None:
    """Null, or what the definition says; the definition itself does not become nullable."""
    schema = {
        "type": "object",
        "properties": {
            "a": {"x-nullable": True, "$ref": "thing.schema.json"},
            "b": {"$ref": "thing.schema.json"},
        },
    }
    (tmp_path / "thing.schema.json").write_text('{"type": "object", "required": ["id"]}')
    checked = registry(tmp_path, contract(responses={"200": {"body": "json", "schema": schema}}))

    def found(body: Any) -> list[str]:
        return [each.pointer for each in check_exchange(exchange(body=body), checked)]

    assert found({"a": None, "b": {"id": 1}}) == []
    assert found({"a": {}, "b": None}) == ["/a/id", "/b"]
