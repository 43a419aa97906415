"""Reports to try the page with: of the shipped cassettes, of an API that has drifted, and of any length.

python -m tests.support.sample_report [shipped|drifted|large] > report.html
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from pytest_spotify.access import Access
from pytest_spotify.cassettes import Cassette, load
from pytest_spotify.check import check_exchange
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from pytest_spotify.drift import compare
from pytest_spotify.drift.difference import Recorded
from pytest_spotify.exchange import Exchange
from pytest_spotify.report.coverage import Coverage, observe
from pytest_spotify.report.run_report import CheckRow, RunFacts, RunReport
from tests.support.sign_in import ROOT

_KINDS = {"no-token": "unauthenticated", "bad-token": "unauthenticated", "refused": "refused"}
_DRIFTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "albums/get-an-album/album": lambda album: album.pop("release_date"),
    "artists/get-an-artist/artist": lambda artist: artist.update(monthly_listeners=1),
    "shows/get-a-show/show": lambda show: show.update(languages=None),
    "tracks/get-track/track": lambda track: track.update(disc_number=str(track["disc_number"])),
    "users/get-current-users-profile/profile": lambda user: user.update(type="person"),
}


def shipped_report(access: Access = "development", more: Iterable[CheckRow] = ()) -> dict[str, Any]:
    """Return the report of a replay of the shipped cassettes, and of more checks."""
    registry = bundled(access)
    report = _report(registry, mode="replay", target="")
    for cassette in _cassettes(access):
        report.checks.append(_row(cassette, cassette.exchanges, registry))
    report.checks += more
    return _finished(report, registry)


def drifted_report(access: Access = "extended") -> dict[str, Any]:
    """Return the report of a live run: an API that changed at night, with an outage and checks left out."""
    registry = bundled(access)
    report = _report(registry, mode="live", target="sandbox")
    recorded, responses = [], []
    for number, cassette in enumerate(_cassettes(access)):
        exchanges = [_drifted(cassette, each) for each in cassette.exchanges]
        row = _row(cassette, exchanges, registry)
        if cassette.path.parts[-3] == "audiobooks" and row.kind == "case":
            row = replace(
                row, outcome="failed", category="service", message="503 Service Unavailable, 3 times"
            )
        elif cassette.path.parts[-3] == "player" and row.kind == "case":
            row = replace(row, outcome="skipped", message="needs an active device (needs: device)")
        report.checks.append(replace(row, seconds=0.05 + number % 7 / 50))
        recorded += [Recorded(each, _day(cassette)) for each in cassette.exchanges]
        responses += exchanges
    report.compared = len(responses)
    report.accepted_drift = 1
    report.drift = [each.to_json() for each in compare(recorded, responses, registry)]
    return _finished(report, registry)


def small_report() -> dict[str, Any]:
    """Return a report in which everything that the page can show occurs, from one cassette."""
    registry = bundled("extended")
    report = _report(registry, mode="live", target="spotify")
    cassette = load(ROOT / "cassettes/extended/albums/get-an-album/album.yaml")
    row = replace(_row(cassette, cassette.exchanges, registry), target="spotify", recorded_at="2025-03-01")
    report.checks = [
        row,
        replace(
            row,
            id="tests/test_own.py::test_a",
            kind="marked",
            outcome="failed",
            category="contract",
            message="/name: required property is missing",
        ),
        replace(
            row,
            id="tests/test_own.py::test_b",
            kind="marked",
            outcome="failed",
            category="service",
            message="503 Service Unavailable",
            target="",
            recorded_at="",
        ),
        replace(
            row,
            id="tests/test_own.py::test_c",
            outcome="skipped",
            message="needs an active device",
            target="sandbox",
            recorded_at="2026-10-01",
        ),
    ]
    report.drift = [
        {
            "id": "get-an-album /label removed",
            "operation": "get-an-album",
            "pointer": "/label",
            "change": "removed",
            "before": "string",
            "after": "absent",
            "severity": "breaking",
            "object": "album",
            "since": "2025-03-01",
            "announced": "February 2026 migration guide",
            "source": "https://developer.spotify.com/guide",
        }
    ]
    report.compared, report.accepted_drift = 1, 1
    coverage = Coverage(registry)
    exchange = cassette.exchanges[0]
    refusal = replace(exchange, response=replace(exchange.response, status=401, body=b"{}"))
    for each, target in ((exchange, "spotify"), (exchange, "sandbox"), (refusal, "spotify")):
        observation = observe(each, registry)
        assert observation is not None
        coverage.add([observation], target)
    report.coverage = coverage.to_json()
    report.run = replace(
        report.run, requests=4, authorized_requests=3, waits=1, waited_seconds=6, sign_in_ends="2027-01-14"
    )
    result: dict[str, Any] = json.loads(json.dumps(report.to_json(registry)))
    return result


def large_report(checks: int = 3000) -> dict[str, Any]:
    """Return the report of so many marked tests beside the shipped cassettes, one in ten failed."""
    operations = list(bundled("development").contracts)
    return shipped_report(
        more=[
            CheckRow(
                id=f"tests/test_module_{number // 20}.py::test_of_a_story[{number}]",
                operations=[operations[number % len(operations)]],
                kind="marked",
                outcome=("failed", "skipped", *["passed"] * 8)[number % 10],
                category="contract" if number % 10 == 0 else "",
                message="" if number % 10 > 1 else f"/items/{number}/name: required property is missing",
                target="sandbox",
                recorded_at=f"2026-{1 + number % 11:02}-{1 + number % 28:02}",
            )
            for number in range(checks)
        ]
    )


def _report(registry: ContractRegistry, *, mode: str, target: str) -> RunReport:
    return RunReport(
        run=RunFacts(
            plugin="0.1.0",
            access=registry.access,
            mode=mode,
            target=target,
            started_at="2026-11-28T03:00:00+00:00",
            seconds=4.25,
        )
    )


def _cassettes(access: Access) -> Iterator[Cassette]:
    for path in sorted((ROOT / "cassettes" / access).rglob("*.yaml")):
        yield load(path)


def _row(cassette: Cassette, exchanges: Iterable[Exchange], registry: ContractRegistry) -> CheckRow:
    group, operation, case = cassette.path.with_suffix("").parts[-3:]
    violations = [
        violation
        for exchange in exchanges
        for violation in check_exchange(exchange, registry)
        if violation.kind == "breaking"  # a refusal case sends what the contract does not allow
    ]
    return CheckRow(
        id=f"contracts/{group}/{operation}.contract.json::{case}",
        operations=[operation],
        kind=_KINDS.get(case, "case"),
        outcome="failed" if violations else "passed",
        category="contract" if violations else "",
        message=f"{violations[0].pointer}: {violations[0].message}" if violations else "",
        target=str(cassette.provenance["target"]),
        recorded_at=_day(cassette),
    )


def _finished(report: RunReport, registry: ContractRegistry) -> dict[str, Any]:
    coverage = Coverage(registry)
    for cassette in _cassettes(registry.access):
        target = str(cassette.provenance["target"])
        found = (observe(each, registry) for each in cassette.exchanges)
        coverage.add((each for each in found if each), target)
    report.coverage = coverage.to_json()
    report.run = replace(report.run, requests=len(report.checks) if report.run.mode == "live" else 0)
    return json.loads(json.dumps(report.to_json(registry)))


def _day(cassette: Cassette) -> str:
    return str(cassette.provenance["recorded_at"])[:10]


def _drifted(cassette: Cassette, exchange: Exchange) -> Exchange:
    name = "/".join(cassette.path.with_suffix("").parts[-3:])
    if name not in _DRIFTS:
        return exchange
    body = json.loads(exchange.response.body)
    _DRIFTS[name](body)
    return replace(exchange, response=replace(exchange.response, body=json.dumps(body).encode()))


if __name__ == "__main__":
    from pytest_spotify.report.page import page

    reports = {"shipped": shipped_report, "drifted": drifted_report, "large": large_report}
    sys.stdout.write(page(reports[sys.argv[1] if len(sys.argv) > 1 else "shipped"]()))
