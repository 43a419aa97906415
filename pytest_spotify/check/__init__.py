"""The one judgement: hold an exchange against its contract.

Pure: no network, no pytest, no clock. Everything that judges traffic (contract items, marked tests,
the `check` command, drift) calls `check_exchange`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.check import request, response
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import KINDS, Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.messages import MISSING
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import NOT_MODIFIED, Exchange, Request, Response, normalized_url

__all__ = ["check_body", "check_exchange", "check_request"]


def check_exchange(
    exchange: Exchange,
    registry: ContractRegistry,
    *,
    links: Collection[str] = (),
    scopes: Collection[str] | None = None,
    body: Body | None = None,
) -> list[Violation]:
    """Return what does not fit in an exchange, worst first.

    `links` are URLs that earlier responses gave (`next`, `href`), as `Body.page_links` returns them: allowed
    as they stand, whatever parameters they carry. `scopes` are those of the token, None if they are not
    known. `body` is the response's, from a caller that needs it as well: it is parsed once.
    """
    asked, body = exchange.request, body or Body(exchange.response.body)
    routed = registry.route(asked.method, asked.url)
    if routed is None:
        return [_unknown_operation(asked)]
    contract, in_path = routed
    status = exchange.response.status
    query = _query(asked)
    violations = _check_request(
        asked, query, routed, registry, links=links, scopes=scopes, body=body, answered=status
    )
    removed = registry.availability(contract).status == "removed"
    if not (removed and status < 300):
        context = response.ResponseContext(
            contract=contract,
            registry=registry,
            parameters=in_path | dict(query),
            may_be_unmodified=status == NOT_MODIFIED and _may_be_unmodified(asked),
        )
        violations += response.check_response(context, exchange.response, body)
    return _worst_first(violations)


def check_request(
    asked: Request,
    registry: ContractRegistry,
    *,
    links: Collection[str] = (),
    scopes: Collection[str] | None = None,
) -> list[Violation]:
    """Return what does not fit in a request that was not answered, worst first."""
    routed = registry.route(asked.method, asked.url)
    if routed is None:
        return [_unknown_operation(asked)]
    return _worst_first(_check_request(asked, _query(asked), routed, registry, links=links, scopes=scopes))


def check_body(contract: Contract, status: int, body: bytes, registry: ContractRegistry) -> list[Violation]:
    """Return what does not fit in a response body alone, as projects keep them for mocks."""
    context = response.ResponseContext(contract=contract, registry=registry, parameters={})
    answer = Response(status=status, body=body, are_headers_recorded=False)
    return _worst_first(response.check_response(context, answer, Body(body)))


def _check_request(
    asked: Request,
    query: list[tuple[str, str]],
    routed: tuple[Contract, dict[str, str]],
    registry: ContractRegistry,
    *,
    links: Collection[str],
    scopes: Collection[str] | None,
    body: Body | None = None,
    answered: int | None = None,
) -> list[Violation]:
    contract, in_path = routed
    violations = [
        *request.check_removed(contract, answered, registry),
        *request.check_path(contract, in_path, registry),
    ]
    in_query = [*request.check_query(contract, query, asked, registry)]
    if in_query and not _is_link(asked, links) and not (body and body.is_self_link(asked.url)):
        violations += in_query
    violations += request.check_request_body(contract, asked, registry)
    if scopes is not None:
        violations += request.check_scopes(contract, scopes)
    return violations


def _may_be_unmodified(asked: Request) -> bool:
    """Say whether a 304 may answer: to a conditional GET. A recorder may have dropped all header fields."""
    return asked.method.upper() == "GET" and (not [*asked.headers] or any(asked.condition))


def _is_link(asked: Request, links: Collection[str]) -> bool:
    return bool(links) and normalized_url(asked.url) in links


def _query(asked: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(asked.url).query, keep_blank_values=True)


def _unknown_operation(asked: Request) -> Violation:
    try:
        path = urlsplit(asked.url).path
    except ValueError:
        path = "an address that cannot be read"
    actual = f"{asked.method} {path}"
    return Violation(kind="unknown", pointer="", expected="an operation with a contract", actual=actual)


def _worst_first(violations: Iterable[Violation]) -> list[Violation]:
    return sorted(violations, key=lambda violation: KINDS.index(violation.kind))


CheckFunction = Callable[[ContractRegistry], Sequence[Violation]]


# The guide renames these in playlists, and nothing else.
_RENAMED = {"tracks": "items", "track": "item"}


class OtherAccessComparison:
    """One exchange, or one body, under the accesses that the run does not have."""

    def __init__(self, check: CheckFunction, registry: ContractRegistry) -> None:
        self._check, self._registry = check, registry

    def accesses_without(self, violations: Sequence[Violation]) -> list[Access]:
        """Return the accesses under which there is none of the violations."""
        ours = {_key(each) for each in violations}
        return [
            access for access, met in self._violations_by_access.items() if ours.isdisjoint(map(_key, met))
        ]

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
        new_name = renamed(pointer.rpartition("/")[2])
        expected = f"{self._registry.access} apps are not sent it{f', but {new_name}' if new_name else ''}"
        return Violation(
            kind="request",
            pointer=pointer,
            expected=f"nothing: {expected}",
            actual=actual,
            sentence=f"{expected}: {actual}",
        )

    @cached_property
    def _violations_by_access(self) -> dict[Access, Sequence[Violation]]:
        others = (access for access in ACCESSES if access != self._registry.access)
        return {access: self._check(self._registry.for_access(access)) for access in others}


def _key(violation: Violation) -> tuple[str, str]:
    return violation.kind, violation.pointer


def renamed(field: str) -> str:
    """Return what a field of extended quota mode is called in development mode, or nothing."""
    return _RENAMED.get(field, "")
