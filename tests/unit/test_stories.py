"""The stories' recordings, read as a whole: no operation that writes is forgotten, nothing is unknown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_exchange
from pytest_spotify.check.response import Body
from pytest_spotify.contracts.registry import bundled

FLOWS = Path(__file__).parents[1] / "flows"


@pytest.mark.parametrize("access", ["development", "extended"])
def test_every_operation_that_writes_is_in_a_story(access: Access) -> None:
    """Under each access the stories call, with success, all that writes and none that was removed."""
    registry = bundled(access)
    called: Counter[str] = Counter()
    for path in sorted((FLOWS / "cassettes" / access).rglob("*.yaml")):
        for exchange in load(path).exchanges:
            routed = registry.route(exchange.request.method, exchange.request.url)
            assert routed is not None, exchange.request.url
            if exchange.response.status < 300 and exchange.request.method != "GET":
                called[routed[0].operation] += 1
    writes = {
        contract.operation
        for contract in registry.contracts.values()
        if contract.method != "GET" and registry.availability(contract).status != "removed"
    }
    assert set(called) == writes
    assert len(writes) == {"development": 18, "extended": 36}[access]


@pytest.mark.parametrize("access", ["development", "extended"])
def test_nothing_in_a_story_is_unknown_to_the_contracts(access: Access) -> None:
    """No exchange of a story or a client has a violation of any kind, additive ones included."""
    registry = bundled(access)
    paths = sorted(path for path in FLOWS.rglob("*.spotify.yaml") if access in path.parts)
    assert len(paths) >= 17
    for path in paths:
        links: set[str] = set()
        for exchange in load(path).exchanges:
            assert check_exchange(exchange, registry, links=links) == [], path
            links |= Body(exchange.response.body).page_links()


def test_what_stories_make_can_be_found() -> None:
    """Every playlist that a story makes has a name that says where it comes from, and holds no clock."""
    names = set()
    for path in FLOWS.rglob("*.spotify.yaml"):
        for exchange in load(path).exchanges:
            if exchange.request.method == "POST" and exchange.request.url.endswith("/playlists"):
                names.add(exchange.request.body.decode())
    assert names
    assert all('"pytest-spotify story: ' in name for name in names)
