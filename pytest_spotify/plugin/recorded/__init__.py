"""Recorded files that the ini file names, as pytest items: bodies of mocks, and traffic."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_spotify.plugin.options import Settings
from pytest_spotify.plugin.recorded.body_items import body_file
from pytest_spotify.plugin.recorded.traffic_items import traffic_file


def recorded_file(path: Path, parent: pytest.Collector, settings: Settings) -> pytest.File | None:
    """Return the collector of a body file or of a file of traffic, or None for any other file."""
    return body_file(path, parent, settings.body_fixtures) or traffic_file(
        path, parent, settings.traffic_globs
    )
