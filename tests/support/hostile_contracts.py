"""Hostile contract files: what is none, wrong at each place, and well-formed with a hostile meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.contract_files import contract
from tests.support.hostile_files import (
    EVIL,
    EVIL_LINES,
    MB,
    NAMES,
    SPECIAL,
    Content,
    Make,
    encoded,
    file_of,
    malformed_json,
    named,
    places,
    replaced,
    wrapped,
)

CONTRACT: dict[str, Any] = contract(
    scopes={"all_of": ["user-read-email"], "note": "x"},
    notes=["x"],
    body={"content_type": "application/json", "required": False, "schema": {"type": "object"}},
    consistency={"id": "x"},
    cases={"thing": {"parameters": {"id": "abc"}, "status": 200, "access": ["extended"], "needs": ["queue"]}},
)
WRONG = (7.5, [[[]]], {"evil": {}}, True, EVIL, -4, [EVIL], {EVIL: EVIL}, "", None)
SCHEMA = "responses 200 schema"


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


def changed(place: str, value: object) -> bytes:
    """Return a contract with another value at a place."""
    return as_json(replaced(CONTRACT, place, value))


def schema(value: object) -> bytes:
    """Return a contract whose response has a schema."""
    return as_json(contract(responses={"200": {"body": "json", "schema": value}}))


def _nested(levels: int, keyword: str = "items") -> Any:
    value: Any = {}
    for _ in range(levels):
        value = {keyword: {"evil": value} if keyword == "properties" else value}
    return value


def _reference(number: int) -> dict[str, str]:
    return {"$ref": f"#/$defs/d{number}"}


def _doubled(levels: int) -> Any:
    """Return definitions each of which has the next twice: written out, they double and double."""
    two = {f"d{n}": {"properties": dict.fromkeys("ab", _reference(n + 1))} for n in range(levels)}
    return {"$ref": "evil.schema.json#/$defs/d0"}, {"$defs": {**two, f"d{levels}": {"type": "string"}}}


def with_schema_file(value: object, document: object) -> Make:
    """Return the maker of a contract that refers to a schema file beside it."""

    def make(path: Path) -> Path:
        path.with_name("evil.schema.json").write_bytes(as_json(document))
        path.write_bytes(schema(value))
        return path

    return make


def referring_to(other: Make) -> Make:
    """Return the maker of a contract that refers to something hostile beside it."""

    def make(path: Path) -> Path:
        other(path.with_name("evil.schema.json"))
        path.write_bytes(schema({"$ref": "evil.schema.json"}))
        return path

    return make


def _circle_of_files(path: Path) -> Path:
    for number in range(20):
        document = {"properties": {"a": {"$ref": f"f{(number + 1) % 20}.schema.json"}}}
        path.with_name(f"f{number}.schema.json").write_bytes(as_json(document))
    path.write_bytes(schema({"$ref": "f0.schema.json"}))
    return path


def _chain_of_files(path: Path) -> Path:
    for number in range(300):
        document = {"properties": {"a": {"$ref": f"f{number + 1}.schema.json"}}} if number < 299 else {}
        path.with_name(f"f{number}.schema.json").write_bytes(as_json(document))
    path.write_bytes(schema({"$ref": "f0.schema.json"}))
    return path


def _copies(path: Path) -> Path:
    for number in range(50):
        path.with_name(f"{number}.contract.json").write_bytes(as_json(contract()))
    return path.parent


SCHEMAS: dict[str, object] = {
    "hostile keyword": {EVIL: 1},
    "hostile name of a property": {"properties": {EVIL: {"type": EVIL}}},
    "hostile type": {"type": EVIL},
    "hostile format": {"format": EVIL},
    "hostile pattern": {"pattern": "(" + EVIL},
    "hostile choice": {"enum": [EVIL, EVIL]},
    "hostile reference": {"$ref": EVIL_LINES},
    "hostile name in a reference": {"$ref": "#/" + EVIL_LINES},
    "hostile anchor": {"$anchor": EVIL, "$ref": "#" + EVIL_LINES},
    "hostile address of its own": {"$id": "https://example.com/" + EVIL_LINES},
    "hostile source": {"x-source": {EVIL: EVIL}},
    "hostile access": {"properties": {"a": {"x-access": [EVIL]}}},
    "hostile keyword of ours": {"x-" + EVIL: 1},
    "hostile discriminator": {"x-discriminator": {"propertyName": EVIL, "mapping": {EVIL: {EVIL: 1}}}},
    "discriminator without a mapping": {"x-discriminator": {"propertyName": "a"}},
    "discriminator that is a list": {"x-discriminator": []},
    "discriminator of a mapping that is none": {"x-discriminator": {"propertyName": "a", "mapping": 5}},
    "names of which one is required and none a name": {"x-any-required": [1, 2]},
    "null that is no truth": {"x-nullable": "yes"},
    "patterns that are none": {"x-undocumented": 7},
    "type that is a number": {"type": 7},
    "type that is a list of lists": {"type": [["string"]]},
    "type that is an object": {"type": {"evil": 1}},
    "no types": {"type": []},
    "properties that are a list": {"properties": ["a"]},
    "properties that are a text": {"properties": EVIL},
    "property that is a text": {"properties": {"a": "string"}},
    "property that is null": {"properties": {"a": None}},
    "required that is a text": {"required": "a"},
    "required that is a list of objects": {"properties": {"a": {}}, "required": [{"a": 1}]},
    "items that are a list": {"items": [{}, {}]},
    "items that are a text": {"items": EVIL},
    "choice that is a text": {"enum": "a"},
    "choice of nothing": {"enum": []},
    "choice of nested objects": {"enum": [{"a": [{"b": {}}]}]},
    "pattern that is a number": {"pattern": 7},
    "smallest that is a text": {"minimum": "7"},
    "smallest that is huge": {"minimum": 10**300, "multipleOf": 10**300},
    "largest that is infinite": {"maximum": 1.7e308, "exclusiveMaximum": -1.7e308},
    "multiple of nothing": {"multipleOf": 0},
    "multiple of next to nothing": {"multipleOf": 1e-300},
    "length that is negative": {"minLength": -1},
    "length that is a fraction": {"maxLength": 1.5},
    "length beyond all": {"minLength": 2**70, "maxItems": 2**70},
    "definitions that are a list": {"$defs": []},
    "reference that is a number": {"$ref": 7},
    "reference that is an object": {"$ref": {"$ref": "#"}},
    "reference to itself": {"$ref": "#"},
    "reference in a circle": {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
    "reference through null": {"$ref": "#/properties/a/x", "properties": {"a": None}},
    "reference with a long way": {"$ref": "#" + "/a" * 20_000},
    "schema of another draft": {"$schema": "http://json-schema.org/draft-03/schema#", "disallow": "any"},
    "schema with a vocabulary": {"$vocabulary": {"https://evil": True}, "$dynamicRef": "#evil"},
    "conditions that are texts": {"if": "a", "then": "b", "else": "c"},
    "alternatives that are none": {"anyOf": {}, "oneOf": 7, "allOf": "x"},
    "no alternatives": {"anyOf": [], "allOf": []},
    "names by a hostile pattern": {"patternProperties": {"(" + EVIL: {}}},
    "dependents that are texts": {"dependentRequired": {"a": "b"}, "dependentSchemas": {"a": "b"}},
    "names that are no schema": {"propertyNames": 7},
    "true": True,
    "false": False,
    "null": None,
    "a list": [],
    "a text": EVIL,
    "items 60 deep": _nested(55),
    "properties 300 deep": _nested(300, "properties"),
    "not 200 deep": _nested(200, "not"),
    "5,000 properties": {"properties": {f"e{n}": {"type": "string"} for n in range(5_000)}},
    "20,000 choices": {"enum": list(range(20_000))},
    "5,000 alternatives": {"anyOf": [{"const": n} for n in range(5_000)]},
    "2,000 wrong types": {"properties": {f"e{n}": {"type": "evil"} for n in range(2_000)}},
    "2,000 hostile keywords": {f"::error::evil{n}": 1 for n in range(2_000)},
    "2,000 references to nothing": {"properties": {f"e{n}": {"$ref": f"e{n}.json"} for n in range(2_000)}},
    "description of 200 kB": {"description": "::error::evil\n" * 14_000},
    "pattern of 200 kB": {"pattern": "(a|b)*" * 30_000},
    "keyword of 200 kB": {"e" * 200_000: 1},
}
_EXPANDING = {f"definitions doubled {levels} times": _doubled(levels) for levels in (12, 30, 1000)}
_FILES: dict[str, Content] = {
    **{f"schema: {name}": schema(value) for name, value in SCHEMAS.items()},
    "300,000 cases": lambda: changed("cases", {f"c{n}": {"status": 200} for n in range(300_000)}),
    "5,000 cases": changed("cases", {f"c{n}": {"status": 200} for n in range(5_000)}),
    "5,000 parameters": changed("parameters", {f"{'e' * n}": {} for n in range(1, 600)}),
    "600 answers": changed("responses", {str(n): {"body": "any"} for n in range(1000)}),
    "path of 10,000 parameters": changed("path", "/{a}" * 10_000),
    "path of patterns": changed("path", "/(a+)+$/[/*"),
    "path that leads out": changed("path", "/../../evil"),
    "name that leads out": changed("operation", "../../evil"),
    "method of another world": changed("method", "TRACE\r\nX: evil"),
    "address of a script": changed("docs", "javascript:evil()"),
    "date that is none": changed(
        "access development", {"status": "removed", "since": "9999-99-99", "replaced_by": None}
    ),
    "status of a body that is none": changed("responses", {"200": {"body": "json"}}),
    "status as a word": changed("responses", {"::error::evil": {"body": "any"}}),
    "hostile name of a case": changed("cases", {EVIL: {"status": 200}}),
    "hostile name of a parameter": changed("parameters", {EVIL: {"in": "query", "schema": {}}}),
    "hostile key": as_json(CONTRACT | {EVIL: EVIL}),
    "schema of another project": as_json({"$schema": "https://evil/contract.schema.json", "x": EVIL}),
    "no schema": as_json({EVIL: EVIL}),
    "size of 256 KiB": as_json(CONTRACT).ljust(MB // 4),
    "size of 60 MB": lambda: as_json(CONTRACT).ljust(60 * MB),
}


def _contents(contents: dict[str, Content]) -> dict[str, Make]:
    return {name: file_of(content) for name, content in contents.items()}


def _wrong_types() -> dict[str, Content]:
    found = enumerate(places(CONTRACT))
    return {f"wrong {place}": changed(place, WRONG[number % len(WRONG)]) for number, place in found}


CONTRACTS: dict[str, Make] = {
    **SPECIAL,
    **{f"name of {name}": named(file, as_json(CONTRACT)) for name, file in NAMES.items()},
    **{f"in {name}": make for name, make in _contents(encoded(json.dumps(CONTRACT))).items()},
    **{f"{name} file": make for name, make in _contents(wrapped(as_json(CONTRACT))).items()},
    **{f"JSON: {name}": make for name, make in _contents(malformed_json(json.dumps(CONTRACT))).items()},
    **_contents(_wrong_types()),
    **_contents(_FILES),
    **{name: with_schema_file(*parts) for name, parts in _EXPANDING.items()},
    **{f"reference to {name}": referring_to(make) for name, make in SPECIAL.items() if "folder" not in name},
    "reference to 60 MB": referring_to(file_of(lambda: b" " * (60 * MB))),
    "reference to what is no JSON": referring_to(file_of(b"{")),
    "reference to a list": referring_to(file_of(b"[]")),
    "references in a circle of files": _circle_of_files,
    "references through 300 files": _chain_of_files,
    "fifty copies": _copies,
}
