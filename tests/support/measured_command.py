"""`pytest-spotify` in forks of one process that has imported it: time and memory are those of the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_ROOT = Path(__file__).parents[2]
_SECONDS = 60  # of the clock; a command that waits for ever is ended then
_NURSERY = """
import contextlib, gc, json, os, pkgutil, resource, signal, socket, sys, time
from importlib import import_module
import brotli, jsonschema_rs, orjson, yaml, zstandard
import pytest_spotify
from pytest_spotify.cli import main
from pytest_spotify.cli.check import check

for module in pkgutil.walk_packages(pytest_spotify.__path__, "pytest_spotify."):
    if module.name.split(".")[1] in {"check", "cli", "contracts", "formats", "lint", "traffic", "redaction"}:
        import_module(module.name)

def refuse(*_, **__):
    raise AssertionError("a socket was opened")

def run(order):
    os.chdir(order["folder"])
    for number, name in enumerate(["out", "err"], 1):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    signal.alarm(order["seconds"])
    os.environ.update(order["environ"])
    socket.socket = socket.getaddrinfo = refuse
    sys.argv = ["pytest-spotify", *order["arguments"]]
    started = time.process_time()
    status = 70
    try:
        main()
    except SystemExit as error:
        status = error.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"status": status, "seconds": time.process_time() - started, "memory": usage.ru_maxrss * 1024}

for command in sys.argv[1:]:  # what they read once is there after them
    sys.argv = ["pytest-spotify", command, os.devnull]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        with contextlib.suppress(SystemExit):
            main()
gc.collect()
gc.freeze()
for line in sys.stdin:
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(write, json.dumps(run(json.loads(line))).encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, encoding="ascii") as pipe:
        answer = pipe.read()
    _, killed = os.waitpid(pid, 0)
    print(answer or json.dumps({"status": -killed, "seconds": 0, "memory": 0}), flush=True)
"""


@dataclass(frozen=True)
class Measured:
    """What became of a command: its exit status, or minus the signal that ended it."""

    status: int
    seconds: float  # of the processor
    memory: int  # bytes at its highest
    out: str
    err: str


class MeasuredCommands:
    """Runs commands; to be closed by `with`."""

    def __init__(self, *warm: str) -> None:
        """Begin; what the commands of these names read once, such as contracts, is there already."""
        self._folder = TemporaryDirectory()
        self._nursery = subprocess.Popen(
            [sys.executable, "-c", _NURSERY, *warm],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> MeasuredCommands:
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.stdin.close()
        self._nursery.wait()
        self._nursery.stdout.close()
        self._folder.cleanup()

    def run(self, *arguments: object, folder: Path, **environ: str) -> Measured:
        """Run `pytest-spotify` with the arguments in a folder, without a socket."""
        files = {name: os.path.join(self._folder.name, name) for name in ("out", "err")}
        order = {"arguments": [*map(str, arguments)], "folder": str(folder), "seconds": _SECONDS}
        order |= {"environ": {"COLUMNS": "1000", **environ}, **files}
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        answer = json.loads(self._nursery.stdout.readline())
        shown = {name: Path(file).read_text(encoding="utf-8") for name, file in files.items()}
        return Measured(**answer, **shown)
