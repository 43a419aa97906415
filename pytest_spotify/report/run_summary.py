"""The summary of a run, at the end of pytest's output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pytest_spotify.errors import NOT_ASKED, escape_unprintable

_LINES_SHOWN = 20
_CAUSES = {
    "contract": "the exchange violates its contract",
    "credentials": "credentials are missing or refused; `pytest-spotify doctor` shows which",
    "service": "outage, time-out or quota of the service; the contract was not checked",
    "recording": "the cassette is missing, damaged or out of date",
    "sandbox": "the sandbox lacks the operation; run them against Spotify",
    "budget": "--spotify-max-requests is used up; the contract was not checked",
    "write": "a request that changes the account was not sent; --spotify-write allows it",
    "test": "an error of the test's own",
}


class SummaryLine(NamedTuple):
    """A line of the summary. A `count` is for information only; the others ask for something to be done."""

    text: str
    kind: Literal["count", "skipped", "failed", "title", "item"]


def run_summary(
    outcomes: Sequence[Mapping[str, Any]],
    *,
    live: bool,
    drift: Sequence[str] = (),
    unused_cassettes: Sequence[str] = (),
) -> list[SummaryLine]:
    """Return the lines; `outcomes` is what `ItemResult.to_report` gave, from all workers.

    Counts of requests, and the seconds of waits, come apart, as mappings without a `kind`.
    `drift` has a line for each difference that is not known, `unused_cassettes` belong to no test.
    """
    results = [outcome for outcome in outcomes if "kind" in outcome]
    lines = _listed("drift since it was recorded", drift)
    lines += [SummaryLine(text, "count") for text in _counts(results)]
    if live:
        lines.append(SummaryLine(_requests(outcomes, results), "count"))
        if any(outcome["outcome"] == "passed" for outcome in results) and not _compared(results):
            lines.append(SummaryLine("no recording of this target to compare with", "count"))
    skipped = Counter(outcome["skip_reason"] for outcome in results if outcome["skip_reason"])
    lines += [SummaryLine(_skipped(reason, number), "skipped") for reason, number in skipped.most_common()]
    causes = Counter(outcome["failure_category"] for outcome in results if outcome["failure_category"])
    lines += [
        SummaryLine(f"{number} failed: {_CAUSES[cause]}", "failed") for cause, number in causes.most_common()
    ]
    if number := sum(outcome["xfailed_without_recording"] for outcome in results):
        text = f"{number} xfailed without a recording: failed, as nothing was put to the test"
        lines.append(SummaryLine(text, "failed"))
    for title, key in (
        ("marked `spotify`, but sent Spotify nothing", "sent_nothing"),
        ("answered by a mock or a cache of the client's, so not checked", "local_responses"),
        ("unknown to the contracts", "unknown_to_contract"),
        ("known faults, allowed by a mark", "allowed"),
        ("unused `allow` entries, remove them", "unused_allowances"),
        ("deprecated, still answered", "deprecated"),
        ("recorded, but not sent any more: record it again", "unused_interactions"),
        ("older than spotify_cassette_max_age: record it again", "stale_cassettes"),
        ("edited by hand: keep the edit with `pytest-spotify scan --reseal CASSETTE`", "edited_cassettes"),
    ):
        lines += _listed(title, [line for outcome in results for line in outcome[key]])
    unseen = dict.fromkeys(line for outcome in results for line in outcome["unseen_clients"])
    lines += _listed("not seen, whatever they send (docs/clients.md)", list(unseen))
    lines += _listed("unused cassettes, delete them", unused_cassettes)
    # A name of a response may have line feeds too.
    return [line._replace(text=escape_unprintable(line.text).replace("\n", "\\n")) for line in lines]


def _compared(results: Sequence[Mapping[str, Any]]) -> int:
    return sum(outcome["compared"] for outcome in results)


def _counts(results: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield what was checked, and where recordings came from; nothing of what there was none."""
    passed = Counter(outcome["kind"] for outcome in results if outcome["outcome"] == "passed")
    answered = {name for outcome in results for name in outcome["succeeded_operations"]}
    bodies = sum(outcome["kind"] == "body" for outcome in results)
    counted = [
        (len(answered), "operation", " answered with success and checked"),
        (passed["unauthenticated"], "unauthenticated check", ""),
        (passed["refused"], "refusal", ""),
        (bodies, "kept file", " checked"),
    ]
    if texts := [f"{_number(number, noun)}{rest}" for number, noun, rest in counted if number]:
        yield ", ".join(texts)
    for target, number in sorted(Counter(outcome["target"] for outcome in results).items()):
        if target:
            yield f"{_number(number, 'recording')} from {_named(target)}"


def _requests(outcomes: Sequence[Mapping[str, Any]], results: Sequence[Mapping[str, Any]]) -> str:
    """Return how many requests were sent: look-ups and repetitions are no exchanges of tests."""
    sent = [outcome["requests"] for outcome in outcomes if "kind" not in outcome and "requests" in outcome]
    waits = [seconds for outcome in outcomes if "kind" not in outcome for seconds in outcome.get("waits", ())]
    number, authorized = sum(all_ for all_, _ in sent), sum(with_token for _, with_token in sent)
    exchanges = sum(outcome["exchanges"] for outcome in results)
    text = _number(number, "request") + " sent"
    if exchanges and number != exchanges:
        text += f" for {_number(exchanges, 'exchange')} of tests"
    if authorized:
        text += f", {authorized} with a token"
    if refused := sum(outcome["refused_tokens"] for outcome in results):
        text += f", of which {refused} {'was' if refused == 1 else 'were'} refused (401)"
    if waits:
        text += f"; {_number(len(waits), 'wait')}, {sum(waits):.0f} s"
    return text


def _skipped(reason: str, number: int) -> str:
    return f"{number} {reason}" if reason.startswith(NOT_ASKED) else f"{number} skipped: {reason}"


def _listed(title: str, found: Sequence[str]) -> list[SummaryLine]:
    if not found:
        return []
    counted = Counter(found)
    lines = [SummaryLine(f"{title}:", "title")]
    lines += [
        SummaryLine(f"  {line}{f'  ({number} times)' if number > 1 else ''}", "item")
        for line, number in counted.most_common(_LINES_SHOWN)
    ]
    if len(counted) > _LINES_SHOWN:
        lines.append(SummaryLine(f"  ... and {len(counted) - _LINES_SHOWN} more", "item"))
    return lines


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _named(target: str) -> str:
    return {"sandbox": "the sandbox, not from Spotify", "spotify": "Spotify"}.get(target, target)
