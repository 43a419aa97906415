"""Both engines give the same faults, in the same words."""

from typing import Any

import pytest

from pytest_spotify.contracts.schema import Engine, Resources, SchemaError, compile_schema, to_pointer

ENGINES: list[Engine] = ["jsonschema-rs", "jsonschema"]
SHARED = {
    "pytest-spotify:thing.schema.json": {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"$ref": "#/$defs/id"}},
        "additionalProperties": False,
        "$defs": {"id": {"type": "string", "pattern": "^[a-z]+$"}},
    }
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["a", "b", "type"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {"type": "integer"}},
    "properties": {
        "a": {"type": ["string", "null"], "pattern": "^[a-z]{2}$", "maxLength": 5},
        "b": {"type": "integer", "minimum": 1, "maximum": 5},
        "type": {"type": "string", "enum": ["p", "q"]},
        "list": {"type": "array", "maxItems": 2, "items": {"$ref": "pytest-spotify:thing.schema.json"}},
        "c": {"const": "track"},
        "m/n~": {"type": "boolean"},
    },
    "if": {"properties": {"type": {"const": "p"}}, "required": ["type"]},
    "dependentRequired": {"m/n~": ["a", "b"], "x-y": ["b", "c"]},
    "then": {"required": ["c"]},
    "else": {"properties": {"b": {"multipleOf": 2}}},
}
INSTANCES: list[Any] = [
    {"a": "ab", "b": 1, "type": "p", "c": "track"},
    {"a": "ab\n", "b": 9, "type": "p", "c": "episode", "zz": 1, "yy": {}},
    {"a": 5, "b": "1", "type": "r"},
    {"a": None, "b": 2.0, "type": "q", "list": [{"id": "x"}, {"id": "X", "more": 1}, {}]},
    {"a": "abcdefg", "b": 0, "type": "q", "m/n~": "no", "x-y": "text"},
    {"a": "ab", "b": True, "type": 7},
    {"m/n~": True, "x-y": 1, "type": "q"},
    [],
    "text",
    None,
    12345678901234567890123,
]


@pytest.mark.parametrize("instance", INSTANCES)
def test_engines_agree(instance: Any) -> None:
    """The same pointers, keywords and values come out of both engines, in the same order."""
    fast, reference = (
        compile_schema(SCHEMA, Resources(SHARED), engine=engine).errors(instance) for engine in ENGINES
    )

    assert [(f.pointer, f.keyword, f.keyword_value) for f in reference] == [
        (f.pointer, f.keyword, f.keyword_value) for f in fast
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_faults_name_place_keyword_and_value(engine: Engine) -> None:
    """One fault a missing or unexpected property, with its name; pointers are escaped (RFC 6901)."""
    faults = compile_schema(SCHEMA, Resources(SHARED), engine=engine).errors(
        {"a": "ab", "type": "q", "m/n~": 1, "zz": 0, "yy": 0}
    )

    assert [(f.pointer, f.keyword, f.keyword_value) for f in faults] == [
        ("", "additionalProperties", "yy"),
        ("", "additionalProperties", "zz"),
        ("", "required", "b"),
        ("/m~1n~0", "type", ["boolean"]),
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reference", ["https://example.com/x", "file:///etc/passwd", "pytest-spotify:other"])
def test_nothing_but_the_resources_is_looked_up(engine: Engine, reference: str) -> None:
    """A reference to anything else is refused when the schema is compiled, and never fetched."""
    with pytest.raises(ValueError, match=r"other|example|passwd"):
        compile_schema({"properties": {"a": {"$ref": reference}}}, Resources(SHARED), engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_last_newline_does_not_match_the_end(engine: Engine) -> None:
    """`$` is the end of the text in ECMA-262; Python's `re` would let a line feed pass."""
    validator = compile_schema({"type": "string", "pattern": "^a$|^b$"}, Resources({}), engine=engine)

    assert validator.errors("a") == []
    assert [fault.keyword for fault in validator.errors("a\n")] == ["pattern"]


def test_pointer_of_the_root_is_empty() -> None:
    """RFC 6901 section 5."""
    assert to_pointer([]) == ""
    assert to_pointer(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"


def test_a_fault_is_a_value() -> None:
    """Equal faults are equal."""
    assert SchemaError(pointer="", keyword="type", keyword_value="x", instance=1) == SchemaError(
        pointer="", keyword="type", keyword_value="x", instance=1
    )
