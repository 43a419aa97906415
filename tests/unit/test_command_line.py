"""The command line itself: names, errors, and what a CI job's log must not take for commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_spotify import cli
from pytest_spotify.cli import COMMANDS
from pytest_spotify.redaction.workflow_commands import without_workflow_commands
from tests.support.command import run
from tests.support.traffic_samples import API, write_har


def test_a_misspelt_command_suggests_the_nearest() -> None:
    """`pytest-spotify chekc` exits with 2 and names `check`."""
    ran = run("chekc")

    assert ran.status == 2
    assert "no such command 'chekc'; did you mean check?" in ran.err


def test_a_misspelt_option_suggests_the_nearest() -> None:
    """`check --jsno` exits with 2 and names `--json`."""
    ran = run("check", "--jsno", "a.har")

    assert ran.status == 2
    assert "--json" in ran.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_80_columns(name: str) -> None:
    """`--help` of each command exits with 0, and no line of it is wider than 80 columns."""
    ran = run(name, "--help", columns=80)

    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= 80


def test_the_package_is_runnable() -> None:
    """`python -m pytest_spotify` is the command line."""
    ran = subprocess.run(
        [sys.executable, "-m", "pytest_spotify", "--version"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ran.returncode == 0
    assert ran.stdout.startswith("pytest-spotify, version ")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("::error::x", "\\u003a:error::x"),
        ("a\n \t::add-mask::x", "a\n \t\\u003a:add-mask::x"),
        ("a ##[error]x", "a \\u0023#[error]x"),
        ("tests/a.py::test_b: #[x", "tests/a.py::test_b: #[x"),
        ("", ""),
    ],
)
def test_text_gives_no_workflow_command(text: str, safe: str) -> None:
    """A line gives the runner a command neither by `::` at its start nor by `##[` anywhere."""
    assert without_workflow_commands(text) == safe


HOSTILE = "a\n::error::taken##[error]b"


@pytest.mark.parametrize("github", ["", "true"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--json"),
        ("check", "--operation", "get-track"),
        ("lint",),
        ("lint", "--expand"),
        ("scan",),
        (HOSTILE,),
        ("check", "--operation", HOSTILE),
    ],
    ids=" ".join,
)
def test_names_and_texts_of_files_give_no_workflow_command(
    arguments: tuple[str, ...], github: str, tmp_path: Path
) -> None:
    """In a job of GitHub Actions, no command prints a workflow command that a file's name or text holds."""
    bad = {"error": {"status": 404, HOSTILE: 1, "message": HOSTILE}}
    file = write_har(
        tmp_path / f"{HOSTILE.replace('/', '')}.contract.json", (f"{API}/me?{HOSTILE}", 401, bad)
    )
    file.write_text(file.read_text() + "client_secret=4f2Z9a8B7c6D5e4F3a2B1c0D\n", encoding="utf-8")

    ran = run(*arguments, file, environ={**os.environ, "GITHUB_ACTIONS": github})

    text = ran.out + ran.err
    assert text
    if github:
        assert "##[" not in text
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]


def test_every_command_prints_through_echo() -> None:
    """No module of the command line prints past `echo`, which lays out lines and disarms them."""
    for path in Path(cli.__path__[0]).rglob("*.py"):
        if path.name not in ("echo.py", "progress.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"click\.s?echo|(?<![\w.])print\(|sys\.std(out|err)\.write", text), path


def test_json_stays_json_in_a_job(tmp_path: Path) -> None:
    """What is escaped for the runner in `check --json` is read back as it was."""
    file = write_har(tmp_path / "##[group]a.har", (f"{API}/nothing", 404, {}))

    ran = run("check", "--json", file, environ={**os.environ, "GITHUB_ACTIONS": "true"})

    assert "##[" not in ran.out
    assert json.loads(ran.out)["file"] == str(file)
