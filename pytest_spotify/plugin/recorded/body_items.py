"""Body files that a project uses for its mocks, as pytest items: one that does not fit its contract fails.

The ini key `spotify_bodies` says which files are responses of which operation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.errors import did_you_mean
from pytest_spotify.plugin.flow import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items import SpotifyItem
from pytest_spotify.plugin.options import BodyFixture
from pytest_spotify.plugin.state import PluginState, get_state

INI = "spotify_bodies"


def body_file(path: Path, parent: pytest.Collector, fixtures: Iterable[BodyFixture]) -> BodyFile | None:
    """Return the collector of a body file, or None for any other file."""
    stash, root = parent.config.stash, parent.config.rootpath
    if _FILES not in stash:
        fixtures_by_path = stash[_FILES] = {}
        for line in fixtures:
            for each in root.glob(line.glob):
                fixtures_by_path.setdefault(each, []).append(line)
    lines = stash[_FILES].get(path, [])
    return BodyFile.from_parent(parent, path=path, lines=lines) if lines else None


def validate_body_globs(state: PluginState) -> None:
    """Raise UsageError for a line that names no file or no operation: it would check nothing, quietly."""
    for line in state.settings.body_fixtures:
        _reject_unknown_operation(line, state.registry.contracts)
        if next(state.config.rootpath.glob(line.glob), None) is None:
            raise pytest.UsageError(f"ini {INI}: {line.glob} names no file below {state.config.rootpath}")


class BodyFile(pytest.File):
    """A file that is a response of one operation, or of several."""

    def __init__(self, *, lines: list[BodyFixture], **keywords: Any) -> None:
        super().__init__(**keywords)
        self._lines = lines

    def collect(self) -> Iterator[BodyItem]:
        """Return one item for each operation."""
        for line in self._lines:
            name = line.operation if line.status == 200 else f"{line.operation}-{line.status}"
            yield BodyItem.from_parent(self, name=name, fixture=line)


class BodyItem(SpotifyItem):
    """The check of one body file as a response of one operation."""

    def __init__(self, *, fixture: BodyFixture, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._fixture = fixture

    def runtest(self) -> None:
        """Check the file against the contract."""
        from pytest_spotify.plugin.flow.checker import Expectation, ItemChecker
        from pytest_spotify.report import FailureContext
        from pytest_spotify.traffic import read_body

        state, fixture = get_state(self.config), self._fixture
        result = self.stash[ITEM_RESULT] = ItemResult(kind="body")
        contract = state.registry.contracts[fixture.operation]
        rule = state.registry.response_rule(contract, fixture.status)
        data = read_body(self.path, must_be_json=rule is not None and rule.body == "json")
        checker = ItemChecker(state.registry, Expectation(), result, strict=state.settings.strict)
        context = FailureContext(
            source=state.display_path(self.path),
            meaning="a mock that responds so promises what Spotify does not send",
            verbose=state.verbose,
        )
        checker.check_body(fixture.operation, fixture.status, data, context)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading with its name and operation."""
        return self.path, 0, f"{get_state(self.config).display_path(self.path)} ({self.name})"


_FILES: pytest.StashKey[dict[Path, list[BodyFixture]]] = pytest.StashKey()


def _reject_unknown_operation(line: BodyFixture, operations: Collection[str]) -> None:
    if line.operation not in operations:
        hint = did_you_mean(line.operation, operations)
        raise pytest.UsageError(f"ini {INI}: {line.glob}: unknown operation {line.operation}{hint}")
