"""The response side of the judgement: status, media type, body, and what schemas cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_spotify.checking.check.body import Body
from pytest_spotify.checking.check.pages import page_faults
from pytest_spotify.checking.contract import Contract, ResponseRule
from pytest_spotify.checking.rules import Rules
from pytest_spotify.checking.violation import Violation, of_fault
from pytest_spotify.exchange import Response

_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a response is judged by: its contract under an access, and what was asked."""

    contract: Contract
    rules: Rules
    parameters: Mapping[str, str]

    @property
    def selects_fields(self) -> bool:
        """Say whether the request chose which fields it gets (`fields` of the playlist operations)."""
        return "fields" in self.parameters and "fields" in self.contract.parameters


def violations(
    judged: Judged, response: Response, body: Body, *, headers: bool = True
) -> Iterator[Violation]:
    """Yield what does not fit in a response; without `headers` its media type is not looked at."""
    contract, rules = judged.contract, judged.rules
    rule = rules.response_rule(contract, response.status)
    if rule is None:
        known = ", ".join(map(str, sorted({*contract.responses, *rules.shared})))
        yield _breaking("", f"a status of {known}", str(response.status))
        return
    media = response.headers.get("Content-Type").partition(";")[0].strip().lower() if headers else _JSON
    if rule.body == "any" or (rule.body == "json-or-text" and media != _JSON):
        return
    if rule.body == "empty":
        if body.data:
            yield _breaking("", "an empty body", f"{len(body.data)} bytes")
        return
    if rule.body == "json-or-empty" and not body.data:
        return
    if media != _JSON:
        yield _breaking("", _JSON, media or "no Content-Type")
        return
    yield from _of_json(judged, rule, response.status, body)
    yield from _of_scope(contract, response)


def _of_json(judged: Judged, rule: ResponseRule, status: int, body: Body) -> Iterator[Violation]:
    value, refused = body.parsed
    if refused:
        yield _breaking("", "JSON", refused)
        return
    for name, schema in rule.schemas(judged.parameters):
        for fault in judged.rules.validator(judged.contract, f"{status} {name}", schema).faults(value):
            if not (judged.selects_fields and fault.keyword == "required"):
                yield of_fault("breaking", fault)
    if status >= 400:
        yield from _of_error(status, value)
    elif not judged.selects_fields:  # with `fields`, total shrinks to the page (spotifyplus#119)
        for at, expected, actual in page_faults(value):
            yield _breaking(at, expected, actual)


def _of_error(status: int, value: Any) -> Iterator[Violation]:
    inside = value.get("error") if isinstance(value, dict) else None
    told = inside.get("status") if isinstance(inside, dict) else None
    if isinstance(told, int) and told != status:
        yield _breaking("/error/status", f"{status}, as the HTTP status", str(told))


def _of_scope(contract: Contract, response: Response) -> Iterator[Violation]:
    if response.status == 403 and b"Insufficient client scope" in response.body:
        needed = str(contract.scopes) or "another scope"
        expected = f"a token granted {needed}"
        yield Violation(kind="request", pointer="", expected=expected, actual="one without")


def _breaking(pointer: str, expected: str, actual: str) -> Violation:
    return Violation(kind="breaking", pointer=pointer, expected=expected, actual=actual)
