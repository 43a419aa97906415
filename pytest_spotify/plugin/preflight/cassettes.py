"""The recordings of a run: which file is whose, and which are nobody's. Looks at names alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_spotify.cassettes import cassette_name
from pytest_spotify.cassettes import remove_stale_temp_files as sweep
from pytest_spotify.plugin.items.contract_cases import expand_cases
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.items.item import SpotifyItem
from pytest_spotify.plugin.marked.cassette_paths import MARKED_SUFFIX, marked_cassette_path
from pytest_spotify.plugin.state import PluginState, get_state, spotify_items


def cassette_path_for(item: pytest.Item) -> Path | None:
    """Return where a Spotify test is recorded; None for an item that is recorded nowhere."""
    if isinstance(item, ContractItem):
        return item.cassette
    return None if isinstance(item, SpotifyItem) else marked_cassette_path(item)


def reject_path_collisions(ours: Sequence[pytest.Item]) -> None:
    """Raise UsageError where two tests would write one file, or one where file names have no case."""
    seen: dict[str, pytest.Item] = {}
    for item in ours:
        path = cassette_path_for(item)
        if path is None:
            continue
        other = seen.setdefault(str(path).casefold(), item)
        if other.nodeid != item.nodeid:
            raise pytest.UsageError(
                f"{other.nodeid} and {item.nodeid} would share a recording, "
                f"{get_state(item.config).display_path(path)}: rename one of them"
            )


def remove_stale_temp_files(ours: Sequence[pytest.Item]) -> None:
    """Remove what recorders that were killed left in the folders of these tests."""
    for folder in {path.parent for item in ours if (path := cassette_path_for(item)) is not None}:
        sweep(folder, deep=False)


def unused_cassettes(items: Sequence[pytest.Item], state: PluginState) -> list[Path]:
    """Return the recordings under the run's access that no test has any more.

    Cases of contracts are looked at where every contract was collected, marked tests in the folders of
    what was. Ask only where nothing that was collected has been left out.
    """
    ours = spotify_items(items)
    owned = {path for item in ours if (path := cassette_path_for(item)) is not None}
    candidates = (*_of_cases(ours, state), *_of_modules(items, owned, state))
    return sorted({path for path in candidates if path not in owned})


def _of_modules(items: Sequence[pytest.Item], owned: set[Path], state: PluginState) -> Iterator[Path]:
    """Yield what lies beside each module that was collected, and beside modules that are gone."""
    for folder in {path.parent for path in owned if path.name.endswith(MARKED_SUFFIX)}:
        yield from folder.glob(f"*{MARKED_SUFFIX}")
    collected = {item.path for item in items}
    for folder in {path.parent for path in collected}:
        recorded = folder / "cassettes" / state.settings.access
        if recorded.is_dir():
            there = {cassette_name(path.stem) for path in folder.iterdir() if path not in collected}
            for path in recorded.glob(f"*/*{MARKED_SUFFIX}"):
                if path.parent.name not in there:
                    yield path


def _of_cases(ours: Sequence[pytest.Item], state: PluginState) -> Iterator[Path]:
    cases = {(item.case.contract.operation, item.name) for item in ours if isinstance(item, ContractItem)}
    access = state.settings.access
    if cases and all(
        (contract.operation, case.name) in cases
        for contract in state.registry.contracts.values()
        for case in expand_cases(contract, access)
    ):
        found = (state.settings.cassette_dir / access).rglob("*.yaml")
        yield from (path for path in found if not path.name.endswith(MARKED_SUFFIX))
