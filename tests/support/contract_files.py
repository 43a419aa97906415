"""Contracts and exchanges that tests make up, so that they do not depend on the bundled ones."""

import json
from pathlib import Path
from typing import Any

from pytest_spotify.contracts.loader import load_contract, load_schemas
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange, Headers, Request, Response

JSON = {"Content-Type": "application/json; charset=utf-8"}
EVERYWHERE = {"development": "available", "development-older": "available", "extended": "available"}


def contract(**changes: Any) -> dict[str, Any]:
    """Return a good contract, as JSON, with changes."""
    made = {
        "$schema": "contract.schema.json",
        "operation": "get-thing",
        "method": "GET",
        "path": "/things/{id}",
        "docs": "https://developer.spotify.com/documentation/web-api/reference/get-thing",
        "token": "app",
        "access": EVERYWHERE,
        "parameters": {
            "id": {"in": "path", "schema": {"type": "string", "pattern": "^[a-z]{3}$"}},
            "limit": {"in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
            "market": {"in": "query", "schema": {"type": "string", "pattern": "^[A-Z]{2}$"}},
        },
        "responses": {
            "200": {
                "body": "json",
                "schema": {
                    "type": "object",
                    "required": ["id", "kind"],
                    "properties": {
                        "id": {"type": "string", "pattern": "^[a-z]{3}$"},
                        "kind": {"type": "string", "enum": ["red", "blue"]},
                        "note": {"type": ["string", "null"]},
                        "rank": {"type": "integer", "x-access": ["extended"]},
                    },
                },
            }
        },
        "cases": {"thing": {"parameters": {"id": "abc"}, "status": 200}},
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def write(folder: Path, content: Any, name: str = "thing.contract.json") -> Path:
    """Write a contract into a folder and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def registry(
    folder: Path, *contracts: dict[str, Any], access: str = "development", engine: Any = None
) -> ContractRegistry:
    """Return the rules of some made-up contracts alone."""
    schemas = load_schemas()
    loaded = [
        load_contract(write(folder, content, f"{number}.contract.json"), schemas)
        for number, content in enumerate(contracts or [contract()])
    ]
    return ContractRegistry(loaded, schemas, access, engine=engine)  # type: ignore[arg-type]


def exchange(
    url: str = "/things/abc",
    status: int = 200,
    body: Any = None,
    *,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    sent: bytes = b"",
    token: str = "Bearer abc",
) -> Exchange:
    """Return an exchange with the Web API; a body that is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Exchange(
        request=Request(
            method=method,
            url=f"https://api.spotify.com/v1{url}",
            headers=Headers({"Authorization": token}),
            body=sent,
        ),
        response=Response(status=status, headers=Headers(JSON if headers is None else headers), body=data),
    )
