"""The one judgement: hold an exchange against its contract.

Pure: no network, no pytest, no clock. Everything that judges traffic (contract items, marked tests,
the `check` command, drift) calls `check`.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.check import request, response
from pytest_spotify.check.body import Body
from pytest_spotify.contract import Contract
from pytest_spotify.exchange import Exchange, Response
from pytest_spotify.rules import Rules
from pytest_spotify.violation import KINDS, Violation

__all__ = ["check", "check_body"]


def check(exchange: Exchange, rules: Rules, *, links: Collection[str] = ()) -> list[Violation]:
    """Return what does not fit in an exchange, worst first.

    `links` are URLs that earlier answers gave (`next`, `href`): lawful as they stand, whatever
    parameters they carry.
    """
    asked = exchange.request
    routed = rules.route(asked.method, asked.url)
    if routed is None:
        actual = f"{asked.method} {urlsplit(asked.url).path}"
        return [Violation(kind="unknown", pointer="", expected="an operation with a contract", actual=actual)]
    contract, in_path = routed
    in_query = dict(parse_qsl(urlsplit(asked.url).query, keep_blank_values=True))
    body = Body(exchange.response.body)
    removed = list(request.removal(contract, exchange, rules))
    violations = [*removed, *request.of_path(contract, in_path, rules)]
    if asked.url not in links and not body.names(asked.url):
        violations += request.of_query(contract, in_query, asked, rules)
    violations += request.of_body(contract, asked, rules)
    if not (removed and exchange.response.status < 300):
        judged = response.Judged(contract=contract, rules=rules, parameters=in_path | in_query)
        violations += response.violations(judged, exchange.response, body)
    return sorted(violations, key=lambda violation: KINDS.index(violation.kind))


def check_body(contract: Contract, status: int, body: bytes, rules: Rules) -> list[Violation]:
    """Return what does not fit in a response body alone, as projects keep them for mocks."""
    judged = response.Judged(contract=contract, rules=rules, parameters={})
    violations = response.violations(judged, Response(status=status, body=body), Body(body), headers=False)
    return sorted(violations, key=lambda violation: KINDS.index(violation.kind))
