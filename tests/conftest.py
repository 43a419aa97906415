"""What tests share: somebody's project, a sandbox, and that no variable of the developer's reaches them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # where the wheel is tried, nothing of the package can be imported here
    from pytest_spotify.sandbox import Sandbox
    from tests.support.project import Project

pytest_plugins = ["pytester"]

_READ_BY_OTHERS = {"NETRC", "PYTEST_ADDOPTS", "CI", "BUILD_NUMBER"}  # by requests and by pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Use one worker more than there are cores where there are few: a fifth of the time a test waits."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1 if 1 < cores <= 4 else None


def pytest_configure() -> None:
    """Look for garbage among all that lives a tenth as often as usual: a sixth of the time went there."""
    gc.set_threshold(7000, 10, 100)


@pytest.fixture(autouse=True)
def _no_spotify_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SPOTIFY_", "SPOTIPY_")) or name in _READ_BY_OTHERS:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let processes that tests start share their bytecode, also where the checkout is to stay without any."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        if "PYTHONDONTWRITEBYTECODE" in os.environ:
            monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
            folder = tmp_path_factory.getbasetemp()  # of a worker: inside that of the run
            folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
            monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(folder / "bytecode"))
        yield


@pytest.fixture(scope="session")
def project_class() -> type[Project]:
    """The class of projects: pytester forgets after a test what was first imported in its time."""
    from tests.support.project import Project

    return Project


@pytest.fixture
def project(
    project_class: type[Project], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """An empty project."""
    return project_class(pytester, monkeypatch)


@pytest.fixture(scope="session")
def started_sandbox() -> Iterator[Sandbox]:
    """The sandbox that all tests share: to stop one takes a fifth of a second."""
    from pytest_spotify.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(started_sandbox: Sandbox) -> Sandbox:
    """A sandbox as it is when it starts, apart from the run."""
    started_sandbox.start()  # a test may have stopped it
    started_sandbox.reset()
    started_sandbox.token_lifetime, started_sandbox.code_lifetime = 3600, 600
    started_sandbox.rotate_refresh_tokens, started_sandbox.omit_refresh_token = False, True
    return started_sandbox


@pytest.fixture
def live(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options of a live run there; id, secret and refresh token are in the environment."""
    from tests.support.project import live_at

    monkeypatch.setenv("SPOTIFY_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", sandbox.client_secret)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", sandbox.refresh_token)
    return live_at(sandbox)
