"""The table of operations: all of them, each answered, each closed where Spotify closed it."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_spotify.sandbox import needs
from pytest_spotify.sandbox.api import HANDLERS
from pytest_spotify.sandbox.catalogue import load
from pytest_spotify.sandbox.operations import OPERATIONS, Router
from pytest_spotify.sandbox.seed import DEFAULT_USER, seed_store


def test_every_operation_has_a_handler() -> None:
    """Spotify's reference has 96 operations, and the sandbox answers them all and no others."""
    assert len(OPERATIONS) == 96
    assert {each.name for each in OPERATIONS} == set(HANDLERS)


def test_methods_are_spotifys() -> None:
    """The operations spread over methods as in Spotify's OpenAPI file of 2026-05-30."""
    assert Counter(each.method for each in OPERATIONS) == {"GET": 60, "PUT": 19, "DELETE": 10, "POST": 7}


def test_each_access_loses_what_spotify_closed() -> None:
    """48 operations are closed for new development apps, 8 of them for older ones as well."""
    assert sum("development" in each.removed for each in OPERATIONS) == 48
    assert sum("development-older" in each.removed for each in OPERATIONS) == 8
    assert not any("extended" in each.removed for each in OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_router_finds_every_operation(operation) -> None:
    """No path template hides another."""
    path = operation.path.replace("{", "").replace("}", "")

    found, _, methods = Router().find(operation.method, path)

    assert found == operation
    assert operation.method in methods


@pytest.mark.parametrize("need", sorted(needs.NEEDS))
def test_every_need_can_be_arranged(need: str) -> None:
    """A state can be arranged in a fresh account, twice, and after any other."""
    store = seed_store(load())
    account = store.accounts[DEFAULT_USER]

    needs.arrange(store, account, load(), ["no-device", need, need])

    assert account.playlists


def test_an_unknown_need_is_refused_with_the_known_ones() -> None:
    """A misspelt need changes nothing and says what there is."""
    store = seed_store(load())
    account = store.accounts[DEFAULT_USER]

    with pytest.raises(ValueError, match=r"unknown need 'singing'; .*idle-player.*saved-tracks"):
        needs.arrange(store, account, load(), ["idle-player", "singing"])

    assert not account.player.idle
