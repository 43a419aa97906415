"""The contracts of the Web API: what we hold true of one operation, in values. Nothing here reads files.

The file format is `contract.schema.json`; `loader` reads the files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pytest_spotify.access import ACCESSES, Access, TokenKind
from pytest_spotify.contracts.references import Schema

BodyKind = Literal["json", "empty", "any", "json-or-empty", "json-or-text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Whether an access has the operation; `replaced_by` is a method and path, or None."""

    status: Literal["available", "deprecated", "removed"]
    since: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scopes:
    """What a token must be granted: every one of `all_of`, and one of `any_of` where it names some."""

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [" and ".join(self.all_of), " or ".join(self.any_of)]
        return ", and ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the path or the query; an array is written comma-separated."""

    where: Literal["path", "query"]
    required: bool
    schema: Schema
    by_access: Mapping[Access, Schema]

    def schema_for(self, access: Access) -> Schema:
        """Return the schema of its value under an access."""
        return self.by_access.get(access, self.schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """The body that a request may carry."""

    content_type: str
    required: bool
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRule:
    """What an answer of one status carries.

    `by_parameter` maps one parameter's name to further schemas by its value; they hold beside `schema`.
    """

    body: BodyKind
    schema: Schema | None = None
    by_parameter: Mapping[str, Mapping[str, Schema]]

    def schemas(self, parameters: Mapping[str, str] | None = None) -> Iterator[tuple[str, Schema]]:
        """Yield the schemas that hold for a request's parameters (all, where None) with a name each."""
        if self.schema is not None:
            yield "", self.schema
        for name, by_value in self.by_parameter.items():
            sent = by_value if parameters is None else parameters.get(name, "").split(",")
            for value in sent:
                if value in by_value:
                    yield f"{name}={value}", by_value[value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request that a contract makes, and the status it expects.

    A parameter's value is plain, or `{"account": NAME}` for one that belongs to the account.
    """

    name: str
    parameters: Mapping[str, Any]
    status: int
    token: TokenKind | None = None
    access: tuple[Access, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What we hold true of one operation, under every access.

    `consistency` maps rules of `check.consistency` that do not hold for the operation to the reasons.
    """

    operation: str
    method: str
    path: str
    docs: str
    token: TokenKind
    scopes: Scopes
    premium: bool
    access: Mapping[Access, Availability]
    parameters: Mapping[str, Parameter]
    body: RequestBody | None
    responses: Mapping[int, ResponseRule]
    cases: Mapping[str, Case]
    consistency: Mapping[str, str]
    source: Path

    @property
    def title(self) -> str:
        """Return method and path template, as people write them."""
        return f"{self.method} {self.path}"


def parse_contract(content: Mapping[str, Any], path: Path) -> Contract:
    """Return the contract in the JSON of a file, which fits `contract.schema.json`."""
    scopes, body = content.get("scopes", {}), content.get("body")
    return Contract(
        operation=content["operation"],
        method=content["method"],
        path=content["path"],
        docs=content.get("docs", ""),
        token=content["token"],
        scopes=Scopes(**{key: tuple(scopes.get(key, ())) for key in ("all_of", "any_of", "optional")}),
        premium=content.get("premium", False),
        access={access: _availability(value) for access, value in content["access"].items()},
        parameters={
            name: Parameter(
                where=value["in"],
                required=value.get("required", value["in"] == "path"),
                schema=value["schema"],
                by_access=value.get("access", {}),
            )
            for name, value in content.get("parameters", {}).items()
        },
        body=None
        if body is None
        else RequestBody(
            content_type=body["content_type"], required=body.get("required", False), schema=body["schema"]
        ),
        responses={int(status): parse_response(rule) for status, rule in content["responses"].items()},
        cases={name: _case(name, value) for name, value in content.get("cases", {}).items()},
        consistency=content.get("consistency", {}),
        source=path,
    )


def _availability(value: Any) -> Availability:
    if isinstance(value, str):
        return Availability(status="deprecated" if value == "deprecated" else "available")
    return Availability(status="removed", since=value["since"], replaced_by=value["replaced_by"])


def parse_response(rule: Mapping[str, Any]) -> ResponseRule:
    """Return what a response carries, from the JSON of the contract."""
    return ResponseRule(
        body=rule["body"], schema=rule.get("schema"), by_parameter=rule.get("by_parameter", {})
    )


def _case(name: str, value: Mapping[str, Any]) -> Case:
    return Case(
        name=name,
        parameters=value.get("parameters", {}),
        status=value["status"],
        token=value.get("token"),
        access=tuple(value.get("access", ACCESSES)),
        needs=tuple(value.get("needs", ())),
    )
