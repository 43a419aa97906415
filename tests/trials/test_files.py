"""No cassette is lost or damaged: killed writers, cut files, failing tests, many workers, hostile names."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.persister import write
from pytest_spotify.errors import DamagedCassette
from tests.support.hostile_names import hostile_names
from tests.support.inner_run import NO_CACHE, PLUGINS
from tests.support.loopback_server import LoopbackServer, Received, Reply, as_json
from tests.support.project import SANDBOX, Project, no_traceback
from tests.support.traffic_samples import exchange

ROOT = Path(__file__).parents[2]
CASSETTES = ROOT / "cassettes"
slow = pytest.mark.slow

# One process imports what is needed; each writer is forked from it.
NURSERY = """
import os, sys
from pathlib import Path
from pytest_spotify.cassettes.persister import replace_cassette
from pytest_spotify.cassettes.writer import serialize
from tests.support.traffic_samples import exchange

path = Path(sys.argv[1])
one = exchange({"filler": ["x" * 60] * 600}, request_headers={})
data = [serialize([one] * 3, {"number": number}) for number in range(2)]
for line in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)
        continue
    number = 0
    while True:
        number = 1 - number
        replace_cassette(path, data[number], root=path.parent)
"""


@pytest.mark.parametrize("kills", [5, pytest.param(200, marks=slow)])
def test_killed_writers(tmp_path: Path, kills: int):
    """After kill -9 at any instant the cassette is whole, and the next writer leaves no other file."""
    rng = random.Random(12)
    path = tmp_path / "a.yaml"
    write(path, [exchange({}, request_headers={})] * 3, {}, root=tmp_path)
    stray = 0
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY, str(path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as nursery:
        for _ in range(kills):
            nursery.stdin.write("\n")
            nursery.stdin.flush()
            writer = int(nursery.stdout.readline())
            select.select([], [], [], rng.uniform(0, 0.05))
            os.kill(writer, signal.SIGKILL)
            assert nursery.stdout.readline() == "gone\n"
            assert len(load(path).exchanges) == 3
            stray += len(os.listdir(tmp_path)) - 1
        nursery.stdin.close()
    assert "number" in load(path).provenance
    write(path, [], {}, root=tmp_path)
    assert os.listdir(tmp_path) == ["a.yaml"]
    print(f"{kills} killed, {stray} found with a temporary file, 0 lost, 0 left")


@slow
def test_killed_runs(project: Project):
    """The same for a whole pytest that records: of twenty that are killed none loses or leaves anything."""
    rng = random.Random(13)
    project.bundled("get-track", "get-an-album", "search")
    project.record()
    names = set(project.cassettes())
    arguments = [sys.executable, "-m", "pytest", "-q", *NO_CACHE, *PLUGINS, *SANDBOX]
    started = time.monotonic()
    subprocess.run(arguments, cwd=project.path, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - started
    for _ in range(20):
        run = subprocess.Popen(arguments, cwd=project.path, stdout=subprocess.DEVNULL)
        select.select([], [], [], rng.uniform(whole / 2, whole))
        run.kill()
        run.wait()
        project.run().assert_outcomes(passed=len(names))
    project.record()
    assert set(project.cassettes()) == names


@pytest.mark.parametrize("number", [2, pytest.param(20, marks=slow)])
def test_cut_files(tmp_path: Path, number: int):
    """Of the cassettes that we ship, no prefix is accepted, and each is refused with our error."""
    shipped = sorted(CASSETTES.rglob("*.yaml"), key=lambda path: (path.stat().st_size, path))
    chosen = shipped[:: len(shipped) // 20][:20][:: 20 // number]
    assert len(chosen) == number
    tried = 0
    for path in chosen:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        assert load(copy).exchanges
        for length in range(copy.stat().st_size - 1, -1, -1):
            os.truncate(copy, length)
            tried += 1
            with pytest.raises(DamagedCassette, match="cut"):
                load(copy)
    print(f"{tried} prefixes of {number} cassettes, 0 accepted")


FAILING = """
import pytest, requests

KIND = {kind!r}

@pytest.fixture
def tear_down():
    yield
    assert KIND != "tear-down"

@pytest.mark.spotify
@pytest.mark.parametrize("number", range({number}))
def test_it(number, tear_down, spotify_target):
    answer = requests.get(f"{{spotify_target.api_url}}/things/abc?limit=1&{{KIND}}={{number}}", timeout=9)
    assert KIND != "assertion"
    assert answer.ok
"""
KINDS = ["assertion", "violation", "tear-down", "leak", "outage"]


@pytest.mark.parametrize("number", [2, pytest.param(50, marks=slow)])
def test_failing_recordings(project: Project, monkeypatch: pytest.MonkeyPatch, number: int):
    """Over a good cassette fails a test, what it is answered, its tear-down, or the leak check: no change."""
    secret = "c0ffee0123456789abcdefABCDEF"
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", secret)
    project.contract()

    def answer(received: Received) -> Reply:
        if "outage" in received.path:
            return Reply(503, {"Retry-After": "9999"})  # so long that nobody waits for it
        note = "".join(f"&#{ord(letter)};" for letter in secret) if "leak" in received.path else None
        return as_json({"id": "abc", "kind": 1 if "violation" in received.path else "red", "note": note})

    with LoopbackServer(answer) as server:
        addresses = (f"--spotify-api-url={server.url}/v1", f"--spotify-accounts-url={server.url}/accounts")
        options = ("--spotify-live", "--record-mode=rewrite", "test_it.py", *addresses)
        project.file("test_it.py", FAILING.format(kind="none", number=number))
        project.run(*options).assert_outcomes(passed=number)
        before = project.cassettes()
        assert len(before) == number
        for kind in KINDS:
            project.file("test_it.py", FAILING.format(kind=kind, number=number))
            outcomes = project.run(*options).parseoutcomes()
            ended = sum(outcomes.get(name, 0) for name in ("failed", "errors", "skipped"))
            assert ended == number, kind  # after an outage the rest is not asked
            assert project.cassettes() == before, kind
    print(f"{number * len(KINDS)} failing recordings, 0 bytes changed")


MANY = """
import pytest

@pytest.mark.spotify
@pytest.mark.parametrize("number", range({number}))
def test_it(number, spotify_session):
    assert spotify_session.get("/tracks/11dFghVXANMlKmJXsNCbNl").ok
    assert spotify_session.get("/search", params={{"q": f"{{number}}", "type": "track"}}).ok
"""


@slow
def test_many_workers(project: Project, live: list[str]):
    """Workers that record beside each other keep all of their cassettes, round after round.

    `tests/plugin/test_workers.py` has one round of two workers.
    """
    workers, number, rounds = 8, 160, 3
    project.file("test_it.py", MANY.format(number=number))
    kept = 0
    for _ in range(rounds):
        result = project.run(f"-n{workers}", *live, "--record-mode=rewrite")
        result.assert_outcomes(passed=number)
        written = project.cassettes()
        kept += sum(len(load(project.path / "cassettes" / name).exchanges) == 2 for name in written)
        for name in written:
            (project.path / "cassettes" / name).unlink()
    assert kept == number * rounds
    print(f"{kept} of {number * rounds} kept")


HOSTILE = """
import json
from pathlib import Path
import pytest, requests

NAMES = json.loads(Path(__file__).with_name("names.json").read_text())

@pytest.mark.spotify
@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_it(number, spotify_target):
    assert requests.get(f"{spotify_target.api_url}/things?number={number}", timeout=9).status_code == 401
"""


@pytest.mark.parametrize(
    "names",
    [["../../x", "a/b", "a:b", "A/B", "con"], pytest.param(hostile_names(), marks=slow)],
    ids=["some", "all"],
)
def test_hostile_ids(project: Project, names: list[str]):
    """Whatever its id, a marked test is recorded inside its folder, in a file of its own, and replays."""
    for module in ("test_it.py", "test_It.py", "folder with blanks/test it.py", "test_\u00e9\u202e.py"):
        project.file(module, HOSTILE)
        (project.path / module).with_name("names.json").write_text(json.dumps(names))
    everything = set(project.path.rglob("*"))
    arguments = ("-o", "python_files=test*.py", "--import-mode=importlib", ".")
    options = (*SANDBOX, *arguments)
    project.run(*options).assert_outcomes(passed=4 * len(names))
    written = set(project.path.rglob("*.yaml"))
    assert len(written) == len({str(path).casefold() for path in written}) == 4 * len(names)
    # Other plugins make folders of their own.
    new = {path for path in set(project.path.rglob("*")) - everything if path.is_file()}
    new = {path for path in new if "__pycache__" not in path.parts}
    assert all("cassettes" in path.parts for path in new)
    result = project.run(*arguments)
    result.assert_outcomes(passed=4 * len(names))
    no_traceback(result)
    print(f"{4 * len(names)} recorded under hostile ids, {len(written)} files, 0 outside")
