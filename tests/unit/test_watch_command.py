"""`pytest-spotify watch`: the workflows that it writes, and what it has `gh` do with one issue."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.command import Ran, run
from tests.unit.test_watch import _report

GH = """\
import json, os, sys
path = os.environ["GH_STATE"]
state = json.load(open(path)) if os.path.exists(path) else {"issues": [], "log": []}
arguments = sys.argv[1:]
option = lambda name: arguments[arguments.index(name) + 1]
numbered = arguments[1] in ("edit", "close", "reopen", "comment")
state["log"].append(arguments[: 3 if numbered else 2])
mine = [each for each in state["issues"] if "--label" in arguments and each["label"] == option("--label")]
if arguments[:2] == ["issue", "list"]:
    print(json.dumps(mine[-1:]))
elif arguments[:2] == ["issue", "create"]:
    number = len(state["issues"]) + 1
    state["issues"].append(
        {"number": number, "state": "OPEN", "label": option("--label"), "body": sys.stdin.read()}
    )
elif arguments[0] == "issue":
    (issue,) = [each for each in state["issues"] if str(each["number"]) == arguments[2]]
    if arguments[1] == "edit":
        issue["body"] = sys.stdin.read()
    if arguments[1] in ("close", "reopen"):
        issue["state"] = {"close": "CLOSED", "reopen": "OPEN"}[arguments[1]]
json.dump(state, open(path, "w"))
"""


class GitHub:
    """A stand-in for `gh` that keeps issues and logs what it was called for."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._state = folder / "state.json"
        program, script = folder / "gh.py", folder / "gh"
        program.write_text(GH, encoding="utf-8")
        # The line of the interpreter would end at a space in its path.
        command = shlex.join([sys.executable, "-IS", str(program)])
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("GH_STATE", str(self._state))

    def calls(self) -> list[str]:
        """Return the calls that changed something, and forget all."""
        state = json.loads(self._state.read_text("utf-8"))
        calls = [" ".join(each) for each in state["log"] if each != ["issue", "list"]]
        self._state.write_text(json.dumps({**state, "log": []}), encoding="utf-8")
        return calls


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def github(folder: Path, monkeypatch: pytest.MonkeyPatch) -> GitHub:
    return GitHub(folder, monkeypatch)


def _watch(folder: Path, report: dict[str, Any], *options: str, ends: str = "") -> Ran:
    file = folder / "report.json"
    run_facts = {**report["run"], "sign_in_ends": ends}
    file.write_text(json.dumps({**report, "version": 1, "run": run_facts}), encoding="utf-8")
    return run("watch", "report", file, *options)


def test_seven_nights_have_one_issue(folder: Path, github: GitHub):
    """Nothing; a field gone; the same; two more; one back; an outage; nothing: what `gh` is asked to do."""
    nights = [
        _report(),
        _report("name"),
        _report("name"),
        _report("name", "uri", "id"),
        _report("name", "id"),
        _report(outcome="unknown"),
        _report(),
    ]
    calls = []
    for report in nights:
        assert _watch(folder, report).status == 0
        calls.append(github.calls())
    assert calls == [
        [],
        ["label create", "issue create"],
        [],
        ["issue edit 1", "issue comment 1"],
        ["issue edit 1", "issue comment 1"],
        [],
        ["issue edit 1", "issue comment 1", "issue close 1"],
    ]


def test_an_outage_is_said_to_be_one(folder: Path, github: GitHub):
    """It prints the reason, and asks `gh` for nothing but the issue that there is."""
    ran = _watch(folder, _report(outcome="unknown"))
    assert "spotify-watch: none: no finding: A sentence.\n" in ran.out


def test_the_end_of_the_sign_in_has_an_issue_a_month_ahead(folder: Path, github: GitHub):
    """It is opened once, and closed after the next sign-in."""
    assert [_watch(folder, _report(), ends="2000-01-01").status for _ in range(2)] == [0, 0]
    assert github.calls() == ["label create", "issue create"]
    _watch(folder, _report(), ends="2999-01-01")
    assert github.calls() == ["issue edit 1", "issue close 1"]


def test_a_dry_run_prints_the_issue(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """Title and body go to standard output, without `gh`."""
    monkeypatch.setenv("PATH", str(folder))
    ran = _watch(folder, _report("name"), "--dry-run")
    assert ran.status == 0
    assert "# Spotify Web API: changed in get-track\n" in ran.out
    assert "`/name` removed: string -> absent" in ran.out


def test_without_gh_it_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch):
    """The message names what is missing and the way without it: exit status 2."""
    monkeypatch.setenv("PATH", str(folder))
    ran = _watch(folder, _report("name"))
    assert (ran.status, ran.err) == (
        2,
        "Error: gh is not installed: https://cli.github.com; --dry-run needs none\n",
    )


def test_a_file_that_is_no_report(folder: Path):
    """It is refused with the option that writes one."""
    (folder / "other.json").write_text("[]", encoding="utf-8")
    ran = run("watch", "report", "other.json")
    assert ran.status == 2
    assert "--spotify-report=FILE.json writes one" in ran.err


def test_init_writes_three_workflows(folder: Path):
    """They are YAML, ask for the least permissions, pin each action by hash, and end in time."""
    ran = run("watch", "init", "--install", "pip install -e .", "--pytest", "tests/spotify")
    assert ran.status == 0
    written = sorted((folder / ".github/workflows").iterdir())
    assert [path.name for path in written] == [
        "spotify-record.yml",
        "spotify-replay.yml",
        "spotify-watch.yml",
    ]
    for path in written:
        text = path.read_text("utf-8")
        workflow = yaml.safe_load(text)
        (job,) = workflow["jobs"].values()
        assert "@INSTALL@" not in text
        assert "tests/spotify" in text
        assert workflow["permissions"] in ({}, {"contents": "read"})
        assert job["timeout-minutes"]
        assert workflow["concurrency"]
        actions = [step["uses"] for step in job["steps"] if "uses" in step]
        assert all(len(action.partition("@")[2]) == 40 for action in actions)


def test_init_replaces_nothing_unasked(folder: Path):
    """A workflow that is there stays, and the message names --force."""
    run("watch", "init")
    file = folder / ".github/workflows/spotify-watch.yml"
    file.write_text("mine", encoding="utf-8")
    ran = run("watch", "init")
    assert ran.status == 2
    assert "--force replaces it" in ran.err
    assert file.read_text("utf-8") == "mine"
    assert run("watch", "init", "--force").status == 0
    assert file.read_text("utf-8") != "mine"
