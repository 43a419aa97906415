"""What may reach Spotify past the interception: processes that a test starts, and clients with native code.

Python sees that a process is started and that a module is loaded, and nothing of their connections.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

NATIVE_CLIENTS = ("curl_cffi", "grpc", "primp", "pycurl", "rnet", "tls_client")


def loaded_native_clients() -> list[str]:
    """Return the names of loaded client libraries that have network code of their own."""
    return [name for name in NATIVE_CLIENTS if name in sys.modules]


@contextmanager
def watch_processes(on_start: Callable[[str], None]) -> Iterator[None]:
    """Call `on_start` with the program of each process that any thread starts, while this is open.

    The first call adds an audit hook, which Python cannot remove again (PEP 578).
    """
    _add_audit_hook()
    _watchers.append(on_start)
    try:
        yield
    finally:
        _watchers.remove(on_start)


_watchers: list[Callable[[str], None]] = []

# What starts a process, with the place of the command among the arguments of the event.
_EVENTS = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(_audit)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _watchers and event in _EVENTS:
        program = _program(args[_EVENTS[event]])
        for on_start in tuple(_watchers):
            on_start(program)


def _program(command: Any) -> str:
    """Return the file name of the program of a command: a list, or a line for a shell."""
    is_line = isinstance(command, str | bytes | os.PathLike)
    words = os.fsdecode(command).split() if is_line else [os.fsdecode(word) for word in command]
    return os.path.basename(words[0]) if words else ""
