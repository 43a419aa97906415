"""JSON Patch (RFC 6902), as far as an API's drift needs it: `add`, `move`, `remove` and `replace`."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_OPERATIONS = ("add", "move", "remove", "replace")
_INDEX = re.compile("0|[1-9][0-9]{0,8}")


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a patch: what to do, where, and with which value, or with that of which place."""

    op: str
    path: tuple[str, ...]
    value: Any
    source: tuple[str, ...] = ()  # of a move


Patch = tuple[Step, ...]


def parse(patch: Sequence[Mapping[str, Any]]) -> Patch:
    """Return a patch that is well-formed; ValueError says what is wrong with another."""
    if not isinstance(patch, list | tuple) or not all(isinstance(each, Mapping) for each in patch):
        raise ValueError("a patch is a list of objects (RFC 6902)")
    return tuple(map(_parse_step, patch))


def apply(document: Any, patch: Patch) -> Any:
    """Change a document and return it, or what replaces it; LookupError where a step leads nowhere."""
    for each in patch:
        step = each
        if step.op == "move":
            parent = _parent(document, step.source)
            step = Step("add", step.path, parent.pop(_key(parent, step.source[-1])))
        if not step.path:
            document = None if step.op == "remove" else copy.deepcopy(step.value)
            continue
        _change(_parent(document, step.path), step)
    return document


def _parent(document: Any, path: tuple[str, ...]) -> Any:
    """Return what has the member that a path ends in."""
    for name in path[:-1]:
        document = document[_key(document, name)]
    return document


def _parse_step(step: Mapping[str, Any]) -> Step:
    op, path = step.get("op"), step.get("path")
    if op not in _OPERATIONS:
        raise ValueError(f"op must be one of {', '.join(_OPERATIONS)}, not {op!r}")
    names = _names("path", path)
    if op == "move":
        source = _names("from", step.get("from"))
        if not source:
            raise ValueError("from must name a member: the whole document cannot be moved")
        return Step("move", names, None, source)
    if op != "remove" and "value" not in step:
        raise ValueError(f"{op} {path} needs a value")
    return Step(str(op), names, step.get("value"))


def _names(key: str, pointer: Any) -> tuple[str, ...]:
    if not isinstance(pointer, str) or not (pointer == "" or pointer.startswith("/")):
        raise ValueError(f"{key} must be a JSON Pointer (RFC 6901), not {pointer!r}")
    return tuple(name.replace("~1", "/").replace("~0", "~") for name in pointer.split("/")[1:])


def _change(parent: Any, step: Step) -> None:
    name, value = step.path[-1], copy.deepcopy(step.value)
    if isinstance(parent, list) and step.op == "add":
        at = len(parent) if name == "-" else _index(name)
        if at > len(parent):
            raise IndexError(name)
        parent.insert(at, value)
    elif isinstance(parent, dict) and step.op == "add":
        parent[name] = value
    elif step.op == "remove":
        del parent[_key(parent, name)]
    else:
        parent[_key(parent, name)] = value


def _key(parent: Any, name: str) -> Any:
    """Return the key of a member that is there."""
    if isinstance(parent, dict) and name in parent:
        return name
    if isinstance(parent, list) and _index(name) < len(parent):
        return _index(name)
    raise LookupError(name)


def _index(name: str) -> int:
    if not _INDEX.fullmatch(name):
        raise LookupError(name)
    return int(name)
