"""pytest-xdist: one directory for all workers of a run, and their messages printed by the controller.

Workers collect, but only the controller can end the run or write to the terminal. So a worker writes its
messages to the directory, and the controller prints them once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest

from pytest_spotify.files import write_atomically
from pytest_spotify.plugin.options import usage_error as layout_error

_HEADER, _REFUSAL, _UNUSED = "header.txt", "refusal.txt", "unused_cassettes.txt"
_KEY = "spotify_folder"
_PRINTED: pytest.StashKey[bool] = pytest.StashKey()


def set_shared_dir(workerinput: dict[str, object], folder: Path) -> None:
    """Give a worker, from the controller, the directory that it shares with the others."""
    workerinput[_KEY] = str(folder)


def shared_dir(config: pytest.Config) -> Path | None:
    """Return the folder that this worker shares with the others; None in a run without workers."""
    shared = getattr(config, "workerinput", {}).get(_KEY)
    return Path(shared) if shared else None


@contextmanager
def account_lock(config: pytest.Config) -> Iterator[None]:
    """Let one worker at a time change the account: each of them restores it."""
    folder = shared_dir(config)
    if folder is None:
        yield
        return
    from filelock import FileLock

    with FileLock(folder / "account.lock"):
        yield


def make_temp_dir(closing: ExitStack) -> Path:
    """Return a new directory that is removed at the end of the run."""
    from pytest_spotify.auth.temporary import temporary_folder

    return closing.enter_context(temporary_folder())


def write_line(config: pytest.Config, text: str) -> None:
    """Write a line to the terminal at once, past pytest's capture; a worker has none."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    if terminal is not None and not hasattr(config, "workerinput"):
        with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
            terminal.ensure_newline()
            terminal.write_line(text)


def usage_error(config: pytest.Config, refusal: str) -> None:
    """End the run with a usage error, here or, from a worker, in the controller."""
    folder = shared_dir(config)
    if folder is None:
        raise layout_error(refusal)
    write_message(folder, refusal=refusal)


def write_message(folder: Path, *, header: str = "", refusal: str = "", unused_cassettes: str = "") -> None:
    """Write the messages of a worker; all of them have collected the same and write the same."""
    for name, text in ((_UNUSED, unused_cassettes), (_HEADER, header), (_REFUSAL, refusal)):
        if text:
            # In one step: the controller may be reading the file of another worker.
            write_atomically(folder / name, text.encode())


def print_messages(config: pytest.Config, folder: Path) -> None:
    """Print the messages of the workers, once; raises UsageError if one of them ended the run."""
    if config.stash.get(_PRINTED, False):
        return
    config.stash[_PRINTED] = True
    refusal, header = folder / _REFUSAL, folder / _HEADER
    if refusal.exists():
        raise layout_error(refusal.read_text(encoding="utf-8"))
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if header.exists() and terminal is not None and config.get_verbosity() >= 0:
        terminal.ensure_newline()
        from pytest_spotify.report.layout import wrap

        width = config.get_terminal_writer().fullwidth
        terminal.write_line(wrap(header.read_text(encoding="utf-8"), width))


def unused_cassettes(folder: Path) -> list[str]:
    """Return the unused cassettes that the workers found."""
    left = folder / _UNUSED
    return left.read_text(encoding="utf-8").splitlines() if left.exists() else []
