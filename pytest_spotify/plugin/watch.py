"""A Spotify test from before its first fixture to after its last: guarded, and in replay on this machine.

What outlives a test is here too: fixtures of a wider scope, which end with whichever test is the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial

import pytest

from pytest_spotify.plugin.guard import Guard
from pytest_spotify.plugin.item import SpotifyItem
from pytest_spotify.plugin.outcome import OUTCOME
from pytest_spotify.plugin.run import run_of


class Watch:
    """What is open while one Spotify test runs; opened anew for each of its reruns."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._open = ExitStack()
        self._begun = False
        self.guard: Guard | None = None  # of a marked test

    def open(self) -> None:
        """Guard a marked test, and keep one that replays on this machine."""
        lift = self._open.enter_context(_isolated(self._item))
        if not isinstance(self._item, SpotifyItem):
            self.guard = Guard(self._item, run_of(self._item.config), lift=lift)
            self._item.stash[OUTCOME] = self.guard.outcome
            self._open.enter_context(self.guard.open())

    def begin(self) -> None:
        """Begin an attempt: the second one, of a plugin that reruns tests, knows nothing of the first."""
        if self._begun:
            self.close()
            self.open()
        self._begun = True

    def close(self) -> None:
        """Leave the process as it was."""
        self._open.close()


WATCH: pytest.StashKey[Watch] = pytest.StashKey()


@contextmanager
def watched(item: pytest.Item) -> Iterator[None]:
    """Watch a Spotify test."""
    watch = item.stash[WATCH] = Watch(item)
    watch.open()
    try:
        yield
    except BaseException:
        # Interrupted: fixtures are torn down at the end of the session, and may ask Spotify still.
        item.config.add_cleanup(watch.close)
        raise
    watch.close()


@contextmanager
def set_up(fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Iterator[None]:
    """Let a fixture that outlives the test ask for tokens only: as it is set up, and whenever it ends."""
    run = run_of(request.config)
    guard = run.guard
    ending = ExitStack()
    request.addfinalizer(ending.close)  # the last of its finalizers to run
    with guard.outlived_by(fixture) if guard else nullcontext():
        yield
    ended = partial(_tearing_down, fixture, request.config, guard)
    request.addfinalizer(lambda: ending.enter_context(ended()))  # and the first


@contextmanager
def _tearing_down(
    fixture: pytest.FixtureDef[object], config: pytest.Config, first: Guard | None
) -> Iterator[None]:
    """Hold the end of a fixture to the guard of the test that runs now, else of the one that set it up."""
    if guard := run_of(config).guard:
        with guard.outlived_by(fixture):
            yield
    elif first:
        with first.open(), first.outlived_by(fixture):
            yield
            first.settle()
    else:
        yield


@contextmanager
def _isolated(item: pytest.Item) -> Iterator[Callable[[], None]]:
    """Keep a Spotify test that replays on this machine, until the function that is given is called."""
    from pytest_spotify.intercept.network import block_network

    with ExitStack() as block:
        if not run_of(item.config).settings.live and item.config.getini("spotify_isolation"):
            block.enter_context(block_network(item.nodeid))
        yield block.close
