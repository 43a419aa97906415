"""The response side of the check: status, media type, body, and what schemas cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from pytest_spotify.check.consistency import contradictions
from pytest_spotify.check.violation import Violation, violation_from_schema_error
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.messages import shorten_value
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.contracts.schema import SchemaError
from pytest_spotify.exchange import NOT_MODIFIED, Response, normalized_url
from pytest_spotify.formats import strict_json
from pytest_spotify.formats.strict_json import Content

_JSON = "application/json"
_ENTITY_TAG = re.compile(r'(W/)?"[!#-~\x80-\xff]*"')  # RFC 9110 section 8.8.3


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseContext:
    """What a response is checked against: its contract under an access, and what was requested.

    `may_be_unmodified` says that the request had a condition, or that its header fields are not known.
    """

    contract: Contract
    registry: ContractRegistry
    parameters: Mapping[str, str]
    may_be_unmodified: bool = False

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
    if response.status == NOT_MODIFIED:
        yield from _of_unmodified(context, response)
        return
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


def _of_unmodified(context: ResponseContext, response: Response) -> Iterator[Violation]:
    """Yield what is wrong with a 304 (RFC 9110 section 15.4.5)."""
    if not context.may_be_unmodified:
        reason = "the request had neither If-None-Match nor If-Modified-Since"
        yield _breaking("", f"an answer in full, as {reason}", str(NOT_MODIFIED))
    if response.body:
        yield _breaking("", "an empty body", f"{len(response.body)} bytes")
    tag = response.headers.get("ETag")
    if tag and not _ENTITY_TAG.fullmatch(tag):
        yield _breaking("", 'an ETag such as "abc" or W/"abc"', shorten_value(tag))


def _media_type(response: Response) -> str:
    return response.headers.get("Content-Type").partition(";")[0].strip().lower()


def _is_json(response: Response, body: Body) -> bool:
    """Return True if the body should be JSON: by its media type, or by itself where that was not recorded."""
    return _media_type(response) == _JSON if response.are_headers_recorded else not body.parsed[1]


def _check_json(context: ResponseContext, status: int, body: Body) -> Iterator[Violation]:
    content = body.content
    if isinstance(content, str):
        yield _breaking("", "JSON", content)
        return
    faults = [
        violation_from_schema_error("breaking", schema_error)
        for schema_error in context.schema_errors(status, content.value)
    ]
    yield from faults
    if status >= 400:
        yield from _check_error_object(status, content.value)
    if status < 400 or content.fractions:  # an error has nothing else that could contradict itself
        yield from _of_contradictions(context, status, content, faults)


def _of_contradictions(
    context: ResponseContext, status: int, content: Content, faults: Sequence[Violation]
) -> Iterator[Violation]:
    found = contradictions(
        content,
        partial(context.schema_errors, status),
        fields=context.fields is not None,
        off=context.contract.consistency,
    )
    for violation in found:
        if not any(fault.kind == "breaking" and fault.pointer == violation.pointer for fault in faults):
            yield violation  # else it is told already


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
    def content(self) -> strict_json.Content | str:
        """Return the JSON or, where there is none, why."""
        try:
            return strict_json.read(self.data)
        except strict_json.NotStrictJSONError as error:
            return str(error)

    @property
    def parsed(self) -> tuple[Any, str]:
        """Return the value and, where there is none, why."""
        content = self.content
        return (None, content) if isinstance(content, str) else (content.value, "")

    def is_self_link(self, url: str) -> bool:
        """Return True if the body gives the URL as its own address: then Spotify made it."""
        hrefs = (page.get("href") for page in self._pages())
        return normalized_url(url) in [normalized_url(href) for href in hrefs if isinstance(href, str)]

    def page_links(self) -> set[str]:
        """Return the page links in the body: who follows one sends what Spotify wrote."""
        if b'"href"' not in self.data:
            return set()
        found = (page.get(name) for page in self._pages() for name in ("next", "previous", "href"))
        return {link for link in found if isinstance(link, str)}

    def _pages(self) -> list[dict[str, Any]]:
        value, _ = self.parsed
        objects = [value, *value.values()] if isinstance(value, dict) else []
        return [each for each in objects if isinstance(each, dict)]
