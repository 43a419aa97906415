"""The schema files that we ship: flat enough to read, and each says what it admits."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pytest_spotify
from pytest_spotify.contracts.loader import bundled_contracts_dir

FILES = sorted((bundled_contracts_dir() / "schemas").glob("*.schema.json"))
CONDITIONAL = {"if", "then", "else", "mapping", "defaultMapping"}
SOURCE = re.compile(
    r"[\w.-]+/[\w.-]+([# ,].+)?|[a-z]+-2026[ -](changelog|migration-guide)|documentation of [a-z-]+"
)

files = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.removesuffix(".schema.json"))


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def schemas(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every object in a file, with the keys that lead to it."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from schemas(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from schemas(inner, path)


@files
def test_a_schema_file_is_not_nested_deeply(path: Path) -> None:
    """No file has more than six levels of objects and arrays: what is deeper gets a name in `$defs`."""
    assert depth(json.loads(path.read_bytes())) <= 6


@files
def test_a_schema_is_flat(path: Path) -> None:
    """No file combines objects, which would hide which of them a field broke (ADR 0002)."""
    keys = {key for _, schema in schemas(json.loads(path.read_bytes())) for key in schema}
    assert keys.isdisjoint({"allOf", "anyOf", "oneOf", "not", "unevaluatedProperties"})


@files
def test_what_only_adds_to_a_schema_says_so(path: Path) -> None:
    """What has properties and no type of its own is open, or a branch: closed, it would refuse all others."""
    for keys, schema in schemas(json.loads(path.read_bytes())):
        named = isinstance(schema.get("properties"), dict) and keys[-1:] not in (("properties",), ("$defs",))
        if named and "type" not in schema and CONDITIONAL.isdisjoint(keys[-2:]):
            assert schema.get("additionalProperties") is True, "/".join(keys)


@files
def test_a_source_can_be_looked_up(path: Path) -> None:
    """`x-source` names a repository's issue or file, a changelog or a page of the documentation."""
    for keys, schema in schemas(json.loads(path.read_bytes())):
        named = schema.get("x-source", [])
        for source in [named] if isinstance(named, str) else named:
            assert SOURCE.fullmatch(source), ("/".join(keys), source)


@files
def test_every_reference_is_a_short_one(path: Path) -> None:
    """Files name each other by file name alone, as editors resolve it."""
    text = path.read_text(encoding="utf-8")
    for reference in re.findall(r'"\$ref": "([^"#]*)', text):
        assert reference == "" or (path.parent / reference) in FILES


def test_the_names_that_a_case_may_use_are_documented() -> None:
    """docs/contracts.md lists what an account can be asked for, all of it and nothing else."""
    definitions = json.loads((Path(pytest_spotify.__file__).parent / "contract.schema.json").read_bytes())[
        "$defs"
    ]
    needs = definitions["case"]["properties"]["needs"]["items"]["enum"]
    values = definitions["value"]["then"]["properties"]["account"]["enum"]
    text = (Path(__file__).parents[2] / "docs/contracts.md").read_text(encoding="utf-8")
    listed = text.split("A case `needs`")[1].split("\n\n")[0]

    assert re.findall(r"`([a-z-]+)`", listed) == [*needs, *values]
