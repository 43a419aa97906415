"""The one judgement: hold an exchange against its contract.

Pure: no network, no pytest, no clock. Everything that judges traffic (contract items, marked tests,
the `check` command, drift) calls `check`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.checking.check import request, response
from pytest_spotify.checking.check.body import Body
from pytest_spotify.checking.contract import Contract
from pytest_spotify.checking.rules import Rules
from pytest_spotify.checking.violation import KINDS, Violation
from pytest_spotify.exchange import Exchange, Request, Response

__all__ = ["check", "check_body", "check_request"]


def check(
    exchange: Exchange,
    rules: Rules,
    *,
    links: Collection[str] = (),
    scopes: Collection[str] | None = None,
) -> list[Violation]:
    """Return what does not fit in an exchange, worst first.

    `links` are URLs that earlier answers gave (`next`, `href`): lawful as they stand, whatever
    parameters they carry. `scopes` are those of the token, where they are known.
    """
    asked, body = exchange.request, Body(exchange.response.body)
    routed = rules.route(asked.method, asked.url)
    if routed is None:
        return [_unknown(asked)]
    contract, in_path = routed
    lawful = asked.url in links or body.names(asked.url)
    status = exchange.response.status
    violations = _of_request(asked, routed, rules, lawful=lawful, scopes=scopes, answered=status)
    removed = rules.availability(contract).status == "removed"
    if not (removed and status < 300):
        judged = response.Judged(contract=contract, rules=rules, parameters=in_path | dict(_query(asked)))
        violations += response.violations(judged, exchange.response, body)
    return _worst_first(violations)


def check_request(
    asked: Request, rules: Rules, *, links: Collection[str] = (), scopes: Collection[str] | None = None
) -> list[Violation]:
    """Return what does not fit in a request that was not answered, worst first."""
    routed = rules.route(asked.method, asked.url)
    if routed is None:
        return [_unknown(asked)]
    return _worst_first(_of_request(asked, routed, rules, lawful=asked.url in links, scopes=scopes))


def check_body(contract: Contract, status: int, body: bytes, rules: Rules) -> list[Violation]:
    """Return what does not fit in a response body alone, as projects keep them for mocks."""
    judged = response.Judged(contract=contract, rules=rules, parameters={})
    violations = response.violations(judged, Response(status=status, body=body), Body(body), headers=False)
    return _worst_first(violations)


def _of_request(
    asked: Request,
    routed: tuple[Contract, dict[str, str]],
    rules: Rules,
    *,
    lawful: bool,
    scopes: Collection[str] | None,
    answered: int | None = None,
) -> list[Violation]:
    contract, in_path = routed
    violations = [*request.removal(contract, answered, rules), *request.of_path(contract, in_path, rules)]
    if not lawful:
        violations += request.of_query(contract, _query(asked), asked, rules)
    violations += request.of_body(contract, asked, rules)
    if scopes is not None:
        violations += request.of_scopes(contract, scopes)
    return violations


def _query(asked: Request) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(asked.url).query, keep_blank_values=True)


def _unknown(asked: Request) -> Violation:
    try:
        path = urlsplit(asked.url).path
    except ValueError:
        path = "an address that cannot be read"
    actual = f"{asked.method} {path}"
    return Violation(kind="unknown", pointer="", expected="an operation with a contract", actual=actual)


def _worst_first(violations: Iterable[Violation]) -> list[Violation]:
    return sorted(violations, key=lambda violation: KINDS.index(violation.kind))
