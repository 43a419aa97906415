"""The report of a run: its verdict, what it has of each operation, how shards are merged, its Markdown."""

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from pytest_spotify.contracts.registry import bundled
from pytest_spotify.report.coverage import Coverage
from pytest_spotify.report.markdown import markdown
from pytest_spotify.report.run_report import CheckRow, RunFacts, RunReport, merge
from tests.support.sign_in import ROOT

REGISTRY = bundled("development")
RUN = RunFacts(
    plugin="0.1.0",
    access="development",
    mode="live",
    target="spotify",
    started_at="2026-11-27T03:00:00+00:00",
    seconds=12.5,
    requests=3,
    authorized_requests=2,
)
PASSED = CheckRow(
    id="contracts/tracks/get-track.contract.json::track",
    operations=["get-track"],
    kind="case",
    outcome="passed",
    target="spotify",
)
BROKEN = replace(
    PASSED,
    id="contracts/albums/get-an-album.contract.json::album",
    operations=["get-an-album"],
    outcome="failed",
    category="contract",
    message="/name: required property is missing",
)
OUTAGE = replace(BROKEN, category="service", message="503 from the service")
OWN = replace(BROKEN, category="test", message="KeyError: 'x'")
SKIPPED = replace(PASSED, outcome="skipped", message="not asked: limited until 03:10")
DRIFT = {
    "id": "get-track /name null",
    "operation": "get-track",
    "pointer": "/name",
    "change": "null",
    "before": "string",
    "after": "null in 1 of 1",
    "severity": "additive",
    "object": "track",
    "since": "2026-11-21",
    "announced": "",
    "source": "",
}


def _report(*checks: CheckRow, drift: list[dict[str, str]] | None = None) -> dict[str, Any]:
    report = RunReport(run=RUN, checks=list(checks), drift=list(drift or []), compared=len(checks))
    report.coverage = Coverage(REGISTRY).to_json()
    return report.to_json(REGISTRY)


@pytest.mark.parametrize(
    ("checks", "drift", "outcome", "sentence"),
    [
        ([PASSED], [], "good", "The only check passed."),
        ([PASSED], [DRIFT], "changed", "The only check passed, and 1 thing changed."),
        ([PASSED, BROKEN], [], "broken", "get-an-album no longer fits its contract."),
        ([PASSED, OUTAGE], [], "unknown", "1 check got no answer from the service."),
        ([SKIPPED], [], "unknown", "1 check got no answer from the service."),
        ([PASSED, OWN], [], "failed", "1 check failed, none of them by the API."),
        ([], [], "unknown", "Nothing was checked."),
    ],
    ids=["good", "drift", "broken", "outage", "not asked", "own fault", "nothing"],
)
def test_the_verdict_is_one_sentence(checks: list[CheckRow], drift: Any, outcome: str, sentence: str):
    """It says what the API did to the integration, and an outage is never called a change."""
    assert _report(*checks, drift=drift)["verdict"] == {"outcome": outcome, "sentence": sentence}


def test_the_report_fits_its_published_schema():
    """`report.schema.json` describes what is written."""
    schema = json.loads((ROOT / "pytest_spotify/report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(_report(PASSED, BROKEN, SKIPPED, drift=[DRIFT]))), schema)


def test_every_operation_has_the_worst_outcome_of_its_checks():
    """All 96 are there; a failure beats an outage, an outage a skip, a skip a pass."""
    report = _report(PASSED, replace(PASSED, id="b", outcome="skipped"), BROKEN, replace(OUTAGE, id="c"))
    by_name = {each["operation"]: each for each in report["operations"]}
    assert len(by_name) == 96
    assert by_name["get-track"]["outcomes"] == {"case": "skipped"}
    assert by_name["get-an-album"]["outcomes"] == {"case": "failed"}
    assert by_name["get-a-show"]["outcomes"] == {}


def test_shards_are_merged_to_the_report_of_the_whole_run():
    """Checks and drift come together, counts are added, and nothing depends on the order of the shards."""
    whole = _report(PASSED, BROKEN, drift=[DRIFT])
    one, other = _report(PASSED, drift=[DRIFT]), _report(BROKEN)
    merged = merge([other, one], REGISTRY)
    assert merged == merge([one, other], REGISTRY)
    for key in ("verdict", "counts", "operations", "checks", "drift"):
        assert merged[key] == whole[key], key
    assert merged["run"]["requests"] == 2 * RUN.requests


def test_reports_of_different_runs_are_not_merged():
    """Two accesses are two runs: ValueError says which fact differs."""
    other = _report(PASSED)
    other["run"]["access"] = "extended"
    with pytest.raises(ValueError, match="access is 'extended' and 'development'"):
        merge([_report(PASSED), other], REGISTRY)


def test_the_markdown_begins_with_the_verdict():
    """Then come what failed, what drifted with its day, and what was not checked."""
    text = markdown(_report(BROKEN, replace(SKIPPED, id="z"), drift=[DRIFT]))
    assert text.splitlines()[0].endswith("get-an-album no longer fits its contract.")
    assert "| `contracts/albums/get-an-album.contract.json::album` | contract | /name: required" in text
    assert "| get-track | additive | `/name` | string | null in 1 of 1 | 2026-11-21 |" in text
    assert "| 1 | not asked: limited until 03:10 |" in text


def test_text_of_an_answer_stays_in_its_cell():
    """Bars, line ends and tags that a server wrote cannot leave the table."""
    text = markdown(_report(replace(BROKEN, message="a | b\n::error::c <img>")))
    assert "| a \\| b ::error::c &lt;img> |" in text


def test_a_live_run_without_recordings_says_so():
    """Nothing to compare with is no absence of drift."""
    report = _report(PASSED)
    report["drift"]["compared"] = 0
    assert "No recording of Spotify to compare with." in markdown(report)


def test_recordings_of_the_sandbox_are_never_called_spotifys():
    """A replay says whose answers it replayed; a live run says whom it asked."""
    report = _report(replace(PASSED, target="sandbox"))
    assert "live, Spotify;" in markdown(report)
    report["run"]["mode"] = "replay"
    assert "replayed from recordings of the sandbox, not Spotify;" in markdown(report)
