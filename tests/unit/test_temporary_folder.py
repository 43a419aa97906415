"""The folder of a run: gone when the run is over, and when it was killed, gone with the next run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_spotify.auth.temporary import temporary_folder

ROOT = Path(__file__).parents[2]
MAKER = """
import sys
from pytest_spotify.auth.temporary import temporary_folder

with temporary_folder() as folder:
    (folder / "token.json").write_text("{}")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the system's temporary ones are made."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def maker() -> Iterator[subprocess.Popen[str]]:
    """Return another process that has made such a folder and holds it; its output is the folder's path."""
    with subprocess.Popen(
        [sys.executable, "-c", MAKER], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def made_by(process: subprocess.Popen[str]) -> Path:
    """Return the folder of another process, made long ago."""
    folder = Path(process.stdout.readline().strip())
    os.utime(folder / "in-use.lock", (1, 1))
    return folder


def test_nothing_is_left(parent: Path):
    """After a run its folder is gone with all that is in it."""
    with temporary_folder() as folder:
        (folder / "tokens").mkdir()
        assert [*parent.iterdir()] == [folder]
    assert [*parent.iterdir()] == []


def test_nobody_else_can_read_it():
    """It may hold tokens, so it is its user's alone."""
    with temporary_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0


def test_a_killed_run_is_cleaned_up_by_the_next(parent: Path, maker: subprocess.Popen[str]):
    """What a killed run left, tokens too, is removed by the next run that makes such a folder."""
    left = made_by(maker)
    maker.kill()
    maker.wait()
    assert (left / "token.json").exists()
    with temporary_folder() as folder:
        assert [*parent.iterdir()] == [folder]


def test_a_run_that_goes_on_keeps_its_folder(maker: subprocess.Popen[str]):
    """However old it is, the folder of a process that lives is not touched."""
    other = made_by(maker)
    with temporary_folder():
        pass
    assert (other / "token.json").exists()


def test_what_others_call_alike_is_left_alone(parent: Path):
    """A folder that only has the name of ours is not touched."""
    (parent / "pytest-spotify-notes").mkdir()
    with temporary_folder():
        pass
    assert (parent / "pytest-spotify-notes").exists()
