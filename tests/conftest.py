"""What all tests share: no variable of the developer's reaches them."""

import os

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_spotify_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SPOTIFY_", "SPOTIPY_")) or name in {"NETRC", "PYTEST_ADDOPTS"}:
            monkeypatch.delenv(name)
