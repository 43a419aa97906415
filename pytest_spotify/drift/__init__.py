"""Drift: how responses differ from earlier ones to the same operation, in shape and not in values.

The exchanges may come from anywhere. What the contract forbids is always said; what it allows (a field that
may be absent) only if content alone cannot explain it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.check import check_exchange
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.known_changes import (
    Announcement,
    find_announcement,
    find_header_announcement,
    operation_announcement,
)
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.drift.comparison import ShapeChange, compare_shapes
from pytest_spotify.drift.difference import SEVERITIES, Difference, Recorded, Severity
from pytest_spotify.drift.shape import Shape, shape_of
from pytest_spotify.exchange import Exchange, normalized_url
from pytest_spotify.report import generalize_indexes

_HEADERS = ("Cache-Control", "ETag", "Last-Modified", "Retry-After", "WWW-Authenticate")
_SHAPING = frozenset({"additional_types", "fields", "market", "type"})  # parameters that change a response
# What an account plays is another object each time, at the same address.
_VOLATILE_OPERATIONS = frozenset(
    {
        "get-a-users-available-devices",
        "get-information-about-the-users-current-playback",
        "get-queue",
        "get-recently-played",
        "get-the-users-currently-playing-track",
    }
)


def compare(
    before: Iterable[Recorded], after: Iterable[Exchange], registry: ContractRegistry
) -> list[Difference]:
    """Return how later exchanges differ from earlier ones of the same operations, worst first.

    Outages (429 and 5xx) say nothing of the API and are left out.
    """
    recorded = list(before)
    days = {id(each.exchange): each.day for each in recorded}
    earlier = _by_operation((each.exchange for each in recorded), registry)
    later = _by_operation(after, registry)
    found: dict[str, Difference] = {}
    for operation in earlier:
        name = operation if operation in later else _successor(operation, registry)
        if name in later:
            since = max(days[id(each)] for each in earlier[operation])
            comparison = _Comparison(registry.contracts[name], registry, since)
            for difference in comparison.differences(earlier[operation], later[name]):
                found.setdefault(difference.id, difference)
    return sorted(found.values(), key=lambda each: (SEVERITIES.index(each.severity), each.id))


def _by_operation(exchanges: Iterable[Exchange], registry: ContractRegistry) -> dict[str, list[Exchange]]:
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        status = exchange.response.status
        contract = registry.contract_for(exchange.request.method, exchange.request.url)
        if contract is not None and status != 429 and status < 500:
            found.setdefault(contract.operation, []).append(exchange)
    return found


def _successor(operation: str, registry: ContractRegistry) -> str:
    """Return the operation that took the place of another and answers the same, or an empty text."""
    contract = registry.contracts[operation]
    folder = contract.path.rpartition("/")[0]
    replacements = {each.replaced_by for each in contract.access.values()}
    return next(
        (
            each.operation
            for each in registry.contracts.values()
            if f"{each.method} {each.path}" in replacements and each.path.rpartition("/")[0] == folder != ""
        ),
        "",
    )


class _Comparison:
    """The comparison of the exchanges of one operation."""

    def __init__(self, contract: Contract, registry: ContractRegistry, since: str) -> None:
        self._contract, self._registry, self._since = contract, registry, since

    def differences(self, before: Sequence[Exchange], after: Sequence[Exchange]) -> Iterator[Difference]:
        yield from self._statuses(before, after)
        earlier, later = _alike(before), _alike(after)
        keys = earlier.keys() & later.keys()
        for key in sorted(keys):
            yield from self._headers(earlier[key], later[key])
            yield from self._bodies(earlier[key], later[key])

    def _statuses(self, before: Sequence[Exchange], after: Sequence[Exchange]) -> Iterator[Difference]:
        """Yield a difference for each status of the same request that is another now."""
        earlier: dict[tuple[str, str], list[int]] = {}
        for each in before:
            earlier.setdefault(_request(each), []).append(each.response.status)
        for each in after:
            status, statuses = each.response.status, earlier.get(_request(each), [])
            if not statuses and len(before) == len(after) == 1:  # the URL may hold a value of the account
                statuses = [before[0].response.status]
            if statuses and status not in statuses:
                was = min(statuses)  # the same URL answers 401 without a token
                breaks = status >= 400 > was or self._violations([each], "breaking")
                yield self._difference(
                    ShapeChange(change="status", before=str(was), after=str(status)),
                    "breaking" if breaks else "cosmetic",
                    operation_announcement(self._contract, self._registry.access) if status >= 400 else None,
                )

    def _headers(self, before: Sequence[Exchange], after: Sequence[Exchange]) -> Iterator[Difference]:
        recorded = [[each for each in side if each.response.are_headers_recorded] for side in (before, after)]
        if not all(recorded):
            return
        had, has = ({_media_type(each) for each in side} for side in recorded)
        if new := has - had:
            severity: Severity = "breaking" if self._violations(recorded[1], "breaking") else "cosmetic"
            yield self._difference(
                ShapeChange(change="media type", before=_listed(had), after=_listed(new)), severity
            )
        for name in _HEADERS:
            had, has = ({_sent(each, name) for each in side} for side in recorded)
            if len(had) == len(has) == 1 and had != has:
                change = ShapeChange(change="header", before=_listed(had), after=_listed(has))
                found = find_header_announcement(name, access=self._registry.access, after_day=self._since)
                yield self._difference(change, "cosmetic", found)

    def _bodies(self, before: Sequence[Exchange], after: Sequence[Exchange]) -> Iterator[Difference]:
        earlier, later = self._shape(before), self._shape(after)
        if not earlier.count:
            return
        faults, known = self._violations(after), self._violations(before)
        explained = set()
        for change in compare_shapes(earlier, later) if later.count else ():
            announcement = find_announcement(
                change.change,
                change.object,
                change.pointer,
                access=self._registry.access,
                after_day=self._since,
            )
            severity = _severity(change, faults, known, certain=change.certain or announcement is not None)
            if severity is not None:
                explained |= {change.pointer, f"{change.pointer.rpartition('/')[0]}/{change.after}"}
                yield self._difference(change, severity, announcement)
        for pointer, fault in faults.items():
            if pointer not in known and pointer not in explained:
                change = ShapeChange(
                    pointer=pointer, change="value", before=fault.expected, after=fault.actual
                )
                yield self._difference(change, "breaking" if fault.kind == "breaking" else "additive")

    def _shape(self, exchanges: Sequence[Exchange]) -> Shape:
        """Return the shape of the bodies that are JSON."""
        volatile = self._contract.operation in _VOLATILE_OPERATIONS
        bodies = [(each, Body(each.response.body)) for each in exchanges]
        return shape_of(
            (body.parsed[0], "" if volatile else normalized_url(exchange.request.url))
            for exchange, body in bodies
            if not body.parsed[1]
        )

    def _violations(self, exchanges: Sequence[Exchange], *kinds: str) -> dict[str, Violation]:
        """Return the violations of responses by place, the worst of each place."""
        found: dict[str, Violation] = {}
        for exchange in exchanges:
            for violation in check_exchange(exchange, self._registry):
                if violation.kind in (kinds or ("breaking", "additive")):
                    found.setdefault(generalize_indexes(violation.pointer), violation)
        return found

    def _difference(
        self, change: ShapeChange, severity: Severity, announcement: Announcement | None = None
    ) -> Difference:
        return Difference(
            operation=self._contract.operation,
            pointer=change.pointer,
            change=change.change,
            before=change.before,
            after=change.after,
            severity=severity,
            object=change.object,
            since=self._since,
            announced=announcement.title if announcement else "",
            source=announcement.source if announcement else "",
        )


def _severity(
    change: ShapeChange, faults: Mapping[str, Violation], known: Mapping[str, Violation], *, certain: bool
) -> Severity | None:
    """Return how bad a change is, from the violations after and before; None if it says nothing."""
    pointer = change.pointer
    if pointer in faults and pointer not in known:
        return "breaking" if faults[pointer].kind == "breaking" else "additive"
    if change.change == "added":
        return "additive" if certain or pointer in known else None
    lost = pointer in known and known[pointer].kind == "additive"
    if change.change == "renamed" or (change.change == "removed" and lost):
        return "breaking"  # the contract lost the field as well; code that reads it has not
    return "cosmetic" if certain else None


def _alike(exchanges: Sequence[Exchange]) -> dict[tuple[int, str], list[Exchange]]:
    """Return exchanges by their status and by the parameters that change what a response has."""
    found: dict[tuple[int, str], list[Exchange]] = {}
    for exchange in exchanges:
        query = parse_qsl(urlsplit(exchange.request.url).query)
        shaping = sorted(
            {name if name == "market" else f"{name}={value}" for name, value in query if name in _SHAPING}
        )
        found.setdefault((exchange.response.status, "&".join(shaping)), []).append(exchange)
    return found


def _request(exchange: Exchange) -> tuple[str, str]:
    return exchange.request.method, normalized_url(exchange.request.url)


def _media_type(exchange: Exchange) -> str:
    return exchange.response.headers.get("Content-Type").partition(";")[0].strip().lower() or "none"


def _sent(exchange: Exchange, name: str) -> str:
    return f"{name} sent" if name in exchange.response.headers else f"{name} not sent"


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
