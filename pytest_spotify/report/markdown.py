"""The report of a run as Markdown, as `$GITHUB_STEP_SUMMARY` and the text of an issue want it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pytest_spotify.errors import escape_unprintable, truncate
from pytest_spotify.report.run_report import circumstances

_SHOWN = 50
_SYMBOLS = {
    "good": "\u2705",
    "changed": "\U0001f50d",
    "broken": "\u274c",
    "failed": "\u274c",
    "unknown": "\u26a0\ufe0f",
}


def markdown(report: Mapping[str, Any]) -> str:
    """Return the text: the verdict first, then what failed, what changed and what was not checked."""
    return escape_unprintable("\n".join(_lines(report))) + "\n"


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    verdict, run, counts = report["verdict"], report["run"], report["counts"]
    yield f"## {_SYMBOLS[verdict['outcome']]} {verdict['sentence']}"
    yield ""
    numbers = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    how = f"{circumstances(report)}; access {run['access']}; pytest-spotify {run['plugin']}"
    yield f"{numbers or 'no checks'}; {how}"
    failed = [row for row in report["checks"] if row["outcome"] == "failed"]
    if failed:
        yield from _table(
            "Failed",
            ("check", "why", "what"),
            [(f"`{row['id']}`", row["category"], row["message"]) for row in failed],
        )
    differences = report["drift"]["differences"]
    if differences:
        yield from _table(
            "Drift since it was recorded",
            ("operation", "severity", "where", "before", "after", "recorded", "announced"),
            [
                (
                    each["operation"],
                    each["severity"],
                    f"`{each['pointer'] or '(response)'}`",
                    each["before"],
                    each["after"],
                    each["since"],
                    f"[{each['announced']}]({each['source']})" if each["announced"] else "",
                )
                for each in differences
            ],
        )
    elif run["mode"] == "live" and not report["drift"]["compared"]:
        yield from ("", f"No recording of {run['target'].capitalize()} to compare with.")
    if report["not_checked"]:
        rows = [(str(each["checks"]), each["reason"]) for each in report["not_checked"]]
        yield from _table("Not checked", ("checks", "reason"), rows)


def _table(title: str, heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield from ("", f"### {title}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}")
    for row in rows[:_SHOWN]:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    if len(rows) > _SHOWN:
        yield from ("", f"... and {len(rows) - _SHOWN} more")


def _cell(text: str) -> str:
    """Return a text that is one cell of a table, whatever an answer wrote into it."""
    return truncate(" ".join(text.split()), 300).replace("|", "\\|").replace("<", "&lt;")
