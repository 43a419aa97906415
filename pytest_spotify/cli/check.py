"""`pytest-spotify check`: hold recorded traffic, or plain response bodies, against the contracts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click

from pytest_spotify.access import ACCESSES, Access, parse_access
from pytest_spotify.api import Contracts
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import failing, worst
from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import API_URL
from pytest_spotify.report.check_summary import CheckedExchange, summary
from pytest_spotify.report.migration import migration
from pytest_spotify.text import escape_unprintable
from pytest_spotify.traffic import read_body, read_traffic

_PROGRESS_FROM = 500  # exchanges: below, a run is over before anybody could read it


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API the app may use (default: SPOTIFY_ACCESS, else development).",
)
@click.option("--strict", is_flag=True, help="Fail for unknown fields and operations too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for every exchange.")
@click.option("--operation", metavar="NAME", help="The files are response bodies of this operation.")
@click.option("--status", default=200, show_default=True, help="Their status, with --operation.")
@click.option(
    "--list-operations",
    is_flag=True,
    help="Print the operations that the traffic uses, ready for the ini key spotify_operations.",
)
def check(
    files: tuple[Path, ...],
    access: str | None,
    *,
    strict: bool,
    as_json: bool,
    operation: str | None,
    status: int,
    list_operations: bool,
) -> None:
    """Check recorded traffic against the contracts of the Web API.

    FILE is a HAR 1.2 file or a VCR.py cassette (YAML or JSON); with --operation, a response body.

    Exits with 0 where nothing fails, 1 where something does, 2 for a file that cannot be read.
    """
    if as_json and list_operations:
        raise click.UsageError("--json and --list-operations print different things: give one of them")
    contracts = Contracts.bundled(_access(access))
    if operation is not None and operation not in contracts.registry.contracts:
        raise click.BadParameter(_unknown_operation(operation, contracts), param_hint="--operation")
    failed, unreadable = False, False
    checked_exchanges: list[CheckedExchange] = []
    for file in files:
        try:
            for checked in _check_file(file, contracts, operation, status, quiet=as_json):
                failed |= bool(failing(checked.violations, strict=strict))
                if as_json:
                    click.echo(_line(checked))
                else:
                    checked_exchanges.append(checked)
        except UnreadableTraffic as error:
            unreadable = True
            click.echo(f"Error: {escape_unprintable(str(error))}", err=True)
    if list_operations:
        click.echo("\n".join(sorted({each.operation for each in checked_exchanges if each.operation})))
        sys.exit(2 if unreadable else 0)
    if checked_exchanges or not (as_json or unreadable):
        click.echo(summary(checked_exchanges, contracts, strict=strict))
        if contracts.access == "development" and operation is None:
            told = migration(
                (each.exchange for each in checked_exchanges if each.exchange),
                Contracts.bundled("extended").registry,
                contracts.registry,
            )
            if told:
                click.echo(f"\n{told}")
    sys.exit(2 if unreadable else int(failed))


def _access(option: str | None) -> Access:
    try:
        return parse_access(option or os.environ.get("SPOTIFY_ACCESS") or "development")
    except ValueError as error:
        raise click.UsageError(f"SPOTIFY_ACCESS: {error}") from None


def _unknown_operation(name: str, contracts: Contracts) -> str:
    import difflib

    close = difflib.get_close_matches(name, list(contracts.registry.contracts), n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"no contract is named {name!r}{hint}"


def _check_file(
    file: Path, contracts: Contracts, operation: str | None, status: int, *, quiet: bool
) -> Iterator[CheckedExchange]:
    if operation is not None:
        yield _check_body_file(file, contracts, operation, status)
        return
    entries = read_traffic(file)
    ours = [entry for entry in entries if _is_api(entry.exchange.request.url)]
    shown = not quiet and len(ours) >= _PROGRESS_FROM and sys.stderr.isatty()
    links: set[str] = set()
    with click.progressbar(ours, label=file.name, file=sys.stderr, hidden=not shown) as progress:
        for entry in progress:
            exchange = entry.exchange
            violations = contracts.check_exchange(exchange, links=links)
            links |= Body(exchange.response.body).page_links()
            yield CheckedExchange(
                file=str(file),
                index=entry.index,
                method=exchange.request.method,
                url=exchange.request.url,
                status=exchange.response.status,
                operation=contracts.operation(exchange.request.method, exchange.request.url),
                violations=violations,
                exchange=exchange,
            )


def _check_body_file(file: Path, contracts: Contracts, operation: str, status: int) -> CheckedExchange:
    contract = contracts.registry.contracts[operation]
    return CheckedExchange(
        file=str(file),
        index=0,
        method=contract.method,
        url=f"{API_URL}{contract.path}",
        status=status,
        operation=operation,
        violations=contracts.check_body(operation, status, read_body(file)),
    )


def _is_api(url: str) -> bool:
    try:
        return urlsplit(url).hostname == urlsplit(API_URL).hostname
    except ValueError:  # no address at all, such as https://[::1
        return False


def _line(checked: CheckedExchange) -> str:
    return json.dumps(
        {
            "file": checked.file,
            "index": checked.index,
            "method": checked.method,
            "url": checked.url,
            "status": checked.status,
            "operation": checked.operation,
            "verdict": worst(checked.violations),
            "violations": [
                {"kind": each.kind, "pointer": each.pointer, "message": each.message}
                for each in checked.violations
            ],
        }
    )
