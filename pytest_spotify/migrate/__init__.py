"""What Python source uses of the Web API, and what of it another access has not: found without running it.

Calls of the methods of known client libraries are found in files that import them (`client_methods.json`,
made by `scripts/client_methods.py`), and paths of the API in texts. A variable hides what it holds.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pytest_spotify.access import Access
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.known_changes import Announcement, announcements
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.migrate.path_templates import UNKNOWN, names_api, operations_of, text_of

_HTTP_METHODS = {"get", "post", "put", "delete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place in source that uses an operation: the line, and what stands there."""

    line: int
    text: str
    contract: Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRead:
    """One place in source that reads a field by its name."""

    line: int
    name: str


class SourceUses(ast.NodeVisitor):
    """The uses of the Web API in one Python file. Raises SyntaxError for what is no Python."""

    def __init__(self, source: str, registry: ContractRegistry) -> None:
        self._contracts = list(registry.contracts.values())
        self._by_name = registry.contracts
        self._clients: dict[str, Mapping[str, str]] = {}
        self._modules: set[str] = set()
        self._within: list[ast.Call] = []
        self.uses: list[Use] = []
        self.fields: list[FieldRead] = []
        tree = ast.parse(source)
        for node in ast.walk(tree):
            self._note_import(node)
        self.visit(tree)

    def _note_import(self, node: ast.AST) -> None:
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name.partition(".")[0] for alias in node.names]
            self._modules |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module.partition(".")[0]]
        for name in names:
            if name in client_methods():
                self._clients[name] = client_methods()[name]

    def visit_Call(self, node: ast.Call) -> None:
        """Note a call of a client's method, or a path that is formatted; arguments may name a path."""
        if text_of(node) is not None:
            self._note_path(node)
            return
        if isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            is_module = isinstance(receiver, ast.Name) and receiver.id in self._modules
            for methods in self._clients.values():
                operation = None if is_module else methods.get(node.func.attr)
                if operation is not None:
                    self._add(node, f"{node.func.attr}()", self._by_name[operation])
            if node.func.attr == "get" and node.args:
                self._note_field(node, node.args[0])
        self._within.append(node)
        self.generic_visit(node)
        self._within.pop()

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """Note a field that is read by its name."""
        if isinstance(node.ctx, ast.Load):
            self._note_field(node, node.slice)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Note a path in a text."""
        self._note_path(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Note a path in an f-string, which is not looked into further."""
        self._note_path(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Note a path that is put together; its parts are no paths of their own."""
        if text_of(node) is None:
            self.generic_visit(node)
        else:
            self._note_path(node)

    def _note_path(self, node: ast.expr) -> None:
        text, method = text_of(node), self._http_method()
        if text is None:
            return
        text = text.removeprefix(UNKNOWN)  # a base URL in a variable
        if not names_api(text) and (method is None or not text.startswith("/")):
            return  # it may be anybody's
        for contract in operations_of(text, self._contracts, method):
            self._add(node, text, contract)

    def _http_method(self) -> str | None:
        """Return the method of the request whose arguments are visited, if its call names it."""
        if not self._within:
            return None
        call = self._within[-1]
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name in _HTTP_METHODS:
            return name.upper()
        first = call.args[0] if call.args else None
        if name == "request" and isinstance(first, ast.Constant) and isinstance(first.value, str):
            return first.value.upper()
        return None

    def _note_field(self, node: ast.expr, key: ast.expr) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            self.fields.append(FieldRead(line=node.lineno, name=key.value))

    def _add(self, node: ast.expr, text: str, contract: Contract) -> None:
        use = Use(line=node.lineno, text=text, contract=contract)
        if use not in self.uses:
            self.uses.append(use)


@cache
def client_methods() -> Mapping[str, Mapping[str, str]]:
    """Return the operation of each method of the known client libraries."""
    text = files(__name__).joinpath("client_methods.json").read_text(encoding="utf-8")
    return {client: table["methods"] for client, table in json.loads(text).items()}


@cache
def removed_fields(access: Access) -> Mapping[str, Announcement]:
    """Return the announcement of each field that an access is not sent any more, by its name."""
    return {
        name: each
        for each in announcements()
        if access in each.access and not each.until
        for names in each.removed.values()
        for name in names
    }


def removed_uses(uses: SourceUses, registry: ContractRegistry) -> Iterator[Use]:
    """Yield the uses of operations that an access has not; a path of several methods if all are gone."""
    by_place: dict[tuple[int, str], list[Use]] = {}
    for use in uses.uses:
        by_place.setdefault((use.line, use.text), []).append(use)
    for found in by_place.values():
        if all(registry.availability(use.contract).status == "removed" for use in found):
            yield found[0]
