"""What the stories share: which access each is for, and patience with a late service."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pytest_spotify.plugin.state import get_state

_TRIES, _PAUSE = 20, 0.5

Ask = Callable[[], object]


def pytest_configure(config: pytest.Config) -> None:
    for line in (
        "calls(operation, ...): what a story calls; it is told where the access has them all",
        "access(name, ...): the accesses that a story of a client is told under, where its models need them",
    ):
        config.addinivalue_line("markers", line)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the stories of other accesses: the contracts say what this one has lost."""
    left = [item for item in items if _belongs_elsewhere(item)]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


def _belongs_elsewhere(item: pytest.Item) -> bool:
    state = get_state(item.config)
    if any(state.settings.access not in mark.args for mark in item.iter_markers("access")):
        return True
    operations = {name for mark in item.iter_markers("calls") for name in mark.args}
    contracts = state.registry.contracts if operations else {}
    return any(state.registry.availability(contracts[name]).status == "removed" for name in operations)


@pytest.fixture
def eventually(pytestconfig: pytest.Config) -> Callable[[Ask, object], None]:
    """Ask until the answer is the expected one: Spotify shows some changes a moment later.

    What is asked again is recorded too, so replay asks as often, and waits for nothing.
    """
    pause = _PAUSE if pytestconfig.getoption("--spotify-live") else 0

    def ask(question: Ask, expected: object) -> None:
        answer = question()
        for _ in range(_TRIES):
            if answer == expected:
                break
            time.sleep(pause)
            answer = question()
        assert answer == expected

    return ask
