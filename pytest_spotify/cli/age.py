"""`pytest-spotify check --age`: what has changed in an operation since a response was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_spotify.check.response import Body
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.drift.age import DatedChange, changes_since
from pytest_spotify.drift.sources import read_source
from pytest_spotify.errors import UnreadableTraffic, escape_unprintable
from pytest_spotify.files import is_folder, walk
from pytest_spotify.traffic import may_be_traffic


def age_text(
    paths: Sequence[Path], registry: ContractRegistry, *, operation: str | None, recorded: str
) -> str:
    """Return, for each file, the known changes since its day; `recorded` is that of files that name none.

    Files of a folder that hold no response of the Web API are passed over; raises UnreadableTraffic for any
    other.
    """
    lines: list[str] = []
    files = old = 0
    for path in _files(paths):
        found = _changes(path, registry, operation, recorded)
        files += bool(found)
        for name, day, changes in found:
            old += bool(changes)
            lines += ["", f"{path}: {name}, {f'recorded on {day}' if day else 'day not known'}"]
            for change in changes:
                lines += [f"    {change.sentence}", f"        {change.announcement.title}"]
            if not day:
                lines.append("    --recorded 2024-05-01 says the day of files that name none")
            elif not changes:
                lines.append("    nothing that is known has changed since")
    counted = f"{files} file{'' if files == 1 else 's'}; {old} response{'' if old == 1 else 's'}"
    lines += ["", f"{counted} older than a known change"]
    return escape_unprintable("\n".join(lines[1:]))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if is_folder(path):
            yield from (each for each in walk(path) if each.suffix == ".json" or may_be_traffic(each))
        else:
            yield path


def _changes(
    path: Path, registry: ContractRegistry, operation: str | None, recorded: str
) -> list[tuple[str, str, list[DatedChange]]]:
    """Return operation, day and changes of the success responses of a file, each operation once a day."""
    found: dict[tuple[str, str], list[DatedChange]] = {}
    with contextlib.suppress(UnreadableTraffic):
        for exchange, own_day in read_source(path, registry, operation):
            contract = registry.contract_for(exchange.request.method, exchange.request.url)
            day = own_day or recorded
            if contract is None or exchange.response.status >= 300:
                continue
            body, _ = Body(exchange.response.body).parsed
            changes = changes_since(day, body, contract, registry.access) if day else []
            known = found.setdefault((contract.operation, day), [])
            known += [each for each in changes if each.sentence not in {one.sentence for one in known}]
    return [(name, day, changes) for (name, day), changes in found.items()]
