"""Eight workers at a server that allows so many requests a second."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path

import pytest

from tests.support.loopback_server import LoopbackServer, Received, Reply, as_json

PROGRAM = """
import sys
from pathlib import Path
from pytest_spotify.exchange import API_URL, Request
from pytest_spotify.transport.limits import RunLimits
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.target import Target
url, folder, number = sys.argv[1:]
transport = LiveTransport(
    Target(api_url=f"{url}/v1", accounts_url=f"{url}/accounts"),
    limits=RunLimits(folder=Path(folder), pace=1 / 15),
)
sys.stdin.readline()
for _ in range(int(number)):
    assert transport(Request(method="GET", url=f"{API_URL}/me")).status == 200
transport.close()
"""
ALLOWED = 20  # a second


class LimitingServer:
    """Answers at most so many requests in any second, and refuses the others."""

    def __init__(self) -> None:
        self.answered: deque[float] = deque()
        self.refused = 0
        self._lock = threading.Lock()

    def answer(self, _: Received) -> Reply:
        with self._lock:
            now = time.monotonic()
            if len(self.answered) >= ALLOWED and now - self.answered[-ALLOWED] < 1:
                self.refused += 1
                return as_json({"error": {"status": 429, "message": "x"}}, 429, Retry_After="1")
            self.answered.append(now)
            return as_json({})


@pytest.mark.parametrize(("workers", "each"), [(2, 15), pytest.param(8, 40, marks=pytest.mark.slow)])
def test_workers_keep_to_one_pace(tmp_path: Path, workers: int, each: int):
    """None is refused, and all together take at most half as long again as the server's limit asks for."""
    limiting = LimitingServer()
    with LoopbackServer(limiting.answer) as server:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, server.url, str(tmp_path), str(each)],
                stdin=subprocess.PIPE,
                cwd=Path(__file__).parents[2],
            )
            for _ in range(workers)
        ]
        for process in processes:  # all at once
            assert process.stdin
            process.stdin.write(b"\n")
            process.stdin.flush()
        for process in processes:
            process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0] * workers
    assert limiting.refused == 0
    taken, floor = limiting.answered[-1] - limiting.answered[0], workers * each / ALLOWED
    print(f"{workers} workers: {workers * each} requests in {taken:.1f} s, floor {floor:.1f} s, 0 refused")
    assert taken <= 1.5 * floor
