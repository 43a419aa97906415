"""Ctrl-C at any moment of a story or of a recording: the run ends, and account and files are whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.sandbox import Sandbox
from tests.e2e.test_stories_restore import (  # noqa: F401 - two are fixtures
    FLOWS,
    WRITE,
    Account,
    account,
    extended,
)
from tests.support.inner_run import NO_CACHE, PLUGINS
from tests.support.project import live_at

_GUARD = 60  # seconds, on a machine that does much else; the slowest is printed
# Any of them is run, for each interrupt.
SELECTED = {
    "stories": [[*WRITE, str(story)] for story in sorted(FLOWS.glob("test_*.py"))],
    "recordings": [["--record-mode=rewrite", "--spotify-access=extended", "contracts"]],
}

REQUESTS = {"stories": 40, "recordings": 20}  # at least; the last moments of a run are after all of them

# Forks a run for each line; the first is not forked, and passes: what a run imports is there after it,
# so that a signal strikes the run and not that.
SERVER = """
import gc, os, signal, sys, pytest

def run(line):
    return int(pytest.main(line.rstrip("\\n").split("\\t")))

shown, sys.stdout = sys.stdout, sys.stderr
status = run(sys.stdin.readline())
gc.collect()
gc.freeze()
sys.stdout = shown
print(status, flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        sys.stdout = sys.stderr = open(os.devnull, "w")
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            status = run(line)
        except KeyboardInterrupt:
            status = 2
        os._exit(status)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def server(account: Account) -> Iterator[subprocess.Popen[str]]:  # noqa: F811
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=account.project.path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        yield process
        assert process.stdin
        process.stdin.close()


def answer(process: subprocess.Popen[str], arguments: list[str]) -> str:
    """Have pytest run with the arguments, and return the server's first line about it."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("\t".join(arguments) + "\n")
    process.stdin.flush()
    return process.stdout.readline()


def interrupt(process: subprocess.Popen[str], arguments: list[str], moment: Moment) -> tuple[int, float]:
    """Run pytest and interrupt it at some moment; return its exit status and the seconds from then."""
    child = int(answer(process, arguments))
    with suppress(ProcessLookupError):  # it has passed meanwhile
        while not moment.wait(0.001):
            os.kill(child, 0)
        os.kill(child, signal.SIGINT)
    began = time.monotonic()
    watchdog = threading.Timer(_GUARD, process.kill)
    watchdog.start()
    assert process.stdout
    line = process.stdout.readline()
    watchdog.cancel()
    assert line, f"not ended within {_GUARD} s"
    return int(line), time.monotonic() - began


class Moment:
    """A moment from now on: so many requests have come, and so many seconds are over."""

    def __init__(self, sandbox: Sandbox, requests: int, seconds: float) -> None:
        self._sandbox, self._seconds = sandbox, seconds
        self._exchanges = len(sandbox.exchanges) + requests

    def wait(self, at_most: float) -> bool:
        """Wait for a while at most; return True if the moment has come."""
        if len(self._sandbox.exchanges) < self._exchanges:
            threading.Event().wait(at_most)
            return False
        threading.Event().wait(self._seconds)
        return True


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("recordings", 1),  # a story is interrupted in test_stories_restore.py
        pytest.param("recordings", 150, marks=pytest.mark.slow),
        pytest.param("stories", 150, marks=pytest.mark.slow),
    ],
)
def test_interrupts(account: Account, server: subprocess.Popen[str], kind: str, times: int):  # noqa: F811
    """Each run ends, and nothing is left changed or half written."""
    project = account.project
    project.bundled("get-track", "get-current-users-profile", "get-playlist")
    before, moments, statuses, slowest = account.state(), random.Random(7), [], 0.0
    options = [*NO_CACHE, *PLUGINS, *live_at(account.sandbox)]
    assert answer(server, [*options, *SELECTED[kind][0]]) == "0\n"
    for _ in range(times):
        arguments = [*options, *moments.choice(SELECTED[kind])]
        requests = moments.randrange(REQUESTS[kind])
        moment = Moment(account.sandbox, requests, moments.uniform(0, 0.1 if requests else 0.4))
        status, seconds = interrupt(server, arguments, moment)
        statuses.append(status)
        slowest = max(slowest, seconds)
        if kind == "stories":
            assert account.state() == before
    # A test fails where its client makes another error of the interrupt.
    ended = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED}
    assert set(statuses) <= ended
    assert pytest.ExitCode.INTERRUPTED in statuses
    whole = 0
    for path in (project.path / "cassettes").rglob("*"):
        if not path.is_dir():
            assert load(path).exchanges
            whole += 1
    found = f"{statuses.count(2)} interrupted, {whole} cassettes, slowest end {slowest:.1f} s"
    print(f"{times} interrupts of {kind}: {found}")
