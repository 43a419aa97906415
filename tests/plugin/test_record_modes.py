"""The table of record modes in docs/recording.md is true, cell by cell, wherever the mode is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import Project

DOCUMENT = Path(__file__).parents[2] / "docs" / "recording.md"
MODES = ["not given", "none", "once", "rewrite", "all", "new_episodes"]
CASE = "contracts/tracks/get-track.contract.json::track"
SELECTED = {  # by what is there of a recording: a contract's case and a module of marked tests
    "there": (CASE, "test_there.py"),
    "absent": ("contracts/albums/get-an-album.contract.json::album", "test_absent.py"),
}
URL = "https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl"

TESTS = f"""
import pytest, requests

@pytest.fixture
def vcr_config(request):
    return {{"record_mode": "all"}} if "by_fixture" in request.node.name else {{}}

@pytest.mark.spotify
def test_it():
    requests.get("{URL}", timeout=9)

@pytest.mark.spotify
@pytest.mark.vcr(record_mode="all")
def test_by_mark():
    requests.get("{URL}", timeout=9)

@pytest.mark.spotify
@pytest.mark.vcr
def test_by_fixture():
    requests.get("{URL}", timeout=9)
"""
OF_EACH = 4


def rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each cell of the table: live, mode, recording, what answers, the recording then."""
    text = DOCUMENT.read_text(encoding="utf-8").split("## When a recording is made")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    for live, modes, there, answers, then in lines[2:]:
        for mode in modes.split(", "):
            for state in there.split(", "):
                yield live, mode, state, answers, then


CELLS = list(rows())


def test_the_table_is_whole():
    """Every combination stands in it once."""
    expected = {
        (live, mode, there) for live in ("no", "yes") for mode in MODES for there in ("there", "absent")
    }
    assert len(CELLS) == len(expected) == 24
    assert {cell[:3] for cell in CELLS} == expected


def of(state: str, cassettes: dict[str, bytes]) -> dict[str, bytes]:
    """Return the recordings of the tests that have one, or of those that have none."""
    folder = "tracks/" if state == "there" else "albums/"
    return {name: data for name, data in cassettes.items() if folder in name or f"test_{state}" in name}


@pytest.mark.parametrize(
    ("said", "mode"),
    [("nowhere", MODES[0])]
    + [("on the command line", mode) for mode in MODES[1:]]
    + [("in the ini file", MODES[1])]
    + [pytest.param("in the ini file", mode, marks=pytest.mark.slow) for mode in MODES[2:]],
)
@pytest.mark.parametrize("live", ["no", "yes"])
def test_cells(*, project: Project, said: str, live: str, mode: str):
    """Contract cases and marked tests do as the table says, two with another mode in mark and fixture."""
    cells = {there: (answers, then) for *of_run, there, answers, then in CELLS if of_run == [live, mode]}
    arguments = [argument for selected in SELECTED.values() for argument in selected]
    project.bundled("get-track", "get-an-album")
    for _, module in SELECTED.values():
        project.file(module, TESTS)
    project.record(*arguments)
    recorded = project.cassettes()
    for name in recorded:
        if name in of("there", recorded):
            project.edit(f"cassettes/{name}", "target: sandbox", "target: earlier")
        else:
            (project.path / "cassettes" / name).unlink()
    before = project.cassettes()
    if said == "on the command line":
        arguments.append(f"--record-mode={mode}")
    elif said == "in the ini file":
        project.file("pytest.ini", f"[pytest]\naddopts = --record-mode={mode}")
    if live == "yes":
        arguments.append("--spotify-sandbox")
    result = project.run(*arguments)
    after = project.cassettes()
    answering = [answers for answers, _ in cells.values()]
    if "nobody: a usage error" in answering:
        assert answering == ["nobody: a usage error"] * 2
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*--record-mode={mode} cannot be used with --spotify-live*"])
    else:
        failed = OF_EACH * answering.count("nobody: the test fails")
        result.assert_outcomes(passed=2 * OF_EACH - failed, failed=failed)
        for there, (answers, _) in cells.items():
            for selected in SELECTED[there]:
                fails = f"FAILED {selected}" in result.stdout.str()
                assert fails == (answers == "nobody: the test fails"), selected
    sent = re.findall(r"^([0-9]+) requests? sent", result.stdout.str(), re.MULTILINE)
    number = OF_EACH * answering.count("Spotify")
    # Who records also asks whose account it is.
    assert sent in ([[f"{number}"], [f"{number + 1}"]] if number else [[], ["0"]])
    for there, (_, then) in cells.items():
        match then.partition(";")[0]:  # what was recorded of another target is never the same
            case "unchanged":
                assert of(there, after) == of(there, before)
            case "absent":
                assert of(there, after) == {}
            case "new":
                assert of(there, after).keys() == of(there, recorded).keys()
                assert all(b"target: sandbox" in data for data in of(there, after).values())
            case other:
                raise AssertionError(other)


@pytest.mark.parametrize("mode", MODES)
def test_a_case_that_is_alone_without_a_recording(project: Project, mode: str):
    """In replay the run ends before anything runs, and says that no selected case has a recording."""
    project.bundled("get-track")
    result = project.run(CASE, *([] if mode == "not given" else [f"--record-mode={mode}"]))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*none of the 1 selected Spotify cases has a recording *"])
    assert project.cassettes() == {}


def test_the_command_line_beats_the_ini_file(project: Project):
    """As with every option of pytest's."""
    project.bundled("get-track")
    project.file("pytest.ini", "[pytest]\naddopts = --record-mode=rewrite")
    project.run(CASE, "--spotify-sandbox", "--record-mode=none").assert_outcomes(passed=1)
    assert project.cassettes() == {}
    project.run(CASE, "--spotify-sandbox").assert_outcomes(passed=1)
    assert len(project.cassettes()) == 1


OTHER_HOSTS = """
import pytest, socket
from contextlib import suppress

@pytest.fixture
def vcr_config():
    return {config}

def leave():
    with socket.socket(type=socket.SOCK_DGRAM) as one, suppress(OSError):  # where there is no network
        one.connect(("192.0.2.7", 53))  # sends nothing

@pytest.mark.spotify
@pytest.mark.vcr({mark})
def test_it():
    leave()

@pytest.mark.spotify
def test_after():
    with pytest.raises(BaseException, match="access to 192.0.2.7 blocked"):
        leave()
"""


@pytest.mark.parametrize(
    ("option", "mark", "config", "reached"),
    [
        ("", "", "{}", False),
        ("--record-mode=once", "", "{}", True),
        ("--record-mode=none", "record_mode='all'", "{}", True),
        ("", "record_mode='once'", "{}", True),
        ("", "", "{'record_mode': 'new_episodes'}", True),
        ("--record-mode=all", "", "{'record_mode': 'none'}", False),
        ("--record-mode=all --disable-recording", "", "{}", False),
    ],
)
def test_other_hosts_are_free_while_they_are_recorded(
    *, project: Project, option: str, mark: str, config: str, reached: bool
):
    """Isolation goes by what pytest-recording makes of option, mark and fixture, and is back afterwards."""
    project.file("test_it.py", OTHER_HOSTS.format(config=config, mark=mark))
    result = project.run(*option.split())
    result.assert_outcomes(passed=1 + reached, failed=1 - reached)
    if not reached:
        result.stdout.fnmatch_lines(["*network access to 192.0.2.7 blocked: * (test: test_it.py::test_it)*"])
