"""Whole runs of pytest, in processes of their own: from the first import to the last exit handler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What a plugin does that wants a run offline; every test counts as a Spotify test.
PLUGIN = """
import pytest
from pytest_spotify.intercept.network import block_network, block_spotify_hosts

block_spotify_hosts()

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    if item.get_closest_marker("free"):
        return (yield)
    with block_network(item.nodeid):
        return (yield)
"""

PROBE = """
import os, socket
from pathlib import Path

def probe(where, name="api.spotify.com"):
    try:
        socket.getaddrinfo(name, 443, flags=socket.AI_NUMERICHOST)
    except BaseException as error:
        with Path(os.environ["PROBED"]).open("a") as file:
            file.write(f"{where} {name}: {type(error).__name__}\\n")
"""


def run(folder: Path, *arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
    for name, text in {"offline": PLUGIN, "probing": PROBE, **files}.items():
        (folder / f"{name}.py").write_text(text)
    inherited = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment = inherited | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
        "PROBED": str(folder / "probed.txt"),
    }
    command = [sys.executable, "-m", "pytest", "-p", "offline", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def probed(folder: Path) -> list[str]:
    return (folder / "probed.txt").read_text().splitlines()


def test_spotifys_names_from_start_to_exit(tmp_path: Path) -> None:
    """Code outside of tests is refused too: imports, hooks, wide fixtures, late threads, exit handlers."""
    done = run(
        tmp_path,
        conftest="""
            import pytest
            from probing import probe

            probe("conftest import")

            def pytest_collection_finish():
                probe("hook")

            @pytest.fixture(scope="session", autouse=True)
            def session():
                probe("session set-up")
                yield
                probe("session tear-down")

            def pytest_unconfigure():
                probe("unconfigure")
        """.replace("\n            ", "\n"),
        test_it="""
            import atexit, threading
            from probing import probe

            probe("module import")
            atexit.register(probe, "exit")
            over = threading.Event()
            late = threading.Thread(target=lambda: (over.wait(30), probe("late thread")))

            def test_it():
                late.start()

            def teardown_module():
                probe("module tear-down")
                over.set()
                late.join()
        """.replace("\n            ", "\n"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert probed(tmp_path) == [
        f"{where} api.spotify.com: NetworkBlocked"
        for where in (
            "conftest import",
            "module import",
            "hook",
            "session set-up",
            "module tear-down",
            "late thread",
            "session tear-down",
            "unconfigure",
            "exit",
        )
    ]


def test_a_refusal_is_a_failure_that_tells_what_to_do(tmp_path: Path) -> None:
    """A test that swallows every Exception fails all the same, with our message; so does an import."""
    done = run(
        tmp_path,
        "--continue-on-collection-errors",
        test_it="""
            import socket

            def test_swallowing():
                for _ in range(3):
                    try:
                        socket.create_connection(("spotify-test.invalid", 80))
                    except Exception:
                        pass
        """.replace("\n            ", "\n"),
        test_import="import socket\nsocket.getaddrinfo('api.spotify.com', 443)",
    )
    assert done.returncode == 1
    assert "1 failed, 1 error" in done.stdout
    assert (
        "network access to api.spotify.com blocked: only a live run may use it (outside of a test)"
        in done.stdout
    )
    assert "pytest test_it.py::test_swallowing --spotify-live --record-mode=rewrite" in done.stdout


def test_tests_that_are_not_ours_keep_their_network(tmp_path: Path) -> None:
    """Before, between and after Spotify tests every other name is free, and Spotify's are not."""
    test = """
        import pytest
        from probing import probe

        @pytest.mark.free
        def test_before():
            probe("before", "other.invalid")

        def test_spotify():
            probe("within", "other.invalid")

        @pytest.mark.free
        def test_after():
            probe("after", "other.invalid")
            probe("after")
    """.replace("\n        ", "\n")
    done = run(tmp_path, "-W", "ignore", test_it=test)
    assert done.returncode == 0, done.stdout + done.stderr
    assert probed(tmp_path) == [
        "before other.invalid: gaierror",
        "within other.invalid: NetworkBlocked",
        "after other.invalid: gaierror",
        "after api.spotify.com: NetworkBlocked",
    ]


@pytest.mark.slow  # runs with workers of `tests/plugin/test_workers.py` report by the same way
def test_xdist_goes_on(tmp_path: Path) -> None:
    """Workers report to their controller while the network is blocked."""
    pytest.importorskip("xdist")
    tests = "import pytest\n@pytest.mark.parametrize('n', range(20))\ndef test_it(n): pass\n"
    done = run(tmp_path, "-p", "xdist.plugin", "-n2", test_it=tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 passed" in done.stdout


def script(code: str) -> None:
    """Run Python code in which no plugin has refused anything."""
    done = subprocess.run(
        [sys.executable, "-c", f"from pytest_spotify.intercept.network import *\nimport socket, sys\n{code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_audit_hook_is_added_once_and_late() -> None:
    """Refusing two names adds no hook, since none can be removed; the first block does, the second none."""
    script("""
hooks, add = [], sys.addaudithook
sys.addaudithook = lambda hook: (hooks.append(hook), add(hook))
block_spotify_hosts()
counts = [len(hooks)]
for _ in range(2):
    with block_network("test"):
        counts.append(len(hooks))
assert counts == [0, 1, 1], counts
""")


def test_all_is_as_it_was() -> None:
    """Afterwards, also after an error, the wrappers are gone, and one that somebody kept lets all pass."""
    script("""
before = [dict(vars(socket)), dict(vars(socket.socket))]
lift = block_spotify_hosts()
kept = socket.getaddrinfo
try:
    with block_network("test"):
        raise KeyboardInterrupt
except KeyboardInterrupt:
    pass
assert [dict(vars(socket)), dict(vars(socket.socket))] != before
lift()
lift()
assert [dict(vars(socket)), dict(vars(socket.socket))] == before
try:
    kept("api.spotify.com", 443, flags=socket.AI_NUMERICHOST)
except socket.gaierror:
    pass
else:
    raise AssertionError
with block_network("test"):
    pass
assert [dict(vars(socket)), dict(vars(socket.socket))] == before
""")


def test_what_others_put_in_place_meanwhile_stays() -> None:
    """A function that somebody else has put over ours is left to them."""
    script("""
lift = block_spotify_hosts()
theirs = lambda *args: ours(*args)
ours, socket.getaddrinfo = socket.getaddrinfo, theirs
lift()
assert socket.getaddrinfo is theirs
assert theirs("127.0.0.1", 80)
""")


def test_refusing_twice_is_lifted_twice() -> None:
    """Two who refuse do not lift each other's rule, in whatever order they end."""
    script("""
first, second = block_spotify_hosts(), block_spotify_hosts()
first()
try:
    socket.getaddrinfo("api.spotify.com", 443, flags=socket.AI_NUMERICHOST)
except BaseException as error:
    assert type(error).__name__ == "NetworkBlocked"
else:
    raise AssertionError
second()
try:
    socket.getaddrinfo("api.spotify.com", 443, flags=socket.AI_NUMERICHOST)
except socket.gaierror:
    pass
""")
