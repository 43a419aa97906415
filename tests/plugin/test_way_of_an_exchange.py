"""ARCHITECTURE.md's way of an exchange is true: its calls happen in that order, and there are few others."""

import json
import re
import sys
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

from pytest_spotify.cassettes import load
from tests.support.project import Project

ROOT = Path(__file__).parents[2]
PACKAGE = str(ROOT / "pytest_spotify")
CASSETTE = ROOT / "cassettes/development/tracks/get-track/track.yaml"

Call = tuple[str, str]  # a file below `pytest_spotify` and the qualified name of a function in it


class CallRecorder:
    """Records the calls of our functions while the last item runs; the first one warms up."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, object, object]:
        self.calls = []
        before = sys.getprofile()
        sys.setprofile(self._record)
        try:
            return (yield)
        finally:
            sys.setprofile(before)

    def _record(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        # A comprehension is a part of its function: since Python 3.12 it has no frame of its own.
        if event == "call" and code.co_filename.startswith(PACKAGE) and not code.co_name.startswith("<"):
            self.calls.append((code.co_filename[len(PACKAGE) + 1 :], code.co_qualname))


def documented(title: str) -> list[Call]:
    """Return the calls that ARCHITECTURE.md lists below a line."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## The way of an exchange")[1]
    listed = text.split(f"\n{title}:\n")[1].split("\n\n")[0]
    return re.findall(r"^\d\. `(\S+)`: `(\S+)`", listed, re.MULTILINE)


def record_calls(project: Project) -> list[Call]:
    """Run the project in this process, and return the calls of its last item."""
    recorder = CallRecorder()
    project.run(plugins=[recorder]).assert_outcomes(passed=2)
    return recorder.calls


def check_calls(calls: list[Call], title: str, *, functions: int, modules: int) -> None:
    """Assert that the documented calls happen in their order, and that no more is called than allowed."""
    remaining = iter(calls)
    listed = documented(title)
    assert 5 <= len(listed) <= 8
    assert [call for call in listed if call not in remaining] == []
    files = sorted({file for file, _ in calls})
    print(f"{len(set(calls))} functions in {len(files)} modules: {', '.join(files)}")
    assert len(set(calls)) <= functions
    assert len(files) <= modules


def test_a_contract_case(project: Project):
    """A replayed case passes the documented functions in their order, and few others."""
    project.bundled("get-track")
    path = project.path / "contracts/tracks/get-track.contract.json"
    contract = json.loads(path.read_text(encoding="utf-8"))
    contract["cases"] = dict.fromkeys(["one", "two"], contract["cases"]["track"])
    path.write_text(json.dumps(contract), encoding="utf-8")
    for name in contract["cases"]:
        project.file(f"cassettes/development/tracks/get-track/{name}.yaml").write_bytes(CASSETTE.read_bytes())
    project.file("pytest.ini", "[pytest]\naddopts = -k 'one or two'")
    check_calls(record_calls(project), "A contract case", functions=115, modules=23)


def test_a_marked_test(project: Project):
    """A replayed marked test passes the documented functions in their order, and few others."""
    url = load(CASSETTE).exchanges[0].request.url
    project.file(
        "test_it.py",
        f"""
        import pytest, requests

        pytestmark = pytest.mark.spotify

        def get():
            assert requests.get("{url}", headers={{"Authorization": "Bearer any"}}).ok

        def test_one():
            get()

        def test_two():
            get()
        """,
    )
    for name in ("test_one", "test_two"):
        path = project.file(f"cassettes/development/test_it/{name}.spotify.yaml")
        path.write_bytes(CASSETTE.read_bytes())
    check_calls(record_calls(project), "A marked test", functions=190, modules=30)
