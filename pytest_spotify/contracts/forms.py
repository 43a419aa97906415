"""Schemas of one object in several forms, of which it is not known which one holds.

A request with `fields` can leave out what a schema chooses by (`type`, `is_local`). Then the response is
checked as the form that its `uri`, `href` or `id` shows, and without these for what all forms have in common.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_spotify.contracts.keywords import DISCRIMINATOR
from pytest_spotify.contracts.references import DOCUMENT_KEYWORDS, Schema, absolute, resolve_ref

_IDENTITY = ("uri", "href", "id")
_DEEPEST = 8  # objects in objects; what lies deeper is not compared
_VALUE_KEYWORDS = ("const", "enum", "minLength", "minItems", "maxItems")
_NUMBER_KEYWORDS = ("minimum", "maximum")
_LITERAL = re.compile(r"\^(?:[\w:/-]|\\[./])*")  # what every text begins with that a pattern of ours matches


def list_forms(
    schema: Any, base: str, schemas: Mapping[str, Schema], within: frozenset[int] = frozenset()
) -> list[tuple[str, Any]]:
    """Return the forms that a schema chooses between, each with the document it is in; itself if it does not.

    `base` is the document that the schema is in; `schemas` are the documents that references may name.
    """
    if not isinstance(schema, dict) or "properties" in schema:
        return [(base, schema)]
    if id(schema) in within:
        return []  # a choice that leads to itself
    if "$ref" in schema:
        found = resolve_ref(schema["$ref"], base, schemas)
        branches = [found] if found else []
    elif DISCRIMINATOR in schema:
        branches = [(base, branch) for branch in schema[DISCRIMINATOR]["mapping"].values()]
    else:
        branches = [
            (base, schema[branch]) for branch in ("then", "else") if "then" in schema and "else" in schema
        ]
    inner = [
        form
        for document, branch in branches
        for form in list_forms(branch, document, schemas, within | {id(schema)})
    ]
    return [(base, schema)] if not branches or ("$ref" in schema and len(inner) == 1) else inner


def choose_form(
    forms: Sequence[Schema], schemas: Mapping[str, Schema], default: Schema | None = None
) -> Schema:
    """Return a schema of what has one of the forms: the form that it shows, or what all have in common.

    What shows none of them is checked as the `default`. References must be absolute.
    """
    if not forms:
        return {}
    flat = [_flat(form, schemas) for form in forms]
    for name in _IDENTITY:
        if not all(name in form.get("required", ()) and name in form.get("properties", ()) for form in flat):
            continue
        marks = [_mark(_flat(form["properties"][name], schemas)) for form in flat]
        different = [mark for number, mark in enumerate(marks) if mark not in marks[:number]]
        if len(different) > 1 and {} not in different:
            chain = _common(forms, schemas) if default is None else default
            for mark in sorted(different, key=lambda mark: "const" in mark):  # the last one is tried first
                fitting = [form for form, own in zip(forms, marks, strict=True) if own == mark]
                chain = {
                    "if": {"properties": {name: mark}, "required": [name]},
                    "then": fitting[0] if len(fitting) == 1 else choose_form(fitting, schemas),
                    "else": chain,
                }
            return chain
    return _common(forms, schemas)


def _mark(schema: Schema) -> Schema:
    """Return what a value shows its form by: null, or how its text begins; {} if it can be either."""
    if not isinstance(schema.get("type"), str):
        return {"const": schema["const"]} if "const" in schema else {}
    start = _start(schema.get("pattern", ""))
    return {"type": schema["type"]} | ({"pattern": start} if len(start) > 1 else {})


def _start(pattern: str) -> str:
    found = _LITERAL.match(pattern)
    return found.group() if found else ""


def _pattern(text: Any) -> str:
    """Return the pattern of the one text that a schema allows; empty if it allows others."""
    return f"^{re.escape(text)}$" if isinstance(text, str) else ""


def _flat(schema: Any, schemas: Mapping[str, Schema]) -> Schema:
    """Return what holds of a value whatever the conditions of a schema say, without references at the top."""
    if not isinstance(schema, dict):
        return {}
    flat = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    parts = list(schema.get("allOf", ()))
    if "$ref" in schema:
        document, target = resolve_ref(schema["$ref"], "", schemas) or ("", {})
        parts.append(absolute({key: target[key] for key in target if key not in DOCUMENT_KEYWORDS}, document))
    if "then" in schema and "else" in schema:
        parts.append(_common([schema["then"], schema["else"]], schemas))
    if DISCRIMINATOR in schema:
        parts.append(_common([*schema[DISCRIMINATOR]["mapping"].values()], schemas))
    for part in parts:
        inner = _flat(part, schemas)
        required = [*flat.get("required", ()), *inner.get("required", ())]
        properties = inner.get("properties", {}) | flat.get("properties", {})
        flat = inner | flat
        flat |= {"required": required} if required else {}
        flat |= {"properties": properties} if properties else {}
    return flat


def _common(forms: Sequence[Any], schemas: Mapping[str, Schema], depth: int = 0) -> Schema:
    """Return what all forms require, of every property that one of them has."""
    if all(form == forms[0] for form in forms):
        return dict(forms[0])
    flat = [_flat(form, schemas) for form in forms]
    types = [_types(form) for form in flat]
    if depth > _DEEPEST or not all(types):
        return {}
    common: Schema = {"type": sorted({each for several in types for each in several})}

    def of_type(name: str) -> list[Schema]:
        return [form for form, own in zip(flat, types, strict=True) if name in own]

    if objects := of_type("object"):
        common |= _common_object(objects, schemas, depth)
    arrays = [form for form in of_type("array") if form.get("maxItems") != 0]
    if arrays and all("items" in form for form in arrays):
        common["items"] = _common([form["items"] for form in arrays], schemas, depth + 1)
    for keyword in _VALUE_KEYWORDS:
        if all(form.get(keyword) == flat[0].get(keyword, _common) for form in flat):
            common[keyword] = flat[0][keyword]
    for keyword in _NUMBER_KEYWORDS:
        given = [form.get(keyword) for form in of_type("integer") + of_type("number")]
        if given and given[0] is not None and all(value == given[0] for value in given):
            common[keyword] = given[0]
    texts = [form.get("pattern") or _pattern(form.get("const")) for form in of_type("string")]
    start = os.path.commonprefix([*map(_start, texts)]).rstrip("\\")  # noqa: RUF071 (no paths)
    if texts and all(text == texts[0] for text in texts):
        common |= {"pattern": texts[0]} if texts[0] else {}
    elif len(start) > 1:
        common["pattern"] = start
    return common


def _common_object(forms: Sequence[Schema], schemas: Mapping[str, Schema], depth: int) -> Schema:
    names = dict.fromkeys(name for form in forms for name in form.get("properties", ()))
    required = [set(form.get("required", ())) for form in forms]
    return {
        "required": sorted(set.intersection(*required)),
        "properties": {
            name: _common(
                [form["properties"][name] for form in forms if name in form.get("properties", ())],
                schemas,
                depth + 1,
            )
            for name in names
        },
        "additionalProperties": any(form.get("additionalProperties") is not False for form in forms),
    }


def _types(schema: Schema) -> set[str]:
    """Return the JSON types that a schema allows; none if it does not say."""
    named = schema.get("type", [])
    values = [schema["const"]] if "const" in schema else []
    if values and not named:
        named = {str: "string", bool: "boolean", int: "integer", type(None): "null"}.get(type(values[0]), [])
    return {named} if isinstance(named, str) else {*named}
