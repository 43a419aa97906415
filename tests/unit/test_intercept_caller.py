"""The line of the user's that sent a request."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType

import httpx
import pytest
import requests

from pytest_spotify.exchange import Response
from pytest_spotify.intercept.callers import caller_lines
from pytest_spotify.intercept.interception import intercept

ME = "https://api.spotify.com/v1/me"
Frames = list[list[tuple[Path, int]]]


@contextmanager
def keeping(rootdir: Path, test_path: Path) -> Iterator[Frames]:
    """Intercept, and keep the frame for each request."""
    names = {
        "frames": [],
        "frame": partial(caller_lines, rootdir, test_path),
        "answered": Response(status=200),
    }
    # Made in memory, as the real answer lies in no file of the user's.
    exec("def answer(_):\n    frames.append(frame())\n    return answered\n", names)
    with intercept(names["answer"], hosts=[ME]):
        yield names["frames"]


@pytest.fixture
def frames(request: pytest.FixtureRequest) -> Iterator[Frames]:
    with keeping(request.config.rootpath, Path(__file__)) as found:
        yield found


def here() -> tuple[Path, int]:
    """Return the caller's file and line."""
    return Path(__file__), sys._getframe(1).f_lineno


def test_the_line_in_the_test(frames: Frames) -> None:
    """A call from the test is told by its line, through a client and through a thread."""
    with requests.Session() as session:
        line = (session.get(ME), here())[1]
    assert frames == [[line]]
    frames.clear()

    def send() -> tuple[Path, int]:
        with httpx.Client() as client:
            return (client.get(ME), here())[1]

    with ThreadPoolExecutor(1) as pool:
        assert [[pool.submit(send).result()]] == frames


def test_an_awaited_coroutine(frames: Frames) -> None:
    """A call that is awaited is told by its line."""

    async def run() -> tuple[Path, int]:
        async with httpx.AsyncClient() as client:
            return (await client.get(ME), here())[1]

    assert [[asyncio.run(run())]] == frames


def test_a_gathered_coroutine(frames: Frames) -> None:
    """A call that a task sends has no line, unless the user's own code runs the loop."""

    async def run() -> None:
        async with httpx.AsyncClient() as client:
            await asyncio.gather(client.get(ME))

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()
    line = (asyncio.run(run()), here())[1]
    assert frames == [[], [line]]


def _module(path: Path) -> ModuleType:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("def send(session, url):\n    session.get(url)\n")
    spec = importlib.util.spec_from_file_location("sending", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


INSTALLED = ".venv/lib/python3.11/site-packages/client.py"


@pytest.mark.parametrize(
    ("file", "line"), [("src/client.py", 2), (INSTALLED, None), ("../outside/client.py", None)]
)
def test_code_of_the_project(tmp_path: Path, file: str, line: int | None) -> None:
    """Beneath no test, the project's own code counts: not what is installed in it or lies elsewhere."""
    root = tmp_path / "root"
    path = root / file
    sending = _module(path)
    with keeping(root, root / "test_it.py") as found, requests.Session() as session:
        sending.send(session, ME)
    assert found == [[(path, line)] if line else []]


@pytest.mark.parametrize(
    ("file", "line"), [("src/client.py", 2), ("../editable/src/client.py", 2), (INSTALLED, None)]
)
def test_code_that_the_test_calls(tmp_path: Path, file: str, line: int | None) -> None:
    """The line of the code that sends comes first, also of an editable install, then that of the test."""
    path = tmp_path / "root" / file
    sending = _module(path)
    with keeping(tmp_path / "root", Path(__file__)) as found, requests.Session() as session:
        test = (sending.send(session, ME), here())[1]
    assert found == [[(path, line), test] if line else [test]]


def test_a_path_through_a_link(tmp_path: Path) -> None:
    """A file is recognised although its folder was reached through a symbolic link."""
    sending = _module(tmp_path / "real" / "client.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with keeping(tmp_path, tmp_path / "link" / "client.py") as found, requests.Session() as session:
        sending.send(session, ME)
    assert found == [[(tmp_path / "real" / "client.py", 2)]]
