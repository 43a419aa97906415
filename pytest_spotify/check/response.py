"""The response side of the judgement: status, media type, body, and what schemas cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pytest_spotify.check.pagination import check_pagination
from pytest_spotify.check.violation import Violation, violation_from_schema_error
from pytest_spotify.contracts.model import Contract
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.contracts.schema import SchemaError
from pytest_spotify.exchange import Response
from pytest_spotify.formats import strict_json

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


def check_response(context: ResponseContext, response: Response, body: Body) -> Iterator[Violation]:
    """Yield what does not fit in a response."""
    contract, registry = context.contract, context.registry
    rule = registry.response_rule(contract, response.status)
    if rule is None:
        known = ", ".join(map(str, sorted({*contract.responses, *registry.default_responses})))
        yield _breaking("", f"a status of {known}", str(response.status))
        return
    is_json = _is_json(response, body)
    if rule.body == "any" or (rule.body == "json-or-text" and not is_json):
        return
    if rule.body == "empty":
        if body.data:
            yield _breaking("", "an empty body", f"{len(body.data)} bytes")
        return
    if rule.body == "json-or-empty" and not body.data:
        return
    media = _media_type(response)
    if response.are_headers_recorded and media != _JSON:
        yield _breaking("", _JSON, media or "no Content-Type")
        if body.parsed[1]:
            return
    yield from _check_json(context, response.status, body)
    yield from _check_scope_error(contract, response)


def _media_type(response: Response) -> str:
    return response.headers.get("Content-Type").partition(";")[0].strip().lower()


def _is_json(response: Response, body: Body) -> bool:
    """Say whether the body should be JSON: by its media type, or by itself where that was not recorded."""
    return _media_type(response) == _JSON if response.are_headers_recorded else not body.parsed[1]


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


class Body:
    """The bytes of a body and, on demand, the JSON in them."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def parsed(self) -> tuple[Any, str]:
        """Return the value and, where there is none, why."""
        try:
            return strict_json.loads(self.data), ""
        except strict_json.NotStrictJSONError as error:
            return None, str(error)

    def is_self_link(self, url: str) -> bool:
        """Say whether the body gives the URL as its own address: then Spotify made it."""
        return url.encode() in self.data and any(page.get("href") == url for page in self._pages())

    def page_links(self) -> set[str]:
        """Return the page links in the body: a client that follows one sends what Spotify wrote."""
        if b'"href"' not in self.data:
            return set()
        found = (page.get(name) for page in self._pages() for name in ("next", "previous", "href"))
        return {link for link in found if isinstance(link, str)}

    def _pages(self) -> list[dict[str, Any]]:
        value, _ = self.parsed
        objects = [value, *value.values()] if isinstance(value, dict) else []
        return [each for each in objects if isinstance(each, dict)]
