"""The contracts of a project, in its folder `contracts`, count wherever responses are checked."""

import json
from pathlib import Path

import pytest

from pytest_spotify.cassettes.persister import write as write_cassette
from tests.support.command import run
from tests.support.contract_files import contract, exchange, write
from tests.support.project import Project


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a contract for an operation that we have none for, and a response that breaks it."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, contract(), "contracts/things/get-thing.contract.json")
    exchanges = [exchange(body={"id": "abc"})]
    write_cassette(tmp_path / "traffic/thing.yaml", exchanges, {"target": "sandbox"}, root=tmp_path)
    return tmp_path


def test_check_uses_the_contracts_of_the_project(folder: Path) -> None:
    """Traffic and bodies are checked against the contracts in `contracts`, beside the bundled ones."""
    write(folder, {"id": "abc"}, "body.json")
    traffic = run("check", "--json", "traffic")
    body = run("check", "--json", "--operation", "get-thing", "body.json")

    for ran in (traffic, body):
        assert (ran.status, ran.err) == (1, "")
        line = json.loads(ran.out)
        assert (line["operation"], line["verdict"]) == ("get-thing", "breaking")
        assert [each["pointer"] for each in line["violations"]] == ["/kind"]


def test_check_refuses_a_contract_of_the_project_that_cannot_be_used(folder: Path) -> None:
    """A malformed contract ends the command with status 2 and its place, rather than being passed over."""
    write(folder, contract(method="FETCH"), "contracts/things/get-thing.contract.json")
    ran = run("check", "traffic")

    assert ran.status == 2
    assert "get-thing.contract.json, at /method: expected one of" in ran.err


def test_long_files_are_checked_against_them_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that check a long file load the project's contracts."""
    from pytest_spotify.cli import workers

    monkeypatch.setattr(workers, "_LONG", 1)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    assert json.loads(run("check", "--json", "traffic").out)["operation"] == "get-thing"
    assert folder.is_dir()


def test_body_files_use_them(project: Project) -> None:
    """A body file that the ini key maps to an operation of the project is checked against its contract."""
    project.contract()
    project.file("thing.json", '{"id": "abc"}')
    project.pytester.makeini("[pytest]\nspotify_bodies = thing.json = get-thing")
    result = project.run("thing.json")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["/kind: required property is missing*"])
