"""The projection: one schema file, three accesses."""

import pytest

from pytest_spotify.access import ACCESSES, parse_access
from pytest_spotify.contracts.keywords import project_for_access

ALBUM = {
    "type": "object",
    "required": ["id", "label"],
    "properties": {
        "id": {"type": "string"},
        "label": {"type": "string", "x-access": ["development-older", "extended"]},
        "properties": {"type": "object", "properties": {"label": {"type": "string"}}},
    },
}


def test_an_absent_property_is_neither_known_nor_required() -> None:
    """Under development the label is gone; what only has its name stays."""
    projected = project_for_access(ALBUM, "development")

    assert list(projected["properties"]) == ["id", "properties"]
    assert projected["required"] == ["id"]
    assert list(projected["properties"]["properties"]["properties"]) == ["label"]


@pytest.mark.parametrize("access", ["development-older", "extended"])
def test_a_present_property_stays(access: str) -> None:
    """Where the access has the property, it is known and required."""
    projected = project_for_access(ALBUM, parse_access(access))

    assert "label" in projected["properties"]
    assert projected["required"] == ["id", "label"]


def test_objects_are_closed_unless_they_say_otherwise() -> None:
    """A schema that names properties admits no others; a map says so."""
    assert project_for_access(ALBUM, "extended")["additionalProperties"] is False
    open_map = {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    assert project_for_access(open_map, "extended")["additionalProperties"] == {"type": "string"}
    assert "additionalProperties" not in project_for_access({"type": "object"}, "extended")


def test_a_condition_is_not_closed() -> None:
    """`if` only looks, and `then` only adds to the schema around it."""
    schema = {
        "type": "object",
        "properties": {"type": {"type": "string"}},
        "if": {"properties": {"type": {"const": "a"}}},
        "then": {"properties": {"b": {"type": "string", "x-access": ["extended"]}}, "required": ["b"]},
    }
    projected = project_for_access(schema, "development")

    assert "additionalProperties" not in projected["if"]
    assert projected["then"] == {"properties": {}, "required": []}


def test_the_file_s_schema_is_not_changed() -> None:
    """Three projections are made of one file."""
    before = repr(ALBUM)
    for access in ACCESSES:
        project_for_access(ALBUM, access)

    assert repr(ALBUM) == before


def test_an_unknown_access_is_refused_with_the_known_ones() -> None:
    """The message lists what may be written."""
    with pytest.raises(ValueError, match="no such access; expected one of development, development-older"):
        parse_access("dev")
