"""Callers of the Web API, one for each access, shared by the tests of a module that change nothing there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import Api


@pytest.fixture(scope="module")
def extended() -> Iterator[Api]:
    with Sandbox("extended") as sandbox, Api(sandbox) as opened:
        yield opened


@pytest.fixture(scope="module")
def development() -> Iterator[Api]:
    with Sandbox("development") as sandbox, Api(sandbox) as opened:
        yield opened
