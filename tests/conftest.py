"""What all tests share: no variable of the developer's reaches them."""

import os

import pytest

pytest_plugins = ["pytester"]

_READ_BY_OTHERS = {"NETRC", "PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"}  # by requests and by pytest


@pytest.fixture(autouse=True)
def _no_spotify_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SPOTIFY_", "SPOTIPY_")) or name in _READ_BY_OTHERS:
            monkeypatch.delenv(name)
