"""The response side of the judgement: status, media type, body, and what schemas cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_spotify.checking.check.body import Body
from pytest_spotify.checking.check.pages import check_pagination
from pytest_spotify.checking.contract import Contract
from pytest_spotify.checking.rules import ContractRegistry
from pytest_spotify.checking.schema import SchemaError
from pytest_spotify.checking.violation import Violation, violation_from_schema_error
from pytest_spotify.exchange import Response

_JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseContext:
    """What a response is judged by: its contract under an access, and what was asked."""

    contract: Contract
    registry: ContractRegistry
    parameters: Mapping[str, str]

    @property
    def fields(self) -> str | None:
        """Return which fields the request chose (`fields` of the playlist operations); None for all."""
        return self.parameters.get("fields") if "fields" in self.contract.parameters else None

    def schema_errors(self, status: int, value: Any) -> Iterator[SchemaError]:
        """Yield what a body has that the schemas for its status do not allow."""
        rule = self.registry.response_rule(self.contract, status)
        for name, schema in rule.schemas(self.parameters) if rule else ():
            named = f"{status} {name}"
            if self.fields is None or status >= 300:
                validator = self.registry.validator(self.contract, named, schema)
            else:
                validator = self.registry.validator_for_fields(self.contract, named, schema, self.fields)
            yield from validator.errors(value)


def check_response(
    context: ResponseContext, response: Response, body: Body, *, headers: bool = True
) -> Iterator[Violation]:
    """Yield what does not fit in a response; without `headers` its media type is not looked at."""
    contract, registry = context.contract, context.registry
    rule = registry.response_rule(contract, response.status)
    if rule is None:
        known = ", ".join(map(str, sorted({*contract.responses, *registry.default_responses})))
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
    yield from _check_json(context, response.status, body)
    yield from _check_scope_error(contract, response)


def _check_json(context: ResponseContext, status: int, body: Body) -> Iterator[Violation]:
    value, refused = body.parsed
    if refused:
        yield _breaking("", "JSON", refused)
        return
    for schema_error in context.schema_errors(status, value):
        yield violation_from_schema_error("breaking", schema_error)
    if status >= 400:
        yield from _check_error_object(status, value)
    elif context.fields is None:  # with `fields`, total shrinks to the page (spotifyplus#119)
        for at, expected, actual in check_pagination(value):
            yield _breaking(at, expected, actual)


def _check_error_object(status: int, value: Any) -> Iterator[Violation]:
    inside = value.get("error") if isinstance(value, dict) else None
    told = inside.get("status") if isinstance(inside, dict) else None
    if isinstance(told, int) and told != status:
        yield _breaking("/error/status", f"{status}, as the HTTP status", str(told))


def _check_scope_error(contract: Contract, response: Response) -> Iterator[Violation]:
    if response.status == 403 and b"Insufficient client scope" in response.body:
        needed = str(contract.scopes) or "another scope"
        expected = f"a token granted {needed}"
        yield Violation(kind="request", pointer="", expected=expected, actual="one without")


def _breaking(pointer: str, expected: str, actual: str) -> Violation:
    return Violation(kind="breaking", pointer=pointer, expected=expected, actual=actual)
