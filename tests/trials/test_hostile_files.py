"""Hostile files of traffic and contracts: each ends soon, in a few lines that are not the file's.

`tests.support.hostile_traffic` and `hostile_contracts` have the tables. A dozen are tried always, in this
process; all of them where slow tests run, each in a process of its own, with its time and memory.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.hostile_contracts import CONTRACTS
from tests.support.hostile_files import MB, Make
from tests.support.hostile_traffic import TRAFFIC
from tests.support.machine import is_in_time
from tests.support.measured_command import MeasuredCommands
from tests.support.project import Project, no_traceback

slow = pytest.mark.slow
linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="files of Linux")
pytestmark = linux

TABLES = {"check": TRAFFIC, "scan": TRAFFIC, "lint": CONTRACTS}
MANY = {"check": 150, "lint": 130}
SAMPLE = [
    *(
        ("check", name)
        for name in (
            "memory of the process",
            "name that is too long",
            "folder that is too deep",
            "body nested 300 deep",
            "name of line feeds",
            "address with commands",
            "billion laughs in lists",
            "attachment that is a FIFO",
        )
    ),
    *(
        ("lint", name)
        for name in (
            "link to a FIFO",
            "schema: hostile reference",
            "schema: properties 300 deep",
            "schema: 2,000 hostile keywords",
            "references through 300 files",
            "definitions doubled 30 times",
        )
    ),
]
SECONDS = 5
RATES = {"check": 3 * MB, "scan": 2 * MB, "lint": 3 * MB}  # bytes a second
FACTOR = 10  # of the file
FREE = 32 * MB  # that a small file may take
LINES = 101
LETTERS = 60_000
# What a terminal obeys, or hides.
CONTROLS = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
# A body of 64 MB may be decompressed; and jsonschema-rs keeps a copy of the body for each fault in it.
BOMBS = {"check": 80 * MB, "scan": 200 * MB, "lint": 0}
SCAN = 25  # of lines of three characters, as `re.sub` has a text for each
MINUTES = {"60 MB of text in quotes"}  # which is 15 million escapes to `scan`
FACTORS = {"body of 300,000 unknown names": 20, "6 MB of names in an entry": 20}


def make(path: Path, maker: Make) -> Path:
    path.parent.mkdir(parents=True)
    return maker(path)


def holds(status: int, out: str, err: str) -> None:
    """Assert that a command ended by itself, in a few lines, and shows nothing as the file has it."""
    assert status in {0, 1, 2}, err[-3000:]
    assert "Traceback" not in err
    lines = [line for line in err.splitlines() if " exchanges checked" not in line]
    assert len(lines) <= LINES
    assert len(err) <= LETTERS
    assert not CONTROLS.search(out + err)
    # A line of the terminal is a command to the runner of GitHub Actions if it begins so, blanks aside.
    for line in (out + err).splitlines():
        assert not line.lstrip().startswith(("::", "evil"))
        assert "##[" not in line


@pytest.mark.parametrize(("command", "name"), SAMPLE)
def test_hostile_files(command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample: each ends with an exit status of the command's own and a few lines without controls."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    path = make(tmp_path / "files" / "x.contract.json", TABLES[command][name])
    ran = run(command, path)
    holds(ran.status, ran.out, ran.err)
    shutil.rmtree(tmp_path / "files", ignore_errors=True)


@pytest.fixture(scope="module")
def commands() -> Iterator[MeasuredCommands]:
    with MeasuredCommands("check", "lint") as commands:
        yield commands


@pytest.fixture(scope="module")
def for_nothing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What each command takes for an empty file, in bytes, the contracts that it reads among them."""
    folder = tmp_path_factory.mktemp("empty")
    path = folder / "x.contract.json"
    path.write_text("{}")
    with MeasuredCommands() as commands:
        return {command: commands.run(command, path, folder=folder).memory for command in TABLES}


def most_memory(command: str, name: str, size: int) -> int:
    if "bomb" in name or name.startswith("gzip of 60 MB"):
        return BOMBS[command] or FREE
    return max(FREE, FACTORS.get(name, SCAN if command == "scan" else FACTOR) * size)


def all_cases() -> Iterator[tuple[str, str]]:
    """Yield all files of a kind; one in three for `scan`, to which most of them are bytes like any."""
    for command, table in TABLES.items():
        names = [name for name in table if command != "scan" or name not in MINUTES]
        yield from ((command, name) for name in names[:: 3 if command == "scan" else 1])


@slow
@pytest.mark.parametrize(("command", "name"), [*all_cases()])
def test_all_hostile_files(
    command: str, name: str, tmp_path: Path, commands: MeasuredCommands, for_nothing: dict[str, int]
) -> None:
    """Each ends in 5 s of an idle machine or at 3 MB/s, in memory under ten times the file, as above."""
    path = make(tmp_path / "files" / "x.contract.json", TABLES[command][name])
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    ran = commands.run(command, path, folder=tmp_path, GITHUB_ACTIONS="true")
    memory = ran.memory - for_nothing[command]
    print(f"{command} {name}: {size / MB:.1f} MB, {ran.seconds:.1f} s, {memory / MB:.0f} MB", file=sys.stderr)
    holds(ran.status, ran.out, ran.err)
    assert is_in_time(ran.seconds, max(SECONDS, size / RATES[command]))
    assert memory <= most_memory(command, name, size)
    if size < MB and len(name) % 4 == 0:  # some in a narrow terminal, where a line may be broken anywhere
        narrow = commands.run(command, path, folder=tmp_path, GITHUB_ACTIONS="true", COLUMNS="40")
        assert not [line for line in (narrow.out + narrow.err).splitlines() if line.lstrip().startswith("::")]
    shutil.rmtree(tmp_path / "files", ignore_errors=True)


def test_the_tables_are_long() -> None:
    """There are as many files as are promised."""
    for command, many in MANY.items():
        assert len(TABLES[command]) >= many


@slow
@pytest.mark.parametrize("name", [name for name in CONTRACTS if not name.startswith("folder")])
def test_a_run_with_a_hostile_contract(name: str, project: Project) -> None:
    """A project that has it is told of it, or runs: pytest never fails by itself.

    Folders are left out: pytest goes through them itself, through each link in them as well.
    """
    make(project.path / "contracts" / "x.contract.json", CONTRACTS[name])
    result = project.run("contracts")
    assert result.ret in {0, 1, 2, 4, 5}
    no_traceback(result)
    shutil.rmtree(project.path / "contracts", ignore_errors=True)
