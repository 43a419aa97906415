"""Everything that is wrong with contract files, each with its place: for those who write them.

A run takes a contract as soon as it can be used; here it must also mean what its author wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from pytest_spotify.access import ACCESSES
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.contracts.file_format import MISSING_SCHEMA, SUFFIX
from pytest_spotify.contracts.references import Schema
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.contracts.schema import to_pointer
from pytest_spotify.errors import InvalidContract, truncate
from pytest_spotify.formats.json_positions import Path as JSONPath
from pytest_spotify.formats.json_positions import Positions
from pytest_spotify.lint.schema_errors import schema_errors
from pytest_spotify.lint.strength import weaknesses_of_all_accesses

_LONGEST = 500  # characters of a pointer or a message: each may have a text of the file


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """A place where a file is wrong: an `error` must be mended, a `weak` contract notices too little."""

    path: Path
    line: int
    column: int
    pointer: str
    message: str
    level: Literal["error", "weak"] = "error"

    def __str__(self) -> str:
        at = f"at {truncate(self.pointer, _LONGEST)}: " if self.pointer else ""
        return f"{self.path}:{self.line}:{self.column}: {at}{truncate(self.message, _LONGEST)}"


def lint(files: Sequence[Path], cassettes: Path) -> list[Finding]:
    """Return what is wrong with contract files, sorted by place. `cassettes` has the recordings of cases."""
    schemas = loader.load_schemas()
    bundled = {*schemas}
    contracts: list[Contract] = []
    findings: dict[tuple[Path, str, str], Finding] = {}

    def add(found: Iterable[Finding]) -> None:
        for finding in found:
            findings.setdefault((finding.path, finding.pointer, finding.message), finding)

    for path in files:
        contract, errors = _errors_of_file(path, schemas)
        add(errors)
        if contract is not None:
            contracts.append(contract)
    add(_errors_of_schema_files(schemas.keys() - bundled))
    if not findings:
        add(_compile_errors(contracts, schemas))
    if not findings:
        registry = ContractRegistry(contracts, schemas, ACCESSES[0])
        for contract in contracts:
            weak = weaknesses_of_all_accesses(contract, registry, cassettes)
            add(_File(contract.source).findings(weak.items(), level="weak"))
    return sorted(findings.values())


class _File:
    """A file and where its values stand; of one that is no JSON, at its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content: Any = None
        self._positions: Positions | None = None
        self._unreadable_at = (1, 1)
        try:
            self.content = loader.read_object(path)
            self._positions = Positions(path.read_text(encoding="utf-8"))
        except InvalidContract as error:
            self._unreadable_at = _place_of(error, path)

    def findings(
        self, errors: Iterable[tuple[str, str]], level: Literal["error", "weak"] = "error"
    ) -> Iterator[Finding]:
        """Yield a finding for each pointer and message."""
        for pointer, message in errors:
            line, column = (
                self._positions.of(self._path_of(pointer)) if self._positions else self._unreadable_at
            )
            yield Finding(
                path=self.path, line=line, column=column, pointer=pointer, message=message, level=level
            )

    def _path_of(self, pointer: str) -> JSONPath:
        value, path = self.content, ()
        for part in pointer.split("/")[1:]:
            key: str | int = part.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                key = int(part)
            path = (*path, key)  # type: ignore[assignment]
            try:
                value = value[key]
            except (LookupError, TypeError):
                value = None
        return path


def _place_of(error: InvalidContract, path: Path) -> tuple[int, int]:
    """Return where a text is no strict JSON: as the parser says, or the key that comes twice."""
    if place := re.search(r"line (\d+) column (\d+)", error.message):
        return int(place[1]), int(place[2])
    if "duplicate key" in error.message:
        positions = Positions(path.read_text(encoding="utf-8"))
        return positions.of(positions.repeated[0])
    return 1, 1


def _errors_of_file(path: Path, schemas: dict[str, Schema]) -> tuple[Contract | None, list[Finding]]:
    file = _File(path)
    if file.content is not None and "$schema" not in file.content:
        return None, [*file.findings([("", MISSING_SCHEMA)])]
    contract, refusals = loader.read_contract(path, schemas)
    errors = [(refusal.pointer or "", refusal.message) for refusal in refusals if refusal.path == path]
    errors += [(to_pointer(at), message) for at, message in _schema_errors_of(file.content)]
    if contract is not None and path.name != contract.operation + SUFFIX:
        errors.append(("/operation", f"the file is named {path.name}: expected {contract.operation}{SUFFIX}"))
    findings = [*file.findings(errors)]
    for refusal in refusals:
        if refusal.path != path:
            other = _File(Path(str(refusal.path)))
            findings += other.findings([(refusal.pointer or "", refusal.message)])
    return contract, findings


def _schema_errors_of(content: Any) -> Iterator[tuple[JSONPath, str]]:
    """Yield the errors of each schema in a contract's JSON, which may be malformed otherwise."""
    for path, schema in _schemas_of(content):
        yield from schema_errors(schema, path)


def _schemas_of(content: Any) -> Iterator[tuple[JSONPath, Any]]:
    def inner(value: Any, *keys: str) -> Iterator[tuple[JSONPath, Any]]:
        if not keys:
            yield (), value
        elif isinstance(value, dict):
            names = [*value] if keys[0] == "*" else [keys[0]] if keys[0] in value else []
            for name in names:
                for path, found in inner(value[name], *keys[1:]):
                    yield (name, *path), found

    for keys in (
        ("parameters", "*", "schema"),
        ("parameters", "*", "access", "*"),
        ("body", "schema"),
        ("responses", "*", "schema"),
        ("responses", "*", "by_parameter", "*", "*"),
    ):
        yield from inner(content, *keys)


def _errors_of_schema_files(uris: Iterable[str]) -> Iterator[Finding]:
    """Yield the errors in the project's own schema files."""
    for uri in sorted(uris):
        file = _File(Path(url2pathname(unquote(urlsplit(uri).path))))
        if file.content is not None:
            errors = schema_errors(file.content, ())
            yield from file.findings((to_pointer(at), message) for at, message in errors)


def _compile_errors(contracts: Sequence[Contract], schemas: dict[str, Schema]) -> Iterator[Finding]:
    """Yield why contracts cannot be used together, or a schema of one cannot be compiled."""
    for contract in contracts:
        for access in ACCESSES:
            try:
                ContractRegistry([contract], schemas, access).compile()
            except InvalidContract as error:
                pointer = _pointer_in(error.message)
                yield from _File(contract.source).findings([(pointer, error.message)])
    try:
        ContractRegistry(contracts, schemas, ACCESSES[0])
    except InvalidContract as error:
        yield from _File(Path(str(error.path))).findings([(error.pointer or "", error.message)])


def _pointer_in(message: str) -> str:
    """Return the pointer to the schema that a `ContractRegistry` could not compile."""
    match = re.match(
        r"the schema of (?:parameter (?P<parameter>\S+)|(?P<body>request body)"
        r"|(?P<status>\d+)( (?P<name>\w+)=(?P<value>\S+))?)"
        r" cannot be used: (?:at (?P<inside>/\S*): )?",
        message,
    )
    if match is None:
        return ""
    if match["parameter"]:
        schema = f"/parameters/{match['parameter']}/schema"
    elif match["body"]:
        schema = "/body/schema"
    else:
        by_parameter = f"by_parameter/{match['name']}/{match['value']}" if match["name"] else "schema"
        schema = f"/responses/{match['status']}/{by_parameter}"
    return schema + (match["inside"] or "")
