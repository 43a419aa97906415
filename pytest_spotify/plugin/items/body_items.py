"""Bodies that a project keeps for its mocks, as pytest items: a file that no longer fits its contract fails.

The ini key `spotify_bodies` says which files are answers of which operation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.plugin.flow.result import ITEM_RESULT, ItemResult
from pytest_spotify.plugin.items.item import SpotifyItem
from pytest_spotify.plugin.state import PluginState, get_state
from pytest_spotify.text import did_you_mean

if TYPE_CHECKING:
    from pytest_spotify.access import Access
    from pytest_spotify.check.other_access import CheckFunction
    from pytest_spotify.check.violation import Violation
    from pytest_spotify.contracts.registry import ContractRegistry
    from pytest_spotify.plugin.settings import BodyFixture

INI = "spotify_bodies"


def body_file(path: Path, parent: pytest.Collector, fixtures: Iterable[BodyFixture]) -> BodyFile | None:
    """Return the collector of a kept body, or None for any other file."""
    stash, root = parent.config.stash, parent.config.rootpath
    if _FILES not in stash:
        found = stash[_FILES] = {}
        for line in fixtures:
            for each in root.glob(line.glob):
                found.setdefault(each, []).append(line)
    lines = stash[_FILES].get(path, [])
    return BodyFile.from_parent(parent, path=path, lines=lines) if lines else None


def validate_body_globs(state: PluginState) -> None:
    """Raise UsageError for a line that names no file or no operation: it would check nothing, quietly."""
    for line in state.settings.body_fixtures:
        _reject_unknown_operation(line, state.registry.contracts)
        if next(state.config.rootpath.glob(line.glob), None) is None:
            raise pytest.UsageError(f"ini {INI}: {line.glob} names no file below {state.config.rootpath}")


class BodyFile(pytest.File):
    """A file that is an answer of one operation, or of several."""

    def __init__(self, *, lines: list[BodyFixture], **keywords: Any) -> None:
        super().__init__(**keywords)
        self._lines = lines

    def collect(self) -> Iterator[BodyItem]:
        """Return one item for each operation."""
        for line in self._lines:
            name = line.operation if line.status == 200 else f"{line.operation}-{line.status}"
            yield BodyItem.from_parent(self, name=name, fixture=line)


class BodyItem(SpotifyItem):
    """The judgement of one kept body."""

    def __init__(self, *, fixture: BodyFixture, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._fixture = fixture
        self.add_marker("spotify")

    def runtest(self) -> None:
        """Hold the file against the contract."""
        from pytest_spotify.check import check_body
        from pytest_spotify.check.violation import failing
        from pytest_spotify.errors import ContractViolated
        from pytest_spotify.report.failure import FailureContext, access_hint, format_failure
        from pytest_spotify.traffic import read_body

        state, fixture = get_state(self.config), self._fixture
        result = self.stash[ITEM_RESULT] = ItemResult(kind="body")
        contract = state.registry.contracts[fixture.operation]
        rule = state.registry.response_rule(contract, fixture.status)
        data = read_body(self.path, must_be_json=rule is not None and rule.body == "json")

        def judge(registry: ContractRegistry) -> list[Violation]:
            return check_body(registry.contracts[fixture.operation], fixture.status, data, registry)

        violations, accesses = _promote_fields_not_sent(judge, state.registry)
        fatal = failing(violations, strict=state.settings.strict)
        result.add_unknown(fixture.operation, [each for each in violations if each not in fatal])
        if fatal:
            context = FailureContext(
                contract=contract,
                access=state.settings.access,
                source=state.display_path(self.path),
                meaning="a mock that answers so promises what Spotify does not send",
                hint=access_hint(accesses),
            )
            text = format_failure(fatal, context, verbose=state.verbose)
            raise ContractViolated(violations, text)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return the file and a heading with its name and operation."""
        return self.path, 0, f"{get_state(self.config).display_path(self.path)} ({self.name})"


_FILES: pytest.StashKey[dict[Path, list[BodyFixture]]] = pytest.StashKey()


def _promote_fields_not_sent(
    judge: CheckFunction, registry: ContractRegistry
) -> tuple[list[Violation], list[Access]]:
    """Return the violations, a field that only other accesses are sent among them, and who fits all of it."""
    from pytest_spotify.check.other_access import OtherAccessComparison
    from pytest_spotify.plugin.flow.checker import field_not_sent_violation

    violations, elsewhere = judge(registry), OtherAccessComparison(judge, registry)
    if not violations:
        return [], []
    unsent = [each for each in violations if each.kind == "additive" and elsewhere.accesses_without([each])]
    told = [
        replace(
            field_not_sent_violation(each.pointer, registry.access, found="the file has it"), kind="breaking"
        )
        if each in unsent
        else each
        for each in violations
    ]
    fatal = [each for each in violations if each in unsent or each.kind == "breaking"]
    return told, elsewhere.accesses_without(fatal)


def _reject_unknown_operation(line: BodyFixture, operations: Collection[str]) -> None:
    if line.operation not in operations:
        hint = did_you_mean(line.operation, operations)
        raise pytest.UsageError(f"ini {INI}: {line.glob}: {line.operation} is no operation{hint}")
