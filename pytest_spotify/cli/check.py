"""`pytest-spotify check`: hold recorded traffic, or plain response bodies, against the contracts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from pytest_spotify.access import ACCESSES
from pytest_spotify.api import Contracts
from pytest_spotify.check import check_exchange, check_kept_body
from pytest_spotify.check.violation import Violation, failing
from pytest_spotify.cli.age import age_text
from pytest_spotify.cli.contract_options import check_operation, chosen_access
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.cli.progress import Progress
from pytest_spotify.cli.workers import ChosenContracts, check_entries, collect_garbage_rarely
from pytest_spotify.contracts.loader import project_contracts
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.errors import NotTraffic, UnreadableTraffic, escape_unprintable
from pytest_spotify.exchange import API_URL
from pytest_spotify.files import is_file, is_folder, walk
from pytest_spotify.report.known_fields import KnownFields
from pytest_spotify.report.migration import Migration
from pytest_spotify.report.summary import CheckedExchange, summary
from pytest_spotify.traffic import TrafficEntry, TrafficFile, is_api, may_be_traffic, read_body


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
@click.option("--show-values", is_flag=True, help="Show the texts in responses too: they may be somebody's.")
@click.option("--age", is_flag=True, help="Show what has changed in the API since each file was recorded.")
@click.option(
    "--recorded",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The day of files that name none, with --age.",
)
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
    show_values: bool,
    age: bool,
    recorded: datetime | None,
    list_operations: bool,
) -> None:
    """Check recorded traffic against the contracts of the Web API.

    FILE is a HAR 1.2 file (with Playwright's attachments beside it, or in a .zip) or a VCR.py cassette (YAML
    or JSON); with --operation, a response body. A folder is searched for such files.

    Contracts of the project, in the folder contracts/ below the current one, take the place of ours.

    Texts in responses are not shown unless --show-values is given: names, ids and addresses are somebody's.

    Exits with 0 where nothing fails, 1 where something does, 2 for a file that cannot be read or holds
    nothing to check.
    """
    if as_json and list_operations:
        raise click.UsageError("--json and --list-operations print different things: give one of them")
    chosen = ChosenContracts(chosen_access(access), tuple(project_contracts(Path())))
    contracts = Contracts(chosen.registry())
    if operation is not None:
        check_operation(operation, contracts)
    if age:
        day = recorded.date().isoformat() if recorded else ""
        echo(age_text(files, contracts.registry, operation=operation, recorded=day))
        return
    run = _Check(chosen, strict=strict, as_json=as_json, show_values=show_values)
    for path in files:
        if operation is not None:
            run.check_body(path, operation, status)
        elif is_folder(path):
            run.check_folder(path)
        else:
            run.check_file(path)
    if list_operations:
        echo_data("\n".join(sorted({each.operation for each in run.checked_exchanges if each.operation})))
        sys.exit(2 if run.unreadable else 0)
    if run.checked_exchanges and not as_json:
        parts = [summary(run.checked_exchanges, contracts, strict=strict)]
        if migration := run.migration.text():
            # First where the move is what is asked about, and never after the verdict of a failure.
            parts.insert(0 if access else 1, migration)
        echo("\n\n".join(parts))
    sys.exit(2 if run.unreadable else int(run.failed))


class _Check:
    """One run of the command: what was checked, whether it failed, and whether a file could not be read."""

    def __init__(self, chosen: ChosenContracts, *, strict: bool, as_json: bool, show_values: bool) -> None:
        self._chosen, self._strict, self._as_json = chosen, strict, as_json
        self._contracts = Contracts(chosen.registry())
        self._show_values = show_values
        self._known_fields = KnownFields(self._contracts.registry)
        self.migration = Migration()
        self.checked_exchanges: list[CheckedExchange] = []
        self.number = 0
        self.failed = self.unreadable = False

    def check_folder(self, folder: Path) -> None:
        """Check the files of a folder that hold traffic; others are passed over."""
        before, passed_over = self.number, 0
        for path in walk(folder):
            number = self.number
            try:
                if may_be_traffic(path):
                    self._check_traffic(path)
            except NotTraffic:
                pass
            except UnreadableTraffic as error:
                self._refuse(error)
                continue
            passed_over += self.number == number
        if passed_over:
            files = f"{passed_over} file{'' if passed_over == 1 else 's'}"
            _note(folder, f"passed over {files} without an exchange to check")
        if self.number == before and not self.unreadable:
            self._refuse(
                UnreadableTraffic(f"{folder}: nothing to check: no file with traffic of the Web API")
            )

    def check_file(self, path: Path) -> None:
        """Check a file of traffic."""
        number = self.number
        try:
            file = self._check_traffic(path)
            if self.number == number:
                raise UnreadableTraffic(
                    f"{path}: nothing to check: of its {file.count} entries none is an exchange with the Web "
                    "API and has a whole response"
                )
        except UnreadableTraffic as error:
            self._refuse(error)

    def check_body(self, path: Path, operation: str, status: int) -> None:
        """Check a file that holds the body of one response."""
        contract = self._contracts.registry.contracts[operation]
        rule = self._contracts.registry.response_rule(contract, status)
        try:
            body = read_body(path, must_be_json=rule is not None and rule.body == "json")
        except UnreadableTraffic as error:
            self._refuse(error)
            return
        self._add(
            CheckedExchange(
                file=str(path),
                index=0,
                method=contract.method,
                url=f"{API_URL}{contract.path}",
                status=status,
                operation=operation,
                violations=check_kept_body(contract, status, body, self._contracts.registry),
                is_body=True,
            )
        )

    def _check_traffic(self, path: Path) -> TrafficFile:
        file, first = TrafficFile(path), self.number

        def line() -> str:
            done = f"{self.number - first} exchanges checked"
            return escape_unprintable(f"{path}: {file.share_read:.0%} read, {done}")

        try:
            with Progress(line), _rare_collection():
                entries = (entry for entry in file if is_api(entry.exchange.request.url))
                size = path.stat().st_size if is_file(path) else 0
                for entry, violations in check_entries(entries, self._chosen, size=size):
                    self._add_entry(entry, str(path), violations)
        finally:
            for sentence in file.omissions.sentences():
                _note(path, sentence)
        return file

    def _add_entry(self, entry: TrafficEntry, path: str, violations: Sequence[Violation]) -> None:
        exchange = entry.exchange
        operation = self._contracts.operation(exchange.request.method, exchange.request.url)

        def check_again(registry: ContractRegistry) -> list[Violation]:
            return check_exchange(exchange, registry)

        if self._contracts.access == "development" and not self._as_json:
            self.migration.add(operation, exchange, violations)
        self._add(
            CheckedExchange(
                file=path,
                index=entry.index,
                method=exchange.request.method,
                url=exchange.request.url,
                status=exchange.response.status,
                operation=operation,
                violations=self._known_fields.explain(operation, violations, check_again),
            )
        )

    def _add(self, checked: CheckedExchange) -> None:
        if not self._show_values:
            violations = [each.without_values() for each in checked.violations]
            checked = replace(checked, violations=violations)
        self.number += 1
        self.failed |= bool(failing(checked.violations, strict=self._strict))
        if self._as_json:
            echo_data(checked.as_json())
        else:
            self.checked_exchanges.append(checked)

    def _refuse(self, error: UnreadableTraffic) -> None:
        self.unreadable = True
        echo_error(error)


@contextmanager
def _rare_collection() -> Iterator[None]:
    before = gc.get_threshold()
    collect_garbage_rarely()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _note(path: Path, sentence: str) -> None:
    echo(f"{path}: {sentence}".replace("\n", "\\n"), err=True)
