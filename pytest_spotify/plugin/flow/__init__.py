"""The flow of every Spotify item: traffic, check and result."""

from __future__ import annotations

import shlex

import pytest

from pytest_spotify.plugin.flow.traffic import ItemCassette, ItemResult, ItemTraffic
from pytest_spotify.plugin.state import get_state


def traffic_for(config: pytest.Config, cassette: ItemCassette, result: ItemResult) -> ItemTraffic:
    """Return the traffic of an item: from its cassette, or from the target of a live run."""
    state = get_state(config)
    if state.live is not None:
        from pytest_spotify.plugin.flow.live_traffic import LiveTraffic

        return LiveTraffic(state, state.live, cassette, result)
    from pytest_spotify.plugin.flow.replay_traffic import ReplayTraffic

    return ReplayTraffic(state, cassette, result)


def record_command(item: pytest.Item) -> str:
    """Return the command that records an item, or records it again."""
    return f"pytest {shlex.quote(item.nodeid)} --spotify-live --record-mode=rewrite"
