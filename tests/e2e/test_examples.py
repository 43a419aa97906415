"""The examples: each replays offline without credentials, and what is wrong on purpose is caught.

Each in an environment of its own with the built wheel, slowly; two of them in this process, too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.support.inner_run import WITHOUT_AUTOLOAD

if TYPE_CHECKING:  # where the wheel is tried, nothing of the package can be imported here
    from tests.support.project import Project

ROOT = Path(__file__).parents[2]
DOCS = "https://developer.spotify.com/documentation/web-api/reference"
HINT = "hint       an older app? set `spotify_access = development-older`; an app with extended quota? set *"


@dataclass(frozen=True, kw_only=True)
class Example:
    name: str
    needs: tuple[str, ...]  # modules
    tests: int
    mistakes: tuple[str, ...] = ("mistakes.py", "--spotify-sandbox")
    removed: tuple[str, str]  # what is said, and the operation's name
    over: tuple[str, str]
    unsent: tuple[str, str]


EXAMPLES = [
    Example(
        name="spotipy-backup",
        needs=("spotipy",),
        tests=2,
        removed=(
            "GET /artists/{id}/top-tracks was removed *; nothing replaces it",
            "get-an-artists-top-tracks",
        ),
        over=("/query/limit: expected at most 10, got 20", "search"),
        unsent=("/popularity", "get-track"),
    ),
    Example(
        name="tekore-running-time",
        needs=("tekore", "anyio"),
        tests=3,
        mistakes=("mistakes.py", "--spotify-sandbox", "--spotify-access=development"),
        removed=("GET /albums was removed *; use GET /albums/{id}", "get-multiple-albums"),
        over=("/query/limit: expected at most 10, got 20", "search"),
        unsent=("/popularity", "get-track"),
    ),
    Example(
        name="spotifyaio-dashboard",
        needs=("spotifyaio", "pytest_asyncio"),
        tests=2,
        removed=(
            "GET /playlists/{playlist_id}/tracks was removed *; use GET /playlists/{playlist_id}/items",
            "get-playlists-tracks",
        ),
        over=("/query/limit: expected at most 10, got 48", "get-an-artists-albums"),
        unsent=("/publisher", "get-a-show"),
    ),
    Example(
        name="requests-discography",
        needs=("requests",),
        tests=3,
        removed=(
            "GET /artists/{id}/top-tracks was removed *; nothing replaces it",
            "get-an-artists-top-tracks",
        ),
        over=("/query/limit: expected at most 10, got 50", "get-an-artists-albums"),
        unsent=("/followers", "get-an-artist"),
    ),
    Example(
        name="responses-fixtures",
        needs=("responses",),
        tests=6,
        mistakes=("mistakes.py", "mistaken"),
        removed=(
            "*GET /playlists/{playlist_id}/tracks was removed *; use GET /playlists/{playlist_id}/items*",
            "get-playlists-tracks",
        ),
        over=("*/query/limit: expected at most 10, got 20", "search"),
        unsent=("/tracks", "get-playlist"),
    ),
]


@dataclass(frozen=True)
class Copy(ABC):
    """An example in a folder of its own."""

    example: Example
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return an environment without credentials, sign-ins or anything else of the developer's."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
        home = {"HOME": str(self.folder / "home"), "XDG_CONFIG_HOME": str(self.folder / "home")}
        return {**kept, **home, "COLUMNS": "250"}

    def run(self, *arguments: str, status: int) -> str:
        """Run pytest, and return its output."""
        found, told = self._run(*arguments)
        assert found == status, told
        return told

    @abstractmethod
    def _run(self, *arguments: str) -> tuple[int, str]:
        """Run pytest, and return its exit status and output."""


@dataclass(frozen=True)
class CopyHere(Copy):
    """One that this process runs, with what is installed here."""

    project: Project

    def _run(self, *arguments: str) -> tuple[int, str]:
        with patch.dict(os.environ, {**self.environ, **WITHOUT_AUTOLOAD}, clear=True), chdir(self.folder):
            ran = self.project.run(*arguments)
        return int(ran.ret), ran.stdout.str() + ran.stderr.str()


@dataclass(frozen=True)
class CopyApart(Copy):
    """One that a Python of its own runs."""

    python: Path

    def _run(self, *arguments: str) -> tuple[int, str]:
        ran = subprocess.run(
            [self.python, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
            cwd=self.folder,
            env={**self.environ, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout


def _name(example: Example) -> str:
    return example.name


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Example:
    return request.param


# A client library, and a library that answers in Spotify's place.
some_examples = pytest.mark.parametrize("example", [EXAMPLES[0], EXAMPLES[-1]], ids=_name, indirect=True)
all_examples = pytest.mark.parametrize("example", EXAMPLES, ids=_name, indirect=True)


@pytest.fixture
def here(example: Example, tmp_path: Path, project: Project) -> Copy:
    """The example, run in this process."""
    missing = [module for module in example.needs if find_spec(module) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} is not installed; `tox -e examples` has it")
    return CopyHere(example, _copied(example, tmp_path), project)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _do([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT], folder)
    (built,) = folder.glob("pytest_spotify-*.whl")
    return built


@pytest.fixture
def apart(example: Example, wheel: Path, tmp_path: Path) -> Copy:
    """The example in an environment of its own: the wheel, and what its requirements name."""
    pytest.importorskip("uv", reason="uv is not installed; `tox -e examples` has it")
    uv = [sys.executable, "-m", "uv"]
    _do([*uv, "venv", "-q", "--python", sys.executable, tmp_path / "environment"], tmp_path)
    python = tmp_path / "environment/bin/python"
    requirements = ROOT / "examples" / example.name / "requirements.txt"
    install = [*uv, "pip", "install", "-q", "--python", python]
    _do([*install, f"pytest-spotify[sandbox] @ {wheel.as_uri()}", "-r", requirements], tmp_path)
    where = _do([python, "-c", "import pytest_spotify; print(pytest_spotify.__file__)"], tmp_path)
    assert str(tmp_path / "environment") in where
    return CopyApart(example, _copied(example, tmp_path), python)


@some_examples
def test_replay(here: Copy):
    """No server runs, no credential is set: every test of the example passes from its recordings."""
    _replays(here)


@some_examples
def test_mistakes(here: Copy):
    """A removed operation, a limit that is too high, a field that is no longer sent: caught, explained."""
    _catches(here)


@pytest.mark.slow
@all_examples
def test_from_the_wheel(apart: Copy):
    """In an environment of its own: replays, catches, is recorded from the sandbox anew, and replays that."""
    _replays(apart)
    _catches(apart)
    recordings = apart.folder / "tests" / "cassettes"
    if recordings.exists():
        before = {path.relative_to(recordings) for path in recordings.rglob("*.yaml")}
        shutil.rmtree(recordings)
        apart.run("--spotify-sandbox", "--record-mode=once", status=0)
        assert {path.relative_to(recordings) for path in recordings.rglob("*.yaml")} == before
        _replays(apart)


def _replays(copy: Copy) -> None:
    told = copy.run(status=0)
    assert "spotify: replay" in told
    assert f"{copy.example.tests} passed" in told


def _catches(copy: Copy) -> None:
    example = copy.example
    told = copy.run(*example.mistakes, status=1)
    assert "3 failed" in told
    assert "INTERNALERROR" not in told
    assert not re.search(r"Bearer (?!\$\(pytest-spotify token|\*\*\*)", told)
    lines = [line.removeprefix("E").strip() for line in told.splitlines()]
    sent = [] if example.name == "responses-fixtures" else ["sent by    *mistakes.py:*"]
    for said, operation in (example.removed, example.over):
        curl = ["reproduce  curl *https://api.spotify.com/v1/*", f"docs       {DOCS}/{operation}"]
        _in_order(lines, [said, f"contract   {operation} (GET /*), access development", *sent, HINT, *curl])
    field, operation = example.unsent
    meant = (
        "*"
        if example.name == "responses-fixtures"
        else "meaning    the code reads a field that its access is *"
    )
    said = f"{field}: development apps are not sent it*"
    _in_order(lines, [said, *sent, meant, HINT, f"docs       {DOCS}/{operation}"])


def _in_order(lines: Sequence[str], patterns: Sequence[str]) -> None:
    pytest.LineMatcher(list(lines)).fnmatch_lines([re.sub(r"[\[\]]", "[\\g<0>]", each) for each in patterns])


def _copied(example: Example, folder: Path) -> Path:
    to = folder / example.name
    shutil.copytree(ROOT / "examples" / example.name, to, ignore=shutil.ignore_patterns("__pycache__"))
    return to


def _do(command: Sequence[object], folder: Path) -> str:
    ran = subprocess.run(
        list(map(str, command)),
        cwd=folder,  # where the checkout is not importable
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout
