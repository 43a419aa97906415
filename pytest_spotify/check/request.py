"""The request side of the check: operation, path, query, body."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from pytest_spotify.check.violation import Violation, violation_from_schema_error
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.keywords import UNDOCUMENTED
from pytest_spotify.contracts.messages import shorten_value
from pytest_spotify.contracts.references import Schema
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.contracts.schema import to_pointer
from pytest_spotify.exchange import API_URL, Request
from pytest_spotify.formats import strict_json

_NEAR = 0.7
_LONGEST_PATH = 200
_ID = re.compile(r"^[0-9A-Za-z]{22}$")


def check_removed(
    contract: Contract, answered: int | None, registry: ContractRegistry
) -> Iterator[Violation]:
    """Yield a violation where the access no longer has the operation; it names what replaces it.

    `answered` is the status that it was answered with, if it was.
    """
    availability = registry.availability(contract)
    if availability.status != "removed":
        return
    instead = f"use {availability.replaced_by}" if availability.replaced_by else "nothing replaces it"
    sentence = f"{contract.title} was removed for {registry.access} apps on {availability.since}; {instead}"
    if answered is not None and answered < 300:
        sentence += (
            f" (yet it answered {answered}: Spotify brought it back, "
            "or the app has another access than this run says)"
        )
    yield Violation(
        kind="request",
        pointer="",
        expected=instead,
        actual=f"removed on {availability.since}",
        sentence=sentence,
    )


def check_path(
    contract: Contract, values: Mapping[str, str], registry: ContractRegistry
) -> Iterator[Violation]:
    """Yield violations of the parameters in the path."""
    for name, text in values.items():
        yield from _check_parameter(contract, name, text, f"/path/{name}", registry)


def check_query(
    contract: Contract, values: Sequence[tuple[str, str]], request: Request, registry: ContractRegistry
) -> Iterator[Violation]:
    """Yield violations of the query: unknown parameters, values out of range, what is missing.

    A name may stand there twice, as clients write lists: each of its values is held.
    """
    for name, text in values:
        parameter = contract.parameters.get(name)
        if parameter is None or parameter.where != "query":
            yield Violation(
                kind="additive",
                pointer=to_pointer(["query", name]),
                expected="a parameter of the contract",
                actual=f"the unknown {shorten_value(name)}",
            )
        else:
            yield from _check_parameter(contract, name, text, f"/query/{name}", registry)
    sent = {name for name, _ in values}
    # Spotify reads ids and uris from the query or, where the body names them too, from there.
    in_body: set[str] = set()
    if contract.body and (request.body or not request.is_body_recorded):
        in_body = set(contract.body.schema.get("properties", ()))
    for name, parameter in contract.parameters.items():
        if parameter.where == "query" and parameter.required and name not in sent | in_body:
            yield Violation(kind="request", pointer=f"/query/{name}", expected="a value", actual="none")


def check_request_body(
    contract: Contract, request: Request, registry: ContractRegistry
) -> Iterator[Violation]:
    """Yield violations of the request body."""
    body = contract.body
    if body is None:
        if request.body:
            yield Violation(kind="additive", pointer="/body", expected="no body", actual="one")
    elif not request.body:
        if body.required and request.is_body_recorded:
            yield Violation(kind="request", pointer="/body", expected=body.content_type, actual="no body")
    elif body.content_type == "application/json":
        try:
            value = strict_json.loads(request.body)
        except strict_json.NotStrictJSONError as error:
            yield Violation(kind="request", pointer="/body", expected="JSON", actual=str(error))
            return
        for schema_error in registry.validator(contract, "request body", body.schema).errors(value):
            yield violation_from_schema_error("request", schema_error, within="/body")


def check_scopes(contract: Contract, scopes: Collection[str]) -> Iterator[Violation]:
    """Yield a violation where a token of these scopes may not ask this."""
    needed = contract.scopes
    absent = [scope for scope in needed.all_of if scope not in scopes]
    if absent or (needed.any_of and not set(needed.any_of) & set(scopes)):
        yield Violation(
            kind="request",
            pointer="",
            expected=f"a token granted {needed}",
            actual=f"one granted {', '.join(sorted(scopes)) or 'no scope'}",
        )


def parse_parameter(text: str, schema: Schema) -> Any:
    """Return the value that a parameter's text stands for, by the type its schema names.

    An array is comma-separated (OpenAPI's `style: form, explode: false`). Text that is no such
    value stays text, and the schema then says so.
    """
    kind = schema.get("type")
    if kind == "array":
        items = schema.get("items", {})
        return [parse_parameter(part, items if isinstance(items, dict) else {}) for part in text.split(",")]
    if kind in ("integer", "number") and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return int(text)
    if kind == "number" and re.fullmatch(r"[+-]?[0-9]{1,18}\.[0-9]{1,18}", text):
        return float(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _check_parameter(
    contract: Contract, name: str, text: str, pointer: str, registry: ContractRegistry
) -> Iterator[Violation]:
    schema = contract.parameters[name].schema_for(registry.access)
    resolved = registry.resolved(schema)
    value = parse_parameter(text, resolved)
    errors = list(registry.validator(contract, f"parameter {name}", schema).errors(value))
    if errors and any(re.fullmatch(pattern, text) for pattern in resolved.get(UNDOCUMENTED, ())):
        yield Violation(
            kind="additive",
            pointer=pointer,
            expected="a value that is documented",
            actual=f"{shorten_value(text)}, which the API takes all the same",
        )
        return
    for schema_error in errors:
        yield violation_from_schema_error("request", schema_error, within=pointer)


def nearest_operation(method: str, path: str, registry: ContractRegistry) -> str:
    """Return the method and path of the contract whose path is spelt nearly so, or an empty text.

    Of several it is one of the same method.
    """
    segments = path.removeprefix(urlsplit(API_URL).path).strip("/").split("/")
    if len(path) > _LONGEST_PATH:
        return ""
    titles = tuple(contract.title for contract in registry.contracts.values())
    return _nearest_title(method.upper(), tuple(re.sub(_ID, "{}", each) for each in segments), titles)


@lru_cache(maxsize=256)  # a file of traffic may ask for the same thousands of times
def _nearest_title(method: str, segments: tuple[str, ...], titles: tuple[str, ...]) -> str:
    best = (0.0, False, "")
    for title in titles:
        other_method, _, path = title.partition(" ")
        parts = path.strip("/").split("/")
        if len(parts) == len(segments):
            literals = [(part, sent) for part, sent in zip(parts, segments, strict=True) if part[:1] != "{"]
            ratios = [_ratio(part, sent.lower()) for part, sent in literals]
            if min(ratios, default=0.0) >= _NEAR:
                best = max(best, (sum(ratios), other_method == method, title))
    return best[2]


@lru_cache(maxsize=256)
def _matcher(word: str) -> SequenceMatcher[str]:
    """Return what compares with a word of a path: of its second text it keeps what it found."""
    return SequenceMatcher(None, "", word)


def _ratio(one: str, other: str) -> float:
    """Return how near two words are, from 0 to 1; 0 for those that are not near in any way."""
    if 2 * min(len(one), len(other)) < _NEAR * (len(one) + len(other)):
        return 0.0
    matcher = _matcher(one)
    matcher.set_seq1(other)
    return matcher.ratio() if matcher.quick_ratio() >= _NEAR else 0.0
