"""Paths of the Web API in Python source: what an expression says of a path, and which operation has it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from pytest_spotify.contracts import Contract

UNKNOWN = "{}"
"""Stands for what source does not say: the value of a variable."""

_API = re.compile(r"^(?:https?://api\.spotify\.com)?/?v1/|^https?://api\.spotify\.com/")


def text_of(node: ast.expr) -> str | None:
    """Return the text that an expression makes, `{}` for what is no literal; None if it is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = (text_of(part) if isinstance(part, ast.Constant) else UNKNOWN for part in node.values)
        return "".join(part or "" for part in parts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left), text_of(node.right)
        if left is None and right is None:
            return None
        return (UNKNOWN if left is None else left) + (UNKNOWN if right is None else right)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        left = text_of(node.left)
        return None if left is None else re.sub(r"%[a-z]", UNKNOWN, left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        inner = text_of(node.func.value)
        return None if inner is None else re.sub(r"\{[^}]*\}", UNKNOWN, inner)
    return None


def names_api(text: str) -> bool:
    """Return True if a text is an address of the Web API, with its host or its version."""
    return _API.match(text) is not None


def operations_of(text: str, contracts: Iterable[Contract], method: str | None = None) -> list[Contract]:
    """Return the operations whose path a text names, by all methods if `method` is None."""
    path = _API.sub("", text).partition("?")[0].strip("/")
    segments = path.split("/")
    return [
        contract
        for contract in contracts
        if (method is None or contract.method == method) and _fits(segments, contract.path)
    ]


def _fits(segments: list[str], path: str) -> bool:
    template = path.strip("/").split("/")
    return len(template) == len(segments) and all(
        part == segment or (part.startswith("{") and segment != "")
        for part, segment in zip(template, segments, strict=True)
    )
