"""`pytest-spotify lint`: say what is wrong with contract files, or what their schemas mean."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cli.cassette_folders import contract_cassettes
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.contracts.file_format import SCHEMA_FILE, SUFFIX, by_suffix
from pytest_spotify.contracts.keywords import ANNOTATIONS, inline
from pytest_spotify.contracts.references import Schema, resolve_ref
from pytest_spotify.errors import InvalidContract, truncate
from pytest_spotify.files import is_folder
from pytest_spotify.lint import lint as lint_files

_MOST_SHOWN = 100


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--expand",
    metavar="FILE[#POINTER]",
    help="Print what a schema file (or one definition in it: FILE#/$defs/NAME), or the schemas of a contract "
    "file, mean in full: references resolved, objects closed, our own keywords as plain JSON Schema.",
)
@click.option(
    "--schema", is_flag=True, help="Print where the JSON Schema of contract files lies, for an editor."
)
@click.option(
    "--access", type=click.Choice(ACCESSES), help="With --expand: as the schema holds for this access."
)
def lint(paths: tuple[Path, ...], expand: str | None, access: Access | None, *, schema: bool) -> None:
    """Check the contract files in PATHS, files or folders (default: contracts/).

    Names every error with its line and column, and contracts that are weak: that accept {}, an error object
    with a success status, or broken copies of their own recordings.

    Exit status: 0 if nothing is wrong, 1 if a contract is weak, 2 if one has an error.
    """
    if schema:
        echo_data(str(SCHEMA_FILE))
        return
    if expand is not None:
        if paths:
            raise click.UsageError("--expand prints one file; leave PATHS out")
        _print_expanded(expand, access)
        return
    if access is not None:
        raise click.UsageError("--access goes with --expand; contracts are loaded for every access")
    files = [file for path in paths or (Path("contracts"),) for file in _files(path)]
    if not files:
        raise click.UsageError(f"no file here ends in {SUFFIX}")
    findings = lint_files(files, contract_cassettes(Path()))
    for finding in findings[:_MOST_SHOWN]:
        echo(str(finding), err=True)
    if len(findings) > _MOST_SHOWN:
        echo(f"... and {len(findings) - _MOST_SHOWN} more", err=True)
    if findings:
        sys.exit(2 if any(finding.level == "error" for finding in findings) else 1)
    echo(f"{len(files)} contract{'s' if len(files) > 1 else ''}: all well-formed")


def _print_expanded(name: str, access: Access | None) -> None:
    file, _, pointer = name.partition("#")
    schemas = loader.load_schemas()
    try:
        if file.endswith(SUFFIX):
            expanded = _expanded_contract(loader.load_contract(Path(file), schemas), schemas, access)
        else:
            expanded = _expanded_schema(loader.load_schema(Path(file), schemas), pointer, schemas, access)
    except InvalidContract as error:
        echo_error(error)
        sys.exit(2)
    echo_data(json.dumps(expanded, indent=2))


def _expanded_schema(
    uri: str, pointer: str, schemas: dict[str, Schema], access: Access | None
) -> dict[str, Any]:
    resolved = resolve_ref(f"{uri}#{pointer}", "", schemas)
    if resolved is None:
        known = ", ".join(f"#/$defs/{name}" for name in schemas.get(uri, {}).get("$defs", {})) or "none"
        raise click.UsageError(f"{uri.rpartition('/')[2]} has no definition #{pointer}; it has {known}")
    expanded = inline({"$ref": f"{uri}#{pointer}"}, "", schemas, access)
    definitions = resolved[1].get("$defs", {}) if not expanded.keys() - {*ANNOTATIONS} else {}
    return expanded | {
        name: inline({"$ref": f"{uri}#/$defs/{name}"}, "", schemas, access) for name in definitions
    }


def _expanded_contract(
    contract: Contract, schemas: dict[str, Schema], access: Access | None
) -> dict[str, Any]:
    expanded = {
        f"{status} {name}".strip(): schema
        for status, rule in contract.responses.items()
        for name, schema in rule.schemas()
    }
    if contract.body:
        expanded["request body"] = contract.body.schema
    return {name: inline(schema, "", schemas, access) for name, schema in expanded.items()}


def _files(path: Path) -> list[Path]:
    if is_folder(path):
        found = by_suffix(path)
        return [file for file in found if loader.is_contract(file) or loader.lacks_schema(file)]
    if not os.path.exists(path):  # which says no of a name that is too long
        raise click.UsageError(f"{truncate(str(path), 300)} does not exist")
    return [path]
