"""The text of the watch's issue: title, body, and what was found so far in a comment that is not shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_STATE = re.compile(r"<!-- pytest-spotify watch: (.*) -->")
_ADVICE = """
### What to do

1. See it: `pytest --spotify-live -k OPERATION`; the report is an artefact of the run.
2. If it is meant: adapt the code, then record anew: `pytest --spotify-live --record-mode=rewrite`.
3. If it does not matter: `pytest-spotify diff OLD NEW --accept REASON` writes it to spotify-drift.toml.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it was: drift, or a check that the contract fails.

    `first` and `last` are the days on which it was found, `gone` the day from which it was not, `returns` how
    often it came back. It flaps once it came back.
    """

    id: str
    operation: str
    text: str
    first: str
    last: str
    gone: str = ""
    returns: int = 0

    @property
    def flaps(self) -> bool:
        """Return True if it comes and goes."""
        return self.returns > 0


def issue_title(findings: Mapping[str, Finding]) -> str:
    """Return a title that names up to three of the operations."""
    names = sorted({each.operation or each.id for each in findings.values()})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"Spotify Web API: changed in {', '.join(names[:3])}{more}"


def issue_body(report: Mapping[str, Any], findings: Mapping[str, Finding]) -> str:
    """Return the body: the verdict, each finding with its days, what to do, and what the next run reads."""
    run = report["run"]
    day = run["started_at"][:10]
    lines = [
        report["verdict"]["sentence"],
        "",
        f"Found by a live run of pytest-spotify {run['plugin']} on {day} (access {run['access']}).",
    ]
    for title, is_gone in (("What is not as it was", False), ("Gone again", True)):
        rows = [each for each in findings.values() if bool(each.gone) == is_gone]
        if rows:
            lines += ["", f"### {title}", "", *(f"- {each.text} (found {_days(each)})" for each in rows)]
    # `--` would end the comment for some readers of HTML.
    state = json.dumps([asdict(each) for each in findings.values()]).replace("--", "-\\u002d")
    lines += [_ADVICE, f"<!-- pytest-spotify watch: {state} -->"]
    return "\n".join(lines)


def read_findings(body: str) -> dict[str, Finding]:
    """Return the findings that the body of an issue says; none if somebody removed them."""
    match = _STATE.search(body)
    try:
        return {each["id"]: Finding(**each) for each in json.loads(match[1])} if match else {}
    except (ValueError, TypeError, KeyError):
        return {}


def difference_text(difference: Mapping[str, str]) -> str:
    """Return a difference of the report in one line of Markdown."""
    place = f"`{difference['operation']}` `{difference['pointer'] or '(response)'}`"
    change = f"{difference['change']}: {difference['before']} -> {difference['after']}"
    parts = [f"**{difference['severity']}** {place} {change}"]
    if difference["since"]:
        parts.append(f"as before when it was recorded on {difference['since']}")
    if difference["announced"]:
        parts.append(f"announced: [{difference['announced']}]({difference['source']})")
    return "; ".join(parts)


def _days(finding: Finding) -> str:
    one_day = finding.first == finding.last
    days = f"on {finding.first}" if one_day else f"from {finding.first} to {finding.last}"
    return f"{days}{', comes and goes' if finding.flaps else ''}"
