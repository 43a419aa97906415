"""Summaries: of `pytest-spotify check`, and of a run at the end of pytest's output."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_spotify.api import Contracts
from pytest_spotify.check.violation import KINDS, Violation, failing, worst
from pytest_spotify.errors import escape_unprintable
from pytest_spotify.report import doubt, generalize_indexes

_SHOWN = 25
_VERDICTS = ("ok", *KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedExchange:
    """One exchange of a file and what does not fit in it."""

    file: str
    index: int
    method: str
    url: str
    status: int
    operation: str | None
    violations: Sequence[Violation]

    def as_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(
            {
                "file": self.file,
                "index": self.index,
                "method": self.method,
                "url": self.url,
                "status": self.status,
                "operation": self.operation,
                "verdict": worst(self.violations),
                "violations": [
                    {"kind": each.kind, "pointer": each.pointer, "message": each.message}
                    for each in self.violations
                ],
            }
        )


def summary(
    checked_exchanges: Sequence[CheckedExchange], contracts: Contracts, *, strict: bool = False
) -> str:
    """Return the text on at least one exchange, its last line the verdict on all."""
    failed = sum(bool(failing(each.violations, strict=strict)) for each in checked_exchanges)
    parts = [
        _table(checked_exchanges),
        *_groups(checked_exchanges),
        *_doubtful(checked_exchanges, contracts),
        *_deprecated(checked_exchanges, contracts),
    ]
    number = f"{len(checked_exchanges)} exchange{'' if len(checked_exchanges) == 1 else 's'}"
    if failed:
        parts.append(f"{failed} of {number} failed; access {contracts.access}")
    else:
        parts.append(f"{number} checked, none failed; access {contracts.access}")
    return escape_unprintable("\n\n".join(part for part in parts if part))


def _table(checked_exchanges: Sequence[CheckedExchange]) -> str:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in checked_exchanges:
        counts[each.operation or "(no contract)"][worst(each.violations)] += 1
    width = max(map(len, counts))
    lines = ["  ".join([f"{'operation':<{width}}", *(f"{verdict:>8}" for verdict in _VERDICTS)])]
    for operation in sorted(counts):
        cells = [f"{counts[operation][verdict] or '.':>8}" for verdict in _VERDICTS]
        lines.append("  ".join([f"{operation:<{width}}", *cells]))
    return "\n".join(lines)


def _groups(checked_exchanges: Sequence[CheckedExchange]) -> list[str]:
    """Return one paragraph a kind, each violation once with how often it came and where first."""
    found: dict[str, dict[tuple[str, str, str], list[CheckedExchange]]] = {kind: {} for kind in KINDS}
    for checked in checked_exchanges:
        for violation in checked.violations:
            place = generalize_indexes(violation.pointer) or "(root)"
            key = (checked.operation or "(no contract)", place, violation.message)
            where = found[violation.kind].setdefault(key, [])
            if not where or where[-1] is not checked:
                where.append(checked)
    return [_group(kind, found[kind]) for kind in KINDS if found[kind]]


def _group(kind: str, found: dict[tuple[str, str, str], list[CheckedExchange]]) -> str:
    lines = [f"{kind}:"]
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    for (operation, place, message), where in ordered[:_SHOWN]:
        first = f"{where[0].file}, entry {where[0].index}"
        often = f" and {len(where) - 1} more" if len(where) > 1 else ""
        lines += [f"  {operation}  {place}", f"      {message}", f"      {first}{often}"]
    if len(ordered) > _SHOWN:
        lines.append(f"  ... and {len(ordered) - _SHOWN} more; --json prints all")
    return "\n".join(lines)


def _doubtful(checked_exchanges: Sequence[CheckedExchange], contracts: Contracts) -> list[str]:
    """Return a paragraph on contracts that answers break and no real answer proves."""
    broken = {
        each.operation
        for each in checked_exchanges
        if each.operation and worst(each.violations) == "breaking"
    }
    named = {name: doubt(contracts.registry.contracts[name], contracts.access) for name in sorted(broken)}
    lines = [f"  {name}  {told}" for name, told in named.items() if told]
    return ["\n".join(["evidence:", *lines])] if lines else []


def _deprecated(checked_exchanges: Sequence[CheckedExchange], contracts: Contracts) -> list[str]:
    registry = contracts.registry
    used = sorted({each.operation for each in checked_exchanges if each.operation})
    old = [name for name in used if registry.availability(registry.contracts[name]).status == "deprecated"]
    if not old:
        return []
    lines = ["deprecated, still answered:"]
    for name in old:
        contract = registry.contracts[name]
        successor = next((each.replaced_by for each in contract.access.values() if each.replaced_by), None)
        lines.append(f"  {name}  {contract.title}{f': use {successor}' if successor else ''}")
    return ["\n".join(lines)]


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
        ("marked `spotify`, but sent Spotify nothing", "sent_nothing"),
        ("answered by a mock or a cache of the client's, so not checked", "local_responses"),
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
    unseen = dict.fromkeys(line for outcome in results for line in outcome["unseen_clients"])
    lines += _listed("not seen, whatever they send (docs/clients.md)", list(unseen))
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
