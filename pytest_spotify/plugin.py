"""The pytest plugin: options, ini keys, markers, fixtures and hooks; no logic of its own."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line("markers", "spotify: traffic with Spotify is recorded, replayed and checked")
    config.addinivalue_line("markers", "spotify_write: changes the account; live only with --spotify-write")
