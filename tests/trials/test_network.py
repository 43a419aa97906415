"""What a run that replays lets out: nothing, whatever way the code of a Spotify test takes."""

from __future__ import annotations

import re

from tests.support.network_probes import PROBES
from tests.support.project import Project

TESTS = """
import pytest
from tests.support.network_probes import PROBES

@pytest.mark.spotify
@pytest.mark.parametrize("way", PROBES)
def test_it(way):
    PROBES[way]()

@pytest.mark.spotify
@pytest.mark.parametrize("way", PROBES)
def test_swallowing(way):
    try:
        PROBES[way]()
    except Exception:
        pass
"""

# Each notes what became of it; a name is enough, since nothing is sent before it is resolved.
CONFTEST = """
import atexit, socket, threading
from pathlib import Path
import pytest

NOTES = Path(__file__).with_name("notes.txt")

def probe(where):
    for name in ("api.spotify.com", "accounts.spotify.com"):
        try:
            socket.create_connection((name, 443), timeout=1)
        except BaseException as error:
            with NOTES.open("a") as file:
                file.write(f"{where} {name} {type(error).__name__}\\n")

probe("import")
atexit.register(probe, "exit")

@pytest.fixture(scope="session", autouse=True)
def wide():
    probe("session fixture")
    yield
    thread = threading.Thread(target=probe, args=("late thread",))
    thread.start()
    thread.join()
"""


def test_no_probe_leaves_during_a_spotify_test(project: Project):
    """Thirty ways to a foreign host, thrown and swallowed: each is refused, and fails its test."""
    assert len(PROBES) >= 18
    project.file("test_it.py", TESTS)
    result = project.run("--tb=line")
    result.assert_outcomes(failed=2 * len(PROBES))
    refused = set(re.findall(r"blocked: .*\(test: (test_it\.py::\S+\[[^\]]+\])\)", result.stdout.str()))
    assert len(refused) == 2 * len(PROBES)
    print(f"{2 * len(PROBES)} probes, 0 left")


def test_spotifys_hosts_from_start_to_exit(project: Project):
    """Neither at import, nor in a session's fixture, nor from a late thread, nor at exit, marked or not."""
    project.file("conftest.py", CONFTEST)
    project.file("test_it.py", "def test_it(): pass")
    project.run_apart().assert_outcomes(passed=1)
    notes = (project.path / "notes.txt").read_text().split("\n")[:-1]
    places = ("import", "session fixture", "late thread", "exit")
    expected = [
        f"{place} {name}.spotify.com NetworkBlocked" for place in places for name in ("api", "accounts")
    ]
    assert notes == expected
