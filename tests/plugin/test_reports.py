"""`--spotify-report`: what is written of a run, with workers and in shards, and what GitHub is told."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.command import run
from tests.support.project import Project
from tests.support.sign_in import ROOT


@pytest.fixture
def recorded(project: Project) -> Project:
    """Return a project with two contracts and a marked test, recorded from the sandbox."""
    project.bundled("get-track", "get-a-show")
    project.file("test_own.py", 'def test_own(spotify_session):\n    spotify_session.get("/me")\n')
    project.record()
    return project


def _report(project: Project, *arguments: str, name: str = "report.json") -> dict[str, Any]:
    project.run(*arguments, f"--spotify-report={name}")
    report: dict[str, Any] = json.loads((project.path / name).read_text("utf-8"))
    return report


def _comparable(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what two runs differ in: times."""
    for row in report["checks"]:
        row["seconds"] = 0
    return {**report, "run": {**report["run"], "seconds": 0, "started_at": ""}}


def test_the_report_of_a_replay(recorded: Project):
    """It fits its schema, has each check, the operations that were answered, and what they exercise."""
    report = _report(recorded)
    jsonschema.validate(report, json.loads((ROOT / "pytest_spotify/report.schema.json").read_text("utf-8")))
    assert report["verdict"]["outcome"] == "good"
    assert (report["run"]["mode"], report["counts"]["failed"]) == ("replay", 0)
    assert "test_own.py::test_own" in {row["id"] for row in report["checks"]}
    by_name = {each["operation"]: each for each in report["operations"]}
    assert by_name["get-track"]["outcomes"] == {"case": "passed", "unauthenticated": "passed"}
    assert by_name["get-current-users-profile"]["outcomes"] == {"marked": "passed"}
    assert report["coverage"]["objects"]["track"]["/name"] > 0
    assert report["coverage"]["operations"]["get-track"]["statuses"]["sandbox 200"] > 0


def test_workers_and_shards_write_the_same_report(recorded: Project):
    """With pytest-xdist, or in two runs that are merged, the report is that of one process."""
    whole = _comparable(_report(recorded))
    assert _comparable(_report(recorded, "-p", "xdist", "-n", "2", name="workers.json")) == whole
    _report(recorded, "contracts", name="one.json")
    _report(recorded, "test_own.py", name="other.json")
    files = [recorded.path / f"{name}.json" for name in ("one", "other", "merged")]
    assert run("report", "merge", *files[:2], "--output", files[2]).status == 0
    assert _comparable(json.loads(files[2].read_text("utf-8"))) == whole


def test_a_live_run_reports_drift_and_requests(recorded: Project):
    """What differs from the recording is there with its day, and known drift is counted apart."""
    cassette = "cassettes/development/tracks/get-track/track.yaml"
    recorded.edit(cassette, '"explicit": false', '"explicit": "no"')
    report = _report(recorded, "--spotify-sandbox")
    (difference,) = report["drift"]["differences"]
    assert (difference["id"], difference["since"][:2]) == ("get-track /explicit type", "20")
    assert report["run"]["requests"] > 0
    assert report["verdict"]["outcome"] == "changed"
    recorded.file(
        "spotify-drift.toml",
        '[[accepted]]\nid = "get-track /explicit type"\nreason = "by hand"\nday = 2026-11-27\n',
    )
    known = _report(recorded, "--spotify-sandbox")["drift"]
    assert (known["differences"], known["accepted"]) == ([], 1)


def test_markdown_and_a_page_are_written_beside_json(recorded: Project):
    """The option may be repeated, and the suffix says what is written: a page, too."""
    _report(recorded, "--spotify-report=report.md", "--spotify-report=report.html")
    assert "</html>" in (recorded.path / "report.html").read_text("utf-8")
    assert (recorded.path / "report.md").read_text("utf-8").startswith("## ")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.pdf", "expected FILE.html, FILE.json or FILE.md"),
        ("nowhere/report.json", "there is no folder"),
    ],
)
def test_a_report_that_cannot_be_written_ends_the_run_at_once(project: Project, name: str, message: str):
    """The usage error comes before any test has run."""
    result = project.run(f"--spotify-report={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}*"])


def test_github_is_told_of_a_failure_at_its_line(recorded: Project, monkeypatch: pytest.MonkeyPatch):
    """In GitHub Actions a failure is an annotation of the contract's file, or of the line that sent it."""
    recorded.edit("cassettes/development/tracks/get-track/track.yaml", '"explicit": false', '"explicit": 1')
    recorded.edit("cassettes/development/test_own/test_own.spotify.yaml", '"type": "user"', '"type": 1')
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = recorded.run()
    contract = "contracts/tracks/get-track.contract.json"
    result.stdout.fnmatch_lines([f"::error file={contract},title={contract}%3A%3Atrack::*/explicit*"])
    result.stdout.fnmatch_lines(["::error file=test_own.py,line=2,title=test_own.py%3A%3Atest_own::*"])


def test_reports_that_do_not_belong_together_are_refused(recorded: Project, tmp_path: Path):
    """Another access is another run, and another file is no report: exit status 2, with what differs."""
    _report(recorded)
    file, other = recorded.path / "report.json", tmp_path / "other.json"
    report = json.loads(file.read_text("utf-8"))
    report["run"]["access"] = "extended"
    other.write_text(json.dumps(report), encoding="utf-8")
    ran = run("report", "merge", file, other, "--output", tmp_path / "x.md")
    assert (ran.status, "access is 'extended' and 'development'" in ran.err) == (2, True)
    other.write_text("[]", encoding="utf-8")
    assert "no report of pytest-spotify" in run("report", "merge", other, "--output", "x.md").err
