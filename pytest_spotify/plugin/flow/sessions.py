"""Sessions on the traffic of an item."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.plugin.flow import ItemTraffic

if TYPE_CHECKING:
    from pytest_spotify.exchange import Exchange
    from pytest_spotify.transport.live import Transport
    from pytest_spotify.transport.session import Authorization, SpotifySession


def make_session(
    config: pytest.Config,
    traffic: ItemTraffic,
    authorization: Authorization,
    *,
    on_exchange: Callable[[Exchange], None],
    transport: Transport | None = None,
) -> SpotifySession:
    """Return a session, as the hook `pytest_spotify_session` changes it, that sends to the traffic."""
    from pytest_spotify.transport.session import SpotifySession

    session = SpotifySession(
        transport or traffic.send,
        authorization=authorization,
        target=traffic.target,
        on_exchange=on_exchange,
    )
    config.hook.pytest_spotify_session(config=config, session=session)
    return session
