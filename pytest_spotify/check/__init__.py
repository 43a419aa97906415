"""Check an exchange against its contract.

Pure: no network, no pytest, no clock. Contract items, marked tests, body files, the `check` command and the
Python interface all call it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.check.request import (
    check_path,
    check_query,
    check_removed,
    check_request_body,
    check_scopes,
    nearest_operation,
)
from pytest_spotify.check.response import Body, ResponseContext, check_response
from pytest_spotify.check.violation import KINDS, Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.messages import MISSING
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import API_URL, NOT_MODIFIED, Exchange, Request, Response, normalized_url

__all__ = ["check_body", "check_exchange", "check_kept_body", "check_request"]


def check_exchange(
    exchange: Exchange,
    registry: ContractRegistry,
    *,
    links: Collection[str] = (),
    scopes: Collection[str] | None = None,
    body: Body | None = None,
) -> list[Violation]:
    """Return the violations of an exchange, worst first.

    `links` are URLs that earlier responses gave (`next`, `href`), as `Body.page_links` returns them: allowed
    as they stand, whatever parameters they carry. `scopes` are those of the token, None if they are not
    known. `body` is the response's, from a caller that needs it as well: it is parsed once.
    """
    request, body = exchange.request, body or Body(exchange.response.body)
    routed = registry.route(request.method, request.url)
    if routed is None:
        return [_unknown_operation(request, registry, exchange.response.status)]
    contract, in_path = routed
    status = exchange.response.status
    query = _query(request)
    violations = _check_request(
        request, query, routed, registry, links=links, scopes=scopes, body=body, status=status
    )
    removed = registry.availability(contract).status == "removed"
    if not (removed and status < 300):
        context = ResponseContext(
            contract=contract,
            registry=registry,
            parameters=in_path | dict(query),
            may_be_unmodified=status == NOT_MODIFIED and _may_be_unmodified(request),
        )
        violations += check_response(context, exchange.response, body)
    return _worst_first(violations)


def check_request(
    request: Request,
    registry: ContractRegistry,
    *,
    links: Collection[str] = (),
    scopes: Collection[str] | None = None,
) -> list[Violation]:
    """Return the violations of a request without a response, worst first."""
    routed = registry.route(request.method, request.url)
    if routed is None:
        return [_unknown_operation(request, registry)]
    return _worst_first(
        _check_request(request, _query(request), routed, registry, links=links, scopes=scopes)
    )


def check_body(contract: Contract, status: int, body: bytes, registry: ContractRegistry) -> list[Violation]:
    """Return the violations of a response body alone, as projects keep them for mocks; worst first."""
    context = ResponseContext(contract=contract, registry=registry, parameters={})
    response = Response(status=status, body=body, are_headers_recorded=False)
    return _worst_first(check_response(context, response, Body(body)))


def _check_request(
    request: Request,
    query: list[tuple[str, str]],
    routed: tuple[Contract, dict[str, str]],
    registry: ContractRegistry,
    *,
    links: Collection[str],
    scopes: Collection[str] | None,
    body: Body | None = None,
    status: int | None = None,
) -> list[Violation]:
    contract, in_path = routed
    violations = [
        *check_removed(contract, status, registry),
        *check_path(contract, in_path, registry),
    ]
    in_query = [*check_query(contract, query, request, registry)]
    if in_query and not _is_link(request, links) and not (body and body.is_self_link(request.url)):
        violations += in_query
    violations += check_request_body(contract, request, registry)
    if scopes is not None:
        violations += check_scopes(contract, scopes)
    return violations


def _may_be_unmodified(request: Request) -> bool:
    """Return True for a conditional GET, or one whose header fields a recorder may have dropped."""
    return request.method.upper() == "GET" and (not [*request.headers] or any(request.condition))


def _is_link(request: Request, links: Collection[str]) -> bool:
    """Return True if the request is for one of the links, however the client writes it."""
    return bool(links) and normalized_url(request.url) in map(normalized_url, links)


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def _unknown_operation(request: Request, registry: ContractRegistry, status: int = 0) -> Violation:
    """Return the violation of a request that no contract is for, with the nearest operation."""
    try:
        path = urlsplit(request.url).path
    except ValueError:
        path = "an address that cannot be read"
    title = f"{request.method} {path.removeprefix(urlsplit(API_URL).path)}"
    nearest = nearest_operation(request.method, path, registry)
    return Violation(
        kind="unknown",
        pointer="",
        expected="an operation with a contract",
        actual=title,
        sentence=f"{title} is no operation of the contracts"
        + (f" (status {status})" if status >= 400 else "")
        + (f"; did you mean {nearest}?" if nearest else ""),
    )


def _worst_first(violations: Iterable[Violation]) -> list[Violation]:
    return sorted(violations, key=lambda violation: KINDS.index(violation.kind))


CheckFunction = Callable[[ContractRegistry], Sequence[Violation]]


# The guide renames these in playlists, and nothing else.
_RENAMED = {"tracks": "items", "track": "item"}


def check_kept_body(
    contract: Contract, status: int, body: bytes, registry: ContractRegistry
) -> list[Violation]:
    """Return the violations of a body that a project keeps for mocks.

    A field that only other accesses are sent is `breaking`: a mock that has it promises what is never sent.
    """

    def check_file(registry: ContractRegistry) -> list[Violation]:
        return check_body(registry.contracts[contract.operation], status, body, registry)

    violations = check_file(registry)
    other_access = OtherAccessComparison(check_file, registry)
    return [
        replace(other_access.field_not_sent(each.pointer, "the file has it"), kind="breaking")
        if each.kind == "additive" and other_access.accesses_without([each])
        else each
        for each in violations
    ]


class OtherAccessComparison:
    """One exchange, or one body, under the accesses that the run does not have."""

    def __init__(self, check: CheckFunction, registry: ContractRegistry) -> None:
        self._check, self._registry = check, registry

    def accesses_without(self, violations: Sequence[Violation]) -> list[Access]:
        """Return the accesses under which there is none of the violations."""
        ours = {_key(each) for each in violations}
        return [access for access, met in self._keys_by_access.items() if ours.isdisjoint(met)]

    def fields_missing_here(self) -> dict[str, list[Access]]:
        """Return the fields, as pointers, that other accesses are always sent and this one never."""
        ours = {_key(each) for each in self._check(self._registry)}
        found: dict[str, list[Access]] = {}
        for access, met in self._violations_by_access.items():
            for each in met:
                if each.kind == "breaking" and each.actual == MISSING and _key(each) not in ours:
                    found.setdefault(each.pointer, []).append(access)
        return found

    def field_not_sent(self, pointer: str, actual: str) -> Violation:
        """Return the violation of a field that apps of this access are not sent."""
        expected = self._not_sent(pointer)
        return Violation(
            kind="request",
            pointer=pointer,
            expected=f"nothing: {expected}",
            actual=actual,
            sentence=f"{expected} ({actual})",
        )

    def explain_known_fields(self, violations: Sequence[Violation]) -> list[Violation]:
        """Return the violations; of a field that only other accesses are sent, the text says so."""
        return [
            replace(each, sentence=self._not_sent(each.pointer))
            if each.kind == "additive" and self.accesses_without([each])
            else each
            for each in violations
        ]

    def _not_sent(self, pointer: str) -> str:
        new_name = renamed(pointer.rpartition("/")[2])
        return f"{self._registry.access} apps are not sent it{f': use {new_name}' if new_name else ''}"

    @cached_property
    def _violations_by_access(self) -> dict[Access, Sequence[Violation]]:
        others = (access for access in ACCESSES if access != self._registry.access)
        return {access: self._check(self._registry.for_access(access)) for access in others}

    @cached_property
    def _keys_by_access(self) -> dict[Access, Set[tuple[str, str]]]:
        return {access: {*map(_key, met)} for access, met in self._violations_by_access.items()}


def _key(violation: Violation) -> tuple[str, str]:
    return violation.kind, violation.pointer


def renamed(field: str) -> str:
    """Return what a field of extended quota mode is called in development mode, or nothing."""
    return _RENAMED.get(field, "")
