"""Contract files drafted from responses and from what is known of an operation, or copied from ours.

A draft is a beginning: what one account was sent is taken for the rule, so its author reads it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from pytest_spotify.access import ACCESSES
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.file_format import SCHEMA_URL, SUFFIX
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.draft.cases import ID_SCHEMA, propose_cases, typed_value
from pytest_spotify.draft.samples import Sample
from pytest_spotify.draft.schema import SchemaDrafter
from pytest_spotify.draft.shared_schemas import SharedSchemas
from pytest_spotify.exchange import API_URL
from pytest_spotify.formats import json_text

_ID = re.compile(r"[0-9A-Za-z]{22}")


def copy_contract(contract: Contract) -> str:
    """Return the text of a bundled contract's file for a project: its references hold anywhere."""
    text = contract.source.read_text(encoding="utf-8")
    return re.sub(r'("\$schema": )"[^"]*"', lambda match: f'{match[1]}"{SCHEMA_URL}"', text, count=1)


def path_of(contract: Contract) -> PurePosixPath:
    """Return where the file of a bundled contract belongs in a folder of contracts."""
    return PurePosixPath(contract.source.parent.name) / contract.source.name


class ContractDrafter:
    """A drafter of contracts beside those of a registry."""

    def __init__(self, registry: ContractRegistry) -> None:
        self._registry = registry

    def draft(self, method: str, template: str, samples: Sequence[Sample]) -> tuple[PurePosixPath, str]:
        """Return the path in a folder of contracts, and the text, of a contract for a method and template.

        Of an operation that has a contract all is taken from it but the schemas of the samples.
        """
        known = self._registry.contract_for(method, f"{API_URL}{template}")
        if known is None:
            operation = _operation(method, template)
            path = PurePosixPath(self._group(template)) / f"{operation}{SUFFIX}"
            content = self._new(operation, method, template, samples)
        else:
            path, content = path_of(known), json.loads(copy_contract(known))
        known_responses, drafted = content.get("responses", {}), self._responses(samples)
        content["responses"] = known_responses | drafted
        if method == "GET":
            changed = {int(status) for status, rule in drafted.items() if known_responses.get(status) != rule}
            content["cases"] = propose_cases(content, samples, changed)
        return path, "\n".join(json_text.pretty(content)) + "\n"

    def _responses(self, samples: Sequence[Sample]) -> dict[str, Any]:
        drafter = SchemaDrafter(SharedSchemas(self._registry.schemas))
        by_status: dict[int, list[Any]] = {}
        whole = [sample for sample in samples if "fields" not in (sample.parameters or {})]
        for sample in whole or samples:
            by_status.setdefault(sample.status, []).append(sample.body)
        return {
            str(status): {"body": "json", "schema": drafter.draft(bodies)}
            for status, bodies in sorted(by_status.items())
        }

    def _new(self, operation: str, method: str, template: str, samples: Sequence[Sample]) -> dict[str, Any]:
        """Return a contract without responses and cases for an operation that nothing is known of."""
        return {
            "$schema": SCHEMA_URL,
            "operation": operation,
            "method": method,
            "path": template,
            "token": "user" if template.startswith("/me") else "app",
            "access": dict.fromkeys(ACCESSES, "available"),
            "parameters": {
                **{
                    name: {
                        "in": "path",
                        "required": True,
                        "schema": _schema_of_values(_values(name, samples)),
                    }
                    for name in re.findall(r"\{([a-z_]+)\}", template)
                },
                **{
                    name: {"in": "query", "schema": self._query_schema(name, _values(name, samples))}
                    for name in sorted(
                        {name for sample in samples for name in sample.parameters or ()}
                        - {*re.findall(r"\{([a-z_]+)\}", template)}
                    )
                },
            },
        }

    def _query_schema(self, name: str, values: Sequence[str]) -> Any:
        """Return the schema that a parameter of this name has most often, if the values fit it."""
        schemas = [
            parameter.schema
            for contract in self._registry.contracts.values()
            for other, parameter in contract.parameters.items()
            if other == name and parameter.where == "query"
        ]
        texts = [json.dumps(schema) for schema in schemas]
        for text in sorted({*texts}, key=texts.count, reverse=True):
            schema = json.loads(text)
            typed = [typed_value(value, schema) for value in values]
            if SharedSchemas(self._registry.schemas).fits(schema, typed):
                return schema
        return _schema_of_values(values)

    def _group(self, template: str) -> str:
        """Return the folder of the contracts whose paths begin as this one does, else its first word."""
        words = _literals(template)

        def shared(contract: Contract) -> tuple[int, int]:
            others = _literals(contract.path)
            same = next(
                (n for n, pair in enumerate(zip(words, others, strict=False)) if pair[0] != pair[1]),
                min(len(words), len(others)),
            )
            return same, -len(others)

        nearest = max(self._registry.contracts.values(), key=shared)
        return nearest.source.parent.name if shared(nearest)[0] else words[0]


def template_of(path: str) -> tuple[str, dict[str, str]]:
    """Return the path template of a path, and the values that stood in it: ids become `{id}`."""
    values: dict[str, str] = {}
    segments = []
    for segment in path.split("/"):
        if _ID.fullmatch(segment):
            name = "id" if "id" not in values else f"id_{chr(ord('a') + len(values))}"
            values[name] = segment
            segments.append(f"{{{name}}}")
        else:
            segments.append(segment)
    return "/".join(segments), values


def _literals(template: str) -> list[str]:
    return [segment for segment in template.strip("/").split("/") if not segment.startswith("{")]


def _operation(method: str, template: str) -> str:
    return "-".join([method.lower(), *_literals(template)])


def _values(name: str, samples: Sequence[Sample]) -> list[str]:
    return [sample.parameters[name] for sample in samples if sample.parameters and name in sample.parameters]


def _schema_of_values(values: Sequence[str]) -> dict[str, Any]:
    if all(_ID.fullmatch(value) for value in values):  # where none is known too: most are ids
        return dict(ID_SCHEMA)
    if all(value.isdigit() for value in values):
        return {"type": "integer", "minimum": 0}
    if all(value in ("true", "false") for value in values):
        return {"type": "boolean"}
    return {"type": "string"}
