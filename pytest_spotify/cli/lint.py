"""`pytest-spotify lint`: load contract files and say what is wrong with them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pytest_spotify.access import ACCESSES
from pytest_spotify.contracts import loader
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.errors import InvalidContract
from pytest_spotify.text import escape_unprintable


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def lint(paths: tuple[Path, ...]) -> None:
    """Load the contract files in PATHS, files or folders (default: contracts/).

    Exits with 0 where all can be used, with 2 where one cannot.
    """
    files = [file for path in paths or (Path("contracts"),) for file in _files(path)]
    if not files:
        raise click.UsageError(f"no file here ends in {loader.SUFFIX}")
    refusals = list(_refusals(files))
    for refusal in refusals:
        click.echo(escape_unprintable(refusal), err=True)
    if refusals:
        sys.exit(2)
    click.echo(f"{len(files)} contract{'s' if len(files) > 1 else ''}: all well-formed")


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
