"""Seven nights of the watch: live runs against an API that changes, and what becomes of the one issue."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.command import run
from tests.support.project import Project
from tests.unit.test_watch_command import GitHub

TRACK, SHOW = "get-track", "get-a-show"


def _remove(sandbox: Sandbox, operation: str, *names: str) -> None:
    sandbox.drift(operation, [{"op": "remove", "path": f"/{name}"} for name in names])


def _nothing(_: Sandbox) -> None:
    """Let the API be as it was."""


def _a_field_gone(sandbox: Sandbox) -> None:
    _remove(sandbox, TRACK, "name")


def _two_more(sandbox: Sandbox) -> None:
    _remove(sandbox, TRACK, "name", "uri")
    _remove(sandbox, SHOW, "media_type")


def _one_back(sandbox: Sandbox) -> None:
    _remove(sandbox, TRACK, "name", "uri")


def _outage(sandbox: Sandbox) -> None:
    sandbox.fail_next(503, times=1000)


NIGHTS: list[tuple[Callable[[Sandbox], None], list[str]]] = [
    (_nothing, []),
    (_a_field_gone, ["label create", "issue create"]),
    (_a_field_gone, []),
    (_two_more, ["issue edit 1", "issue comment 1"]),
    (_one_back, ["issue edit 1", "issue comment 1"]),
    (_outage, []),
    (_nothing, ["issue edit 1", "issue comment 1", "issue close 1"]),
]


@pytest.mark.slow
def test_seven_nights(
    project: Project, sandbox: Sandbox, live: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """One issue is opened, updated and closed; an outage is said to be one, and changes nothing."""
    project.bundled(TRACK, SHOW)
    project.run(*live, "--record-mode=once")
    github = GitHub(tmp_path, monkeypatch)
    calls, said = [], []
    for night, _ in NIGHTS:
        sandbox.reset()
        night(sandbox)
        project.run(*live, "--spotify-report=report.json")
        ran = run("watch", "report", project.path / "report.json")
        assert ran.status == 0, ran.err
        calls.append(github.calls())
        said.append(ran.out.splitlines()[0])
    assert calls == [expected for _, expected in NIGHTS]
    assert said[5].startswith("spotify-watch: none: no finding: ")
    assert "got no answer from the service" in said[5]
