"""The watch: one issue for what nightly runs find, never the same thing twice, and nothing on an outage."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pytest_spotify.watch import Issue, Step, next_step
from pytest_spotify.watch.issue_text import read_findings

GOOD, BROKEN, OUTAGE = "good", "broken", "unknown"


def _difference(name: str, severity: str = "breaking") -> dict[str, str]:
    return {
        "id": f"get-track /{name} removed",
        "operation": "get-track",
        "pointer": f"/{name}",
        "change": "removed",
        "before": "string",
        "after": "absent",
        "severity": severity,
        "object": "track",
        "since": "2026-11-01",
        "announced": "",
        "source": "",
    }


def _report(*names: str, outcome: str = "") -> dict[str, Any]:
    return {
        "verdict": {"outcome": outcome or (BROKEN if names else GOOD), "sentence": "A sentence."},
        "run": {"plugin": "0.1.0", "access": "development", "started_at": "2026-11-27T03:00:00+00:00"},
        "drift": {"differences": [_difference(name) for name in names]},
        "checks": [{"id": "a::ok", "outcome": "passed", "category": "", "operations": ["get-track"]}],
    }


class Nights:
    """Runs night after night, each of which meets the issue as the one before left it."""

    def __init__(self) -> None:
        self.day = date(2026, 11, 27)
        self.issue: Issue | None = None
        self.opened = 0

    def run(self, report: dict[str, Any]) -> Step:
        step = next_step(report, self.issue, self.day)
        self.day += timedelta(days=1)
        if step.action == "open":
            self.opened += 1
        if step.action != "none":
            findings = read_findings(step.body)
            self.issue = Issue(number=self.opened, is_open=step.action != "close", findings=findings)
        return step

    def actions(self, reports: Sequence[dict[str, Any]]) -> list[str]:
        return [self.run(report).action for report in reports]


def test_a_week_has_one_issue():
    """Nothing; a field gone; the same; two more; one back; outage; nothing: opened, updated, closed once."""
    nights = Nights()
    week = [
        _report(),
        _report("name"),
        _report("name"),
        _report("name", "uri", "id"),
        _report("name", "id"),
        _report(outcome=OUTAGE),
        _report(),
    ]
    assert nights.actions(week) == ["none", "open", "none", "update", "update", "none", "close"]
    assert nights.opened == 1


def test_news_are_told_once_and_by_name():
    """A comment names what is new and what is gone, and nothing that was said before."""
    nights = Nights()
    nights.run(_report("name"))
    comment = nights.run(_report("name", "uri")).comment
    assert "- new: **breaking** `get-track` `/uri` removed: string -> absent" in comment
    assert "/name" not in comment
    assert nights.run(_report("uri")).comment.startswith("- gone: **breaking** `get-track` `/name`")


def test_drift_that_comes_and_goes_is_told_once_as_flapping():
    """It comes back once with a word; then nobody is notified of it, until it stayed away for some nights."""
    nights = Nights()
    actions = nights.actions([_report("name"), _report(), _report("name"), _report(), _report("name")])
    assert actions == ["open", "close", "reopen", "edit", "edit"]
    assert nights.issue is not None
    assert nights.issue.findings["get-track /name removed"].flaps
    assert nights.actions([_report()] * 4) == ["edit", "none", "none", "close"]


def test_the_word_flapping_is_said_when_it_comes_back():
    """The comment of the reopened issue says that the finding comes and goes."""
    nights = Nights()
    nights.actions([_report("name"), _report()])
    assert "- comes and goes (flapping): " in nights.run(_report("name")).comment


def test_an_outage_says_nothing_of_the_api():
    """An open issue stays as it is, and the reason names the outage."""
    nights = Nights()
    nights.run(_report("name"))
    step = nights.run(_report(outcome=OUTAGE))
    assert (step.action, step.reason) == ("none", "no finding: A sentence.")


def test_what_was_not_answered_is_not_gone():
    """A finding stays while its operation is not checked, as in a run of a part or beside an outage."""
    nights = Nights()
    nights.run(_report("name"))
    report = _report()
    report["checks"] = [{"id": "b::ok", "outcome": "passed", "category": "", "operations": ["get-a-show"]}]
    assert nights.run(report).action == "none"


def test_cosmetic_drift_wakes_nobody():
    """What the contract allows stands in the report and opens no issue."""
    report = _report()
    report["drift"]["differences"] = [_difference("name", "cosmetic")]
    assert Nights().run(report).action == "none"


def test_a_broken_check_without_drift_is_a_finding():
    """Where nothing was recorded, the check that fails is told, with its first line."""
    report = _report(outcome=BROKEN)
    row = {"id": "a::b", "outcome": "failed", "category": "contract", "operations": ["get-track"]}
    report["checks"] = [{**row, "message": "/name: expected text, got null"}]
    step = Nights().run(report)
    assert step.action == "open"
    assert "`a::b` fails: /name: expected text, got null" in step.body


def test_a_body_that_somebody_edited_is_read_again_from_the_start():
    """Without the hidden comment nothing is known, and nothing breaks."""
    assert read_findings("somebody's text") == {}
    assert read_findings("<!-- pytest-spotify watch: [1] -->") == {}


def test_the_hidden_comment_cannot_be_ended_by_an_answer():
    """A text that ends a comment stays within it."""
    nights = Nights()
    body = nights.run(_report("a--> <b>")).body
    assert body.count("-->") == body.count("<!--") + 1  # once in the list of findings, as text
    assert list(read_findings(body)) == ["get-track /a--> <b> removed"]
