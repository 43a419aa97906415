"""What tests share: somebody's project, a sandbox, and that no variable of the developer's reaches them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # where the wheel is tried, nothing of the package can be imported here
    from pytest_spotify.sandbox import Sandbox
    from tests.support.project import Project

pytest_plugins = ["pytester"]

_READ_BY_OTHERS = {"NETRC", "PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"}  # by requests and by pytest


@pytest.fixture(autouse=True)
def _no_spotify_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SPOTIFY_", "SPOTIPY_")) or name in _READ_BY_OTHERS:
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let processes that tests start share their bytecode, also where the checkout is to stay without any."""
    if "PYTHONDONTWRITEBYTECODE" in os.environ:
        monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.getbasetemp() / "bytecode"))


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project."""
    from tests.support.project import Project

    return Project(pytester, monkeypatch)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A target that was started apart from the run."""
    from pytest_spotify.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def live(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options of a live run there; id, secret and refresh token are in the environment."""
    from tests.support.project import live_at

    monkeypatch.setenv("SPOTIFY_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", sandbox.client_secret)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", sandbox.refresh_token)
    return live_at(sandbox)
