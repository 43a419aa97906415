"""What a run learned about the API, for the end of pytest's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_spotify.report.text import printable

_SHOWN = 20
_CAUSES = {
    "contract": "the contract: the API, the request or the recording does not fit it",
    "credentials": "the credentials: `pytest-spotify doctor` says what is wrong with them",
    "service": "the service: an outage, a time-out or a quota; the contract was not put to the test",
}


def run_summary(outcomes: Sequence[Mapping[str, Any]], *, live: bool) -> list[str]:
    """Return the lines; `outcomes` is what `Outcome.as_data` gave, from all workers."""
    answered = {name for outcome in outcomes for name in outcome["answered"]}
    kinds = Counter(outcome["kind"] for outcome in outcomes)
    others = f"{kinds['unauthenticated']} unauthenticated checks, {kinds['refused']} refusals"
    lines = [f"{len(answered)} operations answered with success and were checked; {others}"]
    targets = Counter(outcome["target"] for outcome in outcomes if outcome["target"])
    for target, number in sorted(targets.items()):
        lines.append(f"{number} recordings come from {_named(target)}")
    if live:
        sent = sum(outcome["requests"] for outcome in outcomes)
        authorized = sum(outcome["authorized_requests"] for outcome in outcomes)
        lines.append(f"{sent} requests sent, {authorized} of them with a valid token")
    causes = Counter(outcome["cause"] for outcome in outcomes if outcome["cause"])
    lines += [f"{number} failed by {_CAUSES[cause]}" for cause, number in causes.most_common()]
    lines += _listed("unknown to the contracts", [line for each in outcomes for line in each["told"]])
    lines += _listed("drift since it was recorded", [line for each in outcomes for line in each["drift"]])
    return [printable(line) for line in lines]


def _listed(title: str, found: Sequence[str]) -> list[str]:
    if not found:
        return []
    counted = Counter(found)
    lines = [f"{title}:"]
    lines += [
        f"  {line}{f'  ({number} times)' if number > 1 else ''}"
        for line, number in counted.most_common(_SHOWN)
    ]
    if len(counted) > _SHOWN:
        lines.append(f"  ... and {len(counted) - _SHOWN} more")
    return lines


def _named(target: str) -> str:
    return {"sandbox": "the sandbox, not from Spotify", "spotify": "Spotify"}.get(target, target)
