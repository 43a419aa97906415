"""Which operation each method of the known client libraries calls, read from their installed source.

    python scripts/client_methods.py   # needs spotipy, tekore and spotifyaio

Writes pytest_spotify/migrate/client_methods.json: names of methods and operations, nothing of the source.
"""

from __future__ import annotations

import ast
import importlib.util
import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from pytest_spotify.contracts.registry import bundled
from pytest_spotify.migrate.path_templates import operations_of, text_of

ROOT = Path(__file__).parents[1]
CLIENTS = ("spotipy", "tekore", "spotifyaio")
SENDERS = {f"_{method.lower()}": method for method in ("GET", "POST", "PUT", "DELETE")}


def main() -> None:
    """Write the table, and say how many methods of each client it has."""
    contracts = bundled("extended").contracts.values()
    table: dict[str, dict[str, object]] = {}
    for client in CLIENTS:
        methods: dict[str, str] = {}
        functions = list(_functions(client))
        for name, method, path in _requests(functions):
            found = operations_of(path, contracts, method)
            # A literal path beats a parameter: `/me/library/contains` is no id.
            best = max(found, key=lambda contract: -contract.path.count("{"), default=None)
            if best is not None:
                methods.setdefault(name, best.operation)
        for name, other in _delegations(functions):
            if other in methods:
                methods.setdefault(name, methods[other])
        table[client] = {"version": version(client), "methods": dict(sorted(methods.items()))}
        print(f"{client}: {len(methods)} methods")
    file = ROOT / "pytest_spotify/migrate/client_methods.json"
    file.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(client: str) -> Iterator[Function]:
    spec = importlib.util.find_spec(client)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{client} is not installed")
    for file in sorted(Path(spec.origin).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, Function) and not node.name.startswith("_"):
                yield node


def _calls(function: Function) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of attributes in a function, with the attribute's name."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node


def _requests(functions: Iterable[Function]) -> Iterator[tuple[str, str, str]]:
    """Yield the name of each function with the HTTP method and the path of its requests."""
    for function in functions:
        for name, call in _calls(function):
            path = text_of(call.args[0]) if call.args else None
            if name in SENDERS and path is not None:
                yield function.name, SENDERS[name], path


def _delegations(functions: Iterable[Function]) -> Iterator[tuple[str, str]]:
    """Yield the name of each function with those of other methods that it calls on itself."""
    for function in functions:
        for name, call in _calls(function):
            assert isinstance(call.func, ast.Attribute)
            if isinstance(call.func.value, ast.Name) and call.func.value.id == "self":
                yield function.name, name


if __name__ == "__main__":
    main()
