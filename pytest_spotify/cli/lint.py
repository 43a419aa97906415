"""`pytest-spotify lint`: load contract files and say what is wrong with them, or what their schemas mean."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.contracts.keywords import ANNOTATIONS, inline
from pytest_spotify.contracts.references import Schema, resolve_ref
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.errors import InvalidContract


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--expand",
    metavar="FILE[#POINTER]",
    help="Print what a schema file (or one definition in it: FILE#/$defs/NAME), or the schemas of a contract "
    "file, mean in full: references resolved, objects closed, our own keywords as plain JSON Schema.",
)
@click.option(
    "--access", type=click.Choice(ACCESSES), help="With --expand: as the schema holds for this access."
)
def lint(paths: tuple[Path, ...], expand: str | None, access: Access | None) -> None:
    """Load the contract files in PATHS, files or folders (default: contracts/).

    Exit status: 0 if all can be used, 2 if one cannot.
    """
    if expand is not None:
        if paths:
            raise click.UsageError("--expand prints one file; leave PATHS out")
        _print_expanded(expand, access)
        return
    if access is not None:
        raise click.UsageError("--access goes with --expand; contracts are loaded for every access")
    files = [file for path in paths or (Path("contracts"),) for file in _files(path)]
    if not files:
        raise click.UsageError(f"no file here ends in {loader.SUFFIX}")
    refusals = list(_refusals(files))
    for refusal in refusals:
        echo_error(refusal)
    if refusals:
        sys.exit(2)
    echo(f"{len(files)} contract{'s' if len(files) > 1 else ''}: all well-formed")


def _print_expanded(name: str, access: Access | None) -> None:
    file, _, pointer = name.partition("#")
    schemas = loader.load_schemas()
    try:
        if file.endswith(loader.SUFFIX):
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
    if path.is_dir():
        return list(loader.contract_files(path))
    if not path.exists():
        raise click.UsageError(f"{path} does not exist")
    return [path]


def _refusals(files: list[Path]) -> list[str]:
    schemas = loader.load_schemas()
    contracts, refusals = [], []
    for file in files:
        try:
            contracts.append(loader.load_contract(file, schemas))
        except InvalidContract as error:
            refusals.append(str(error))
    try:
        for access in ACCESSES:
            ContractRegistry(contracts, schemas, access).compile()
    except InvalidContract as error:
        refusals.append(str(error))
    return refusals
