"""What the ways through share: a user's machine, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # where the wheel is tried, nothing of the package can be imported here
    from selenium import webdriver

    from pytest_spotify.sandbox import Sandbox
    from tests.support.sign_in import Home


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path) -> Home:
    """A machine whose user has the sandbox's app, and has not signed in."""
    from tests.support.sign_in import Home

    return Home(tmp_path, sandbox)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Debian's Chromium."""
    from tests.support.chromium import started_chromium

    with started_chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started
