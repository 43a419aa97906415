"""The summary of a run, at the end of pytest's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_spotify.errors import escape_unprintable

_LINES_SHOWN = 20
_CAUSES = {
    "contract": "the exchange violates its contract",
    "credentials": "credentials are missing or wrong; `pytest-spotify doctor` shows which",
    "service": "outage, time-out or quota of the service; the contract was not checked",
    "recording": "the cassette is missing, damaged or out of date",
    "budget": "--spotify-max-requests is used up; the contract was not checked",
    "test": "an error of the test's own",
}


def run_summary(
    outcomes: Sequence[Mapping[str, Any]], *, live: bool, unused_cassettes: Sequence[str] = ()
) -> list[str]:
    """Return the lines; `outcomes` is what `ItemResult.to_report` gave, from all workers.

    Counts of requests come apart, as mappings with `requests` alone. `unused_cassettes` belong to no test.
    """
    results = [outcome for outcome in outcomes if "kind" in outcome]
    passed = [outcome for outcome in results if outcome["outcome"] == "passed"]
    answered = {name for outcome in results for name in outcome["succeeded_operations"]}
    kinds = Counter(outcome["kind"] for outcome in passed)
    counted = [
        f"{_number(len(answered), 'operation')} answered with success and checked",
        _number(kinds["unauthenticated"], "unauthenticated check"),
        _number(kinds["refused"], "refusal"),
    ]
    if bodies := [outcome for outcome in results if outcome["kind"] == "body"]:
        counted.append(f"{_number(len(bodies), 'kept file')} checked")
    lines = [", ".join(counted)]
    for target, number in sorted(Counter(outcome["target"] for outcome in results).items()):
        if target:
            lines.append(f"{_number(number, 'recording')} from {_named(target)}")
    if live:
        sent = [outcome["requests"] for outcome in outcomes if "kind" not in outcome]
        authorized = sum(with_token for _, with_token in sent)
        lines.append(
            f"{_number(sum(all_ for all_, _ in sent), 'request')} sent, {authorized} with a valid token"
        )
    skipped = Counter(outcome["skip_reason"] for outcome in results if outcome["skip_reason"])
    lines += [f"{number} skipped: {reason}" for reason, number in skipped.most_common()]
    causes = Counter(outcome["failure_category"] for outcome in results if outcome["failure_category"])
    lines += [f"{number} failed: {_CAUSES[cause]}" for cause, number in causes.most_common()]
    if number := sum(outcome["xfailed_without_recording"] for outcome in results):
        lines.append(f"{number} xfailed without a recording: failed, as nothing was put to the test")
    for title, key in (
        ("unknown to the contracts", "unknown_to_contract"),
        ("known faults, allowed by a mark", "allowed"),
        ("unused `allow` entries, remove them", "unused_allowances"),
        ("deprecated, still answered", "deprecated"),
        ("drift since it was recorded", "drift"),
        ("recorded, but not sent any more: record it again", "unused_interactions"),
        ("older than spotify_cassette_max_age: record it again", "stale_cassettes"),
        ("edited by hand: keep the edit with `pytest-spotify scan --reseal CASSETTE`", "edited_cassettes"),
    ):
        lines += _listed(title, [line for outcome in results for line in outcome[key]])
    lines += _listed("unused cassettes, delete them", unused_cassettes)
    return [escape_unprintable(line) for line in lines]


def _listed(title: str, found: Sequence[str]) -> list[str]:
    if not found:
        return []
    counted = Counter(found)
    lines = [f"{title}:"]
    lines += [
        f"  {line}{f'  ({number} times)' if number > 1 else ''}"
        for line, number in counted.most_common(_LINES_SHOWN)
    ]
    if len(counted) > _LINES_SHOWN:
        lines.append(f"  ... and {len(counted) - _LINES_SHOWN} more")
    return lines


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _named(target: str) -> str:
    return {"sandbox": "the sandbox, not from Spotify", "spotify": "Spotify"}.get(target, target)
