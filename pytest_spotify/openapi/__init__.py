"""The contracts of an access as one OpenAPI 3.1 document, for other tools and other languages.

https://spec.openapis.org/oas/v3.1.1. What OpenAPI cannot say stands in `x-` keys, or is left open: objects
may have fields that the contracts do not know, and bodies that a `fields` parameter cut short do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from pytest_spotify.contracts import Contract, Parameter, ResponseRule
from pytest_spotify.contracts.keywords import project_for_access
from pytest_spotify.contracts.references import Schema
from pytest_spotify.contracts.registry import ContractRegistry, scopes_by_operation
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL
from pytest_spotify.openapi.components import Components

Examples = Callable[[Contract, int], Mapping[str, Any]]
"""Returns OpenAPI's `examples` of the responses of an operation with a status, by name."""

_INFO = {
    "title": "Spotify Web API",
    "description": (
        "Written from the contracts of pytest-spotify, which were held against recorded answers. "
        "Not made or endorsed by Spotify."
    ),
    "license": {"name": "MIT", "identifier": "MIT"},
}


def openapi(
    registry: ContractRegistry,
    *,
    version: str,
    examples: Examples = lambda _contract, _status: {},
    api_url: str = API_URL,
) -> dict[str, Any]:
    """Return the document for the access of a registry; `version` is that of the contracts.

    `api_url` is the server, whose address the links in responses have: Spotify's, or a sandbox's.
    """
    components = Components(registry.schemas, api_url)
    paths: dict[str, dict[str, Any]] = {}
    contracts = sorted(registry.contracts.values(), key=lambda contract: (contract.path, contract.method))
    for contract in contracts:
        operation = _operation(contract, registry, components, examples)
        paths.setdefault(contract.path, {})[contract.method.lower()] = operation
    groups = sorted({_group(contract) for contract in contracts})
    return {
        "openapi": "3.1.1",
        "info": {**_INFO, "version": version, "x-access": registry.access},
        "externalDocs": {"url": "https://developer.spotify.com/documentation/web-api"},
        "servers": [{"url": api_url}],
        "tags": [{"name": group, "description": f"What concerns {group}."} for group in groups],
        "paths": paths,
        "components": {
            "schemas": components.schemas(),
            "securitySchemes": {"oauth2": _security_scheme(registry)},
        },
    }


def _operation(
    contract: Contract, registry: ContractRegistry, components: Components, examples: Examples
) -> dict[str, Any]:
    availability = registry.availability(contract)
    described: dict[str, Any] = {
        "operationId": contract.operation,
        "summary": contract.operation.replace("-", " ").capitalize(),
        "tags": [_group(contract)],
        "externalDocs": {"url": contract.docs},
        "security": [{"oauth2": [*contract.scopes.all_of, *contract.scopes.any_of[:1]]}],
        "x-availability": availability.status,
    }
    if availability.status != "available":
        described["deprecated"] = True
    if availability.since:
        described["x-removed-since"] = availability.since
    if availability.replaced_by:
        described["x-replaced-by"] = availability.replaced_by
    if contract.scopes.any_of:
        described["x-scopes-any-of"] = list(contract.scopes.any_of)
    if contract.premium:
        described["x-premium"] = True
    if contract.token == "app":
        described["x-app-token"] = True
    base = contract.source.resolve().as_uri()

    def schema_of(schema: Schema) -> Any:
        return components.embed(project_for_access(schema, registry.access), base)

    described["parameters"] = [
        _parameter(name, parameter, schema_of(parameter.schema_for(registry.access)))
        for name, parameter in contract.parameters.items()
    ]
    if body := contract.body:
        media = {body.content_type: {"schema": schema_of(body.schema)}}
        described["requestBody"] = {"required": body.required, "content": media}
    rules = {**registry.default_responses, **contract.responses}
    described["responses"] = {
        str(status): _response(
            status, rule, schema_of, examples(contract, status) if status in contract.responses else {}
        )
        for status, rule in sorted(rules.items())
    }
    return described


def _parameter(name: str, parameter: Parameter, schema: Any) -> dict[str, Any]:
    described = {"name": name, "in": parameter.where, "required": parameter.required, "schema": schema}
    if isinstance(schema, Mapping) and schema.get("type") == "array":
        described |= {"style": "form", "explode": False}  # comma-separated
    return described


def _response(
    status: int, rule: ResponseRule, schema_of: Callable[[Schema], Any], examples: Mapping[str, Any]
) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if rule.body == "empty":
        return described
    media: dict[str, Any] = {}
    if rule.schema is not None:
        media["schema"] = schema_of(rule.schema)
    for name, by_value in rule.by_parameter.items():
        choices = [schema_of(schema) for schema in by_value.values()]
        media["schema"] = _both(media.get("schema"), {"anyOf": choices})
        described["x-by-parameter"] = name
    if examples:
        media["examples"] = dict(examples)
    described["content"] = {"application/json": media}
    if rule.body in ("json-or-text", "any"):
        described["content"]["text/plain"] = {}
    if rule.body.startswith("json-or"):
        described["x-body"] = rule.body
    return described


def _both(one: Any, other: Any) -> Any:
    return other if one is None else {"allOf": [one, other]}


def _security_scheme(registry: ContractRegistry) -> dict[str, Any]:
    used: Mapping[str, Iterable[str]] = scopes_by_operation(registry.contracts.values(), registry.access)
    scopes = {scope: f"for {', '.join(names)}" for scope, names in used.items()}
    token_url = f"{ACCOUNTS_URL}/api/token"
    return {
        "type": "oauth2",
        "flows": {
            "authorizationCode": {
                "authorizationUrl": f"{ACCOUNTS_URL}/authorize",
                "tokenUrl": token_url,
                "refreshUrl": token_url,
                "scopes": scopes,
            },
            "clientCredentials": {"tokenUrl": token_url, "scopes": {}},
        },
    }


def _group(contract: Contract) -> str:
    return contract.source.parent.name
