"""pytest-xdist: one folder for all workers of a run, and their word carried to the terminal.

Workers collect, but only the controller can end the run or write to the terminal. So a worker leaves in
the folder what it has to say, and the controller says it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pytest_spotify.files import write_atomically

_HEADER, _REFUSAL, _ORPHANS = "header.txt", "refusal.txt", "orphans.txt"
_KEY = "spotify_folder"
_SAID: pytest.StashKey[bool] = pytest.StashKey()


def share(workerinput: dict[str, object], folder: Path) -> None:
    """Tell a worker, from the controller, which folder it shares with the others."""
    workerinput[_KEY] = str(folder)


def folder_of(config: pytest.Config) -> Path | None:
    """Return the folder that this worker shares with the others; None in a run without workers."""
    shared = getattr(config, "workerinput", {}).get(_KEY)
    return Path(shared) if shared else None


@contextmanager
def turn(config: pytest.Config) -> Iterator[None]:
    """Let one worker at a time change the account: each of them puts back what it found there."""
    folder = folder_of(config)
    if folder is None:
        yield
        return
    from filelock import FileLock

    with FileLock(folder / "account.lock"):
        yield


def refuse(config: pytest.Config, refusal: str) -> None:
    """End the run with a usage error, here or, from a worker, in the controller."""
    folder = folder_of(config)
    if folder is None:
        raise pytest.UsageError(refusal)
    leave(folder, refusal=refusal)


def leave(folder: Path, *, header: str = "", refusal: str = "", orphans: str = "") -> None:
    """Leave what a worker would say or refuse; all of them have collected the same and say the same."""
    for name, text in ((_ORPHANS, orphans), (_HEADER, header), (_REFUSAL, refusal)):
        if text:
            # In one step: the controller may be reading what another worker left.
            write_atomically(folder / name, text.encode())


def say(config: pytest.Config, folder: Path) -> None:
    """Say in the controller, once, what the workers left; raises UsageError where they refused."""
    if config.stash.get(_SAID, False):
        return
    config.stash[_SAID] = True
    refusal, header = folder / _REFUSAL, folder / _HEADER
    if refusal.exists():
        raise pytest.UsageError(refusal.read_text(encoding="utf-8"))
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if header.exists() and terminal is not None:
        terminal.ensure_newline()
        terminal.write_line(header.read_text(encoding="utf-8"))


def orphans(folder: Path) -> list[str]:
    """Return the recordings of no test that the workers found."""
    left = folder / _ORPHANS
    return left.read_text(encoding="utf-8").splitlines() if left.exists() else []
