"""A Spotify test from before its first fixture to after its last: guarded, and in replay on this machine.

What outlives a test is here too: fixtures of a wider scope, which end with whichever test is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial

import pytest

from pytest_spotify.plugin.flow.result import ITEM_RESULT
from pytest_spotify.plugin.items.item import SpotifyItem
from pytest_spotify.plugin.marked.traffic import MarkedTestTraffic
from pytest_spotify.plugin.state import get_state


class ItemContext:
    """What is open while one Spotify test runs; opened anew for each of its reruns."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._open = ExitStack()
        self._has_run = False
        self.guard: MarkedTestTraffic | None = None  # of a marked test

    def open(self) -> None:
        """MarkedTestTraffic a marked test, and keep one that replays on this machine."""
        unblock_network = self._open.enter_context(_isolated(self._item))
        if not isinstance(self._item, SpotifyItem):
            self.guard = MarkedTestTraffic(
                self._item, get_state(self._item.config), unblock_network=unblock_network
            )
            self._item.stash[ITEM_RESULT] = self.guard.result
            self._open.enter_context(self.guard.open())

    def restart_if_rerun(self) -> None:
        """Begin an attempt: the second one, of a plugin that reruns tests, knows nothing of the first."""
        if self._has_run:
            self.close()
            self.open()
        self._has_run = True

    def close(self) -> None:
        """Leave the process as it was."""
        self._open.close()


ITEM_CONTEXT: pytest.StashKey[ItemContext] = pytest.StashKey()


@contextmanager
def item_context(item: pytest.Item) -> Iterator[None]:
    """ItemContext a Spotify test."""
    context = item.stash[ITEM_CONTEXT] = ItemContext(item)
    context.open()
    try:
        yield
    except BaseException:
        # Interrupted: fixtures are torn down at the end of the session, and may ask Spotify still.
        item.config.add_cleanup(context.close)
        raise
    context.close()


@contextmanager
def restrict_wide_fixture(
    fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Let a fixture that outlives the test ask for tokens only: as it is set up, and whenever it ends."""
    state = get_state(request.config)
    guard = state.guard
    ending = ExitStack()
    request.addfinalizer(ending.close)  # the last of its finalizers to run
    with guard.token_requests_only(fixture) if guard else nullcontext():
        yield
    ended = partial(_tearing_down, fixture, request.config, guard)
    request.addfinalizer(lambda: ending.enter_context(ended()))  # and the first


@contextmanager
def _tearing_down(
    fixture: pytest.FixtureDef[object], config: pytest.Config, first: MarkedTestTraffic | None
) -> Iterator[None]:
    """Hold the end of a fixture to the guard of the test that runs now, else of the one that set it up."""
    if guard := get_state(config).guard:
        with guard.token_requests_only(fixture):
            yield
    elif first:
        with first.open(), first.token_requests_only(fixture):
            yield
            first.raise_pending()
    else:
        yield


@contextmanager
def _isolated(item: pytest.Item) -> Iterator[Callable[[], None]]:
    """Keep a Spotify test that replays on this machine, until the function that is given is called."""
    from pytest_spotify.intercept.network import block_network

    with ExitStack() as block:
        if not get_state(item.config).settings.live and item.config.getini("spotify_isolation"):
            block.enter_context(block_network(item.nodeid))
        yield block.close
