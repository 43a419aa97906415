"""The cassette files of a run: paths that collide, and cassettes that no test uses. Only names are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pytest_spotify.cassettes import cassette_name
from pytest_spotify.cassettes import remove_stale_temp_files as sweep
from pytest_spotify.plugin.items.contract_cases import expand_cases
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.items.item import SpotifyItem
from pytest_spotify.plugin.marked.marker import MARKED_SUFFIX, marked_cassette_path
from pytest_spotify.plugin.state import PluginState, get_state, spotify_items


def cassette_path_for(item: pytest.Item) -> Path | None:
    """Return the path of an item's cassette, or None if it has none."""
    if isinstance(item, ContractItem):
        return item.cassette
    return None if isinstance(item, SpotifyItem) else marked_cassette_path(item)


def reject_path_collisions(items: Sequence[pytest.Item]) -> None:
    """Raise UsageError if two tests would write one file, also if file names are case-insensitive."""
    seen: dict[str, pytest.Item] = {}
    for item in items:
        path = cassette_path_for(item)
        if path is None:
            continue
        other = seen.setdefault(str(path).casefold(), item)
        if other.nodeid != item.nodeid:
            raise pytest.UsageError(
                f"{other.nodeid} and {item.nodeid} would share a recording, "
                f"{get_state(item.config).display_path(path)}: rename one of them"
            )


def remove_stale_temp_files(items: Sequence[pytest.Item]) -> None:
    """Remove temporary files that a killed run left in the cassette folders of these tests."""
    for folder in {path.parent for item in items if (path := cassette_path_for(item)) is not None}:
        sweep(folder, deep=False)


def find_unused_cassettes(items: Sequence[pytest.Item], state: PluginState) -> list[Path]:
    """Return the cassettes under the run's access that no test uses.

    Those of cases are considered if every contract was collected, those of marked tests in the folders that
    were collected. The result is meaningful only if nothing was deselected.
    """
    spotify = spotify_items(items)
    owned = {path for item in spotify if (path := cassette_path_for(item)) is not None}
    candidates = (*_of_cases(spotify, state), *_of_modules(items, owned, state))
    return sorted({path for path in candidates if path not in owned})


def _of_modules(items: Sequence[pytest.Item], owned: set[Path], state: PluginState) -> Iterator[Path]:
    """Yield the cassettes of collected modules and of modules that no longer exist."""
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


def _of_cases(items: Sequence[pytest.Item], state: PluginState) -> Iterator[Path]:
    cases = {(item.case.contract.operation, item.name) for item in items if isinstance(item, ContractItem)}
    access = state.settings.access
    if cases and all(
        (contract.operation, case.name) in cases
        for contract in state.registry.contracts.values()
        for case in expand_cases(contract, access)
    ):
        paths = (state.settings.cassette_dir / access).rglob("*.yaml")
        yield from (path for path in paths if not path.name.endswith(MARKED_SUFFIX))
