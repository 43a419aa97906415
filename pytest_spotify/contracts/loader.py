"""Contract files and schema files into values, refusing what is not well-formed.

Reads files and nothing else: no reference ever leaves the folder of the contract or our own schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pytest_spotify.contracts import Contract, ResponseRule, parse_contract, parse_response
from pytest_spotify.contracts.file_format import (
    SUFFIX,
    by_suffix,
    format_errors,
    may_name_format,
    names_format,
)
from pytest_spotify.contracts.keywords import annotation_error
from pytest_spotify.contracts.messages import shorten_value
from pytest_spotify.contracts.references import SCHEMA_URI_PREFIX, Schema, current_reference
from pytest_spotify.contracts.schema import to_pointer
from pytest_spotify.errors import InvalidContract, UnreadableFile
from pytest_spotify.files import read_bytes, real_path
from pytest_spotify.formats import strict_json

_MAX_BYTES = 256 * 1024  # of our own contracts and schemas the largest has 10 kB
_PACKAGE = Path(__file__).parents[1]
_Refuse = Callable[[InvalidContract], None]
_At = tuple[str | int, ...]  # the way from the root of a file to a value in it


def bundled_contracts_dir() -> Path:
    """Return the folder of our own contracts: in the wheel, or beside the package in a checkout."""
    inside = _PACKAGE / "data" / "contracts"
    return inside if inside.is_dir() else _PACKAGE.parent / "contracts"


def contract_files(folder: Path) -> Iterator[Path]:
    """Yield the contract files below a folder, sorted."""
    yield from filter(is_contract, by_suffix(folder))


def project_contracts(root: Path) -> list[Path]:
    """Return the contract files in the folder `contracts` of a project, but those that are bundled."""
    bundled = bundled_contracts_dir().resolve()
    files = (real_path(path) for path in contract_files(root / "contracts"))
    return [path for path in files if not path.is_relative_to(bundled)]


def is_contract(path: Path) -> bool:
    """Return True if a file means to be a contract of ours: other projects use the suffix too.

    One that cannot be read as JSON is ours where it names our schema, so that its author is told.
    """
    if not path.name.endswith(SUFFIX):
        return False
    try:
        data = read_bytes(path, limit=_MAX_BYTES)
    except UnreadableFile:
        return True
    try:
        content = strict_json.loads(data)
    except strict_json.NotStrictJSONError:
        return may_name_format(data)
    return isinstance(content, dict) and names_format(content.get("$schema"))


def lacks_schema(path: Path) -> bool:
    """Return True if a file has a contract's suffix and no `$schema`: it may be meant as a contract."""
    try:
        return path.name.endswith(SUFFIX) and "$schema" not in read_object(path)
    except InvalidContract:
        return False


def load_contract(path: Path, schemas: dict[str, Schema]) -> Contract:
    """Return the contract in a file; schemas that it refers to by path are added to `schemas`.

    Raises InvalidContract, naming file, place and fault.
    """
    contract, errors = read_contract(path, schemas)
    if contract is None:
        raise errors[0]
    return contract


def read_contract(
    path: Path, schemas: dict[str, Schema]
) -> tuple[Contract, list[InvalidContract]] | tuple[None, list[InvalidContract]]:
    """Return the contract in a file, or None and every error for which it cannot be used."""
    try:
        content = read_object(path)
    except InvalidContract as error:
        return None, [error]
    errors = [InvalidContract(path, message, pointer) for pointer, message in format_errors(content)]
    is_readable = not errors
    _make_absolute(content, path, schemas, errors.append)
    if not is_readable:
        return None, errors
    contract = parse_contract(content, path)
    errors += _inconsistencies(contract)
    return (None, errors) if errors else (contract, [])


def load_schemas() -> dict[str, Schema]:
    """Return our own shared schemas by URI, in a dictionary that others may be added to."""
    return {**_bundled_schemas()}


@cache
def _bundled_schemas() -> Mapping[str, Schema]:
    paths = sorted(_schemas_folder().glob("*.schema.json"))
    schemas = {SCHEMA_URI_PREFIX + path.name: read_object(path) for path in paths}
    for schema, path in zip(schemas.values(), paths, strict=True):
        _make_absolute(schema, path, schemas)
    return schemas


def load_schema(path: Path, schemas: dict[str, Schema]) -> str:
    """Add the schema in a file, and those that it refers to, to `schemas`; return its URI."""
    path = real_path(path)
    if path.parent == _schemas_folder().resolve() and SCHEMA_URI_PREFIX + path.name in schemas:
        return SCHEMA_URI_PREFIX + path.name
    uri = path.as_uri()
    if uri not in schemas:
        schemas[uri] = read_object(path)  # known from here on: two files may name each other
        schemas[uri].pop("$id", None)
        try:
            _make_absolute(schemas[uri], path, schemas)
        except InvalidContract:
            del schemas[uri]  # the next contract that refers to it is refused too
            raise
    return uri


@cache
def load_responses() -> Mapping[int, ResponseRule]:
    """Return what all operations answer alike, by status."""
    content = read_object(bundled_contracts_dir() / "responses.json")
    return {int(status): parse_response(rule) for status, rule in content["responses"].items()}


@cache
def _schemas_folder() -> Path:
    return bundled_contracts_dir() / "schemas"


def read_object(path: Path) -> Any:
    """Return the JSON object in a file; raises InvalidContract for anything else."""
    try:
        content = strict_json.loads(read_bytes(path, limit=_MAX_BYTES))
    except UnreadableFile as error:
        raise InvalidContract(path, error.reason) from None
    except strict_json.NotStrictJSONError as error:
        raise InvalidContract(path, f"not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InvalidContract(path, f"expected an object, got {shorten_value(content)}")
    return content


def _refuse(error: InvalidContract) -> None:
    raise error


def _make_absolute(
    content: Any, path: Path, schemas: dict[str, Schema], refuse: _Refuse = _refuse, at: _At = ()
) -> None:
    """Make every reference in the content of a file absolute; load the schema files it names."""
    if isinstance(content, dict):
        if fault := annotation_error(content):
            refuse(InvalidContract(path, fault, to_pointer(at)))
        content.pop("x-if-unasked", None)  # of contracts written before it was computed: it means nothing now
    for key, value in content.items() if isinstance(content, dict) else enumerate(content):
        if isinstance(value, dict | list):
            _make_absolute(value, path, schemas, refuse, (*at, key))
        elif key == "$ref" and isinstance(value, str):
            content[key] = _resolved(value, path, schemas, refuse, (*at, key))


def _resolved(reference: str, path: Path, schemas: dict[str, Schema], refuse: _Refuse, at: _At) -> str:
    try:
        return _absolute(reference, path, schemas, at)
    except InvalidContract as error:
        refuse(error)
    return reference


def _absolute(reference: str, path: Path, schemas: dict[str, Schema], at: _At) -> str:
    name, _, fragment = reference.partition("#")
    if not name:
        return reference
    if not name.startswith(SCHEMA_URI_PREFIX) and path.parent == _schemas_folder():
        name = SCHEMA_URI_PREFIX + name
    if name.startswith(SCHEMA_URI_PREFIX):
        current = current_reference(name, fragment)
        if current.partition("#")[0] not in schemas:
            raise InvalidContract(path, f"{reference} names no schema of ours", to_pointer(at))
        return current
    if "\0" in name:
        raise InvalidContract(path, f"{shorten_value(reference)} names no file", to_pointer(at))
    folder = _root(path)
    target = real_path(path.parent / name)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]", name) or not target.is_relative_to(folder):
        message = f"{reference} leads out of {folder}; name our own schemas as {SCHEMA_URI_PREFIX}NAME"
        raise InvalidContract(path, message, to_pointer(at))
    try:
        return load_schema(target, schemas) + (f"#{fragment}" if fragment else "")
    except RecursionError:
        raise InvalidContract(path, "leads through too many files", to_pointer(at)) from None


def _root(path: Path) -> Path:
    """Return the folder that a contract's references must stay in: `contracts`, or the file's own."""
    resolved = real_path(path)
    return next((parent for parent in resolved.parents if parent.name == "contracts"), resolved.parent)


def _inconsistencies(contract: Contract) -> list[InvalidContract]:
    """Return the errors that the format's schema cannot see."""
    errors: list[InvalidContract] = []

    def refuse(message: str, pointer: str) -> None:
        errors.append(InvalidContract(contract.source, message, pointer))

    in_path = set(re.findall(r"\{([a-z_]+)\}", contract.path))
    declared = {name for name, parameter in contract.parameters.items() if parameter.where == "path"}
    for name in sorted(in_path ^ declared):
        refuse(f"the path {contract.path} and the parameters disagree on {name!r}", f"/parameters/{name}")
    answered = set(contract.responses) | set(load_responses())
    for status, rule in contract.responses.items():
        if rule.body.startswith("json") and rule.schema is None and not rule.by_parameter:
            refuse(f"a response with a {rule.body} body needs a schema", f"/responses/{status}")
    for case in contract.cases.values():
        at = f"/cases/{case.name}"
        if contract.method != "GET":
            refuse("only GET operations have cases; writes are tested as stories", at)
        for name in sorted(set(case.parameters) - set(contract.parameters)):
            known = ", ".join(sorted(contract.parameters)) or "none"
            refuse(f"unknown parameter; this contract has {known}", f"{at}/parameters/{name}")
        for name in sorted(in_path - set(case.parameters)):
            refuse("missing: the path needs it", f"{at}/parameters/{name}")
        if case.status not in answered:
            known = ", ".join(map(str, sorted(answered)))
            refuse(f"no response is written down for {case.status}; expected one of {known}", f"{at}/status")
    return errors
