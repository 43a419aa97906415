"""`pytest-spotify migrate`: what breaks in development mode, from source code and from traffic."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from pytest_spotify.check import check_exchange
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from pytest_spotify.errors import SpotifyTestError, UnreadableTraffic, escape_unprintable
from pytest_spotify.files import is_folder, read_bytes, walk
from pytest_spotify.migrate import SourceUses, Use, removed_fields, removed_uses
from pytest_spotify.report.migration import Migration
from pytest_spotify.traffic import TrafficFile, is_api, may_be_traffic

_NOT_SOURCE = {".venv", "venv", "site-packages", "node_modules", ".tox", "build"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of source that does not work in development mode, and what to do instead."""

    file: str
    line: int
    text: str
    problem: str
    replacement: str


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH..."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object a line for every finding in source."
)
def migrate(paths: tuple[Path, ...], *, as_json: bool) -> None:
    """Show what breaks when an app moves from extended quota to development mode.

    PATH is Python source, recorded traffic (HAR files, cassettes), or a folder of both. Calls of spotipy,
    tekore and spotifyaio are known, and paths of the Web API in texts.

    Exits with 0 where nothing breaks, 1 where something does, 2 for a file that cannot be read.
    """
    registry, migration = bundled("development"), Migration()
    findings: list[Finding] = []
    sources = exchanges = 0
    for path in _files(paths):
        if path.suffix == ".py":
            sources += 1
            findings += _in_source(path, registry)
        elif may_be_traffic(path):
            exchanges += _add_traffic(path, registry, migration)
    if as_json:
        for each in findings:
            echo_data(json.dumps(asdict(each)))
    else:
        for each in findings:
            echo(escape_unprintable(f"{each.file}:{each.line}  {each.text}"))
            echo(
                escape_unprintable(f"    {each.problem}{f'; {each.replacement}' if each.replacement else ''}")
            )
        if text := migration.text():
            echo(f"\n{text}" if findings else text)
        found = f"{_number(len(findings), 'line')} of source that development mode breaks"
        looked_at = f"{_number(sources, 'source file')} and {_number(exchanges, 'exchange')}"
        echo(f"\n{found}; looked at {looked_at}")
    if not sources and not exchanges:
        raise SpotifyTestError("nothing to look at: neither Python source nor traffic of the Web API")
    sys.exit(int(bool(findings or migration.text())))


def used_operations(paths: Iterable[Path], registry: ContractRegistry) -> dict[str, str]:
    """Return the operations that source and traffic use, each with the file that does so first.

    A path in source that several methods have counts for the one that its call names.
    """
    found: dict[str, str] = {}
    for path in _files(tuple(paths)):
        if path.suffix == ".py":
            for use in _source_uses(path, registry).uses:
                found.setdefault(use.contract.operation, f"{path}:{use.line}")
        elif may_be_traffic(path):
            for entry in TrafficFile(path):
                request = entry.exchange.request
                if contract := registry.contract_for(request.method, request.url):
                    found.setdefault(contract.operation, str(path))
    return found


def _source_uses(path: Path, registry: ContractRegistry) -> SourceUses:
    try:
        return SourceUses(read_bytes(path).decode(), registry)
    except (SyntaxError, ValueError) as error:
        raise SpotifyTestError(f"{path}: no Python source: {error}") from None


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if is_folder(path):
            yield from (each for each in walk(path) if not _NOT_SOURCE & {*each.relative_to(path).parts})
        else:
            yield path


def _in_source(path: Path, registry: ContractRegistry) -> Iterator[Finding]:
    found = _source_uses(path, registry)
    for use in removed_uses(found, registry):
        yield _removed(path, use, registry)
    if found.uses:
        gone = removed_fields(registry.access)
        for field in found.fields:
            if field.name in gone:
                since = gone[field.name].since
                yield Finding(
                    file=str(path),
                    line=field.line,
                    text=f"reads {field.name!r}",
                    problem=f"development apps are not sent it since {since}, if it is a field of Spotify's",
                    replacement="",
                )


def _removed(path: Path, use: Use, registry: ContractRegistry) -> Finding:
    availability = registry.availability(use.contract)
    instead = f"use {availability.replaced_by}" if availability.replaced_by else "nothing replaces it"
    return Finding(
        file=str(path),
        line=use.line,
        text=use.text,
        problem=f"{use.contract.title} was removed on {availability.since}",
        replacement=instead,
    )


def _add_traffic(path: Path, registry: ContractRegistry, migration: Migration) -> int:
    number = 0
    try:
        for entry in TrafficFile(path):
            exchange = entry.exchange
            if is_api(exchange.request.url):
                number += 1
                contract = registry.contract_for(exchange.request.method, exchange.request.url)
                violations = check_exchange(exchange, registry)
                migration.add(contract.operation if contract else None, exchange, violations)
    except UnreadableTraffic as error:
        echo_error(error)
    return number


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
