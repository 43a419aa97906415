"""What GitHub reads of this repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import run

WORKFLOWS = Path(__file__).parents[2] / ".github" / "workflows"
INSTALL = (
    "python -m pip install --require-hashes --requirement requirements.txt"
    " && python -m pip install --no-build-isolation --editable ."
)


def test_the_watch_of_this_repository_is_what_everybody_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The three workflows are those that `watch init` writes: this repository tries what it hands out."""
    project = tmp_path / "pytest-spotify"
    project.mkdir()
    monkeypatch.chdir(project)
    assert run("watch", "init", "--install", INSTALL, "--pytest", "contracts").status == 0
    written = {file.name: file.read_text("utf-8") for file in (project / ".github/workflows").iterdir()}
    assert len(written) == 3
    assert written == {name: (WORKFLOWS / name).read_text("utf-8") for name in written}
