"""The cases that a drafted contract begins with: recorded requests, an unknown id, a parameter's bounds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from pytest_spotify.draft.samples import Sample
from pytest_spotify.draft.shared_schemas import COMMON

ID_SCHEMA = {"$ref": f"{COMMON}id"}
_UNKNOWN_ID = "0" * 22
_ACCOUNT_VALUES = {"user_id", "device_id"}
_MOST_RECORDED = 3


def propose_cases(
    content: Mapping[str, Any], samples: Sequence[Sample], changed: Collection[int]
) -> dict[str, Any]:
    """Return the cases of a contract with those that its samples and its parameters propose.

    Of the cases that expect a status whose schema was `changed`, those stay whose request was sampled: what
    the others are answered, the schema was not drafted from.
    """
    parameters = content.get("parameters", {})
    recorded = list(_recorded(parameters, samples))
    sampled = [values for values, _ in recorded]
    cases: dict[str, Any] = {
        name: case
        for name, case in content.get("cases", {}).items()
        if case["status"] not in changed or case.get("parameters", {}) in sampled
    }
    known = [case.get("parameters", {}) for case in cases.values()]
    new = [each for number, each in enumerate(recorded) if each[0] not in known + sampled[:number]]
    for number, (values, status) in enumerate(new[:_MOST_RECORDED], 1):
        name = "recorded" if number == 1 else f"recorded-{number}"
        cases[name] = {**({"parameters": values} if values else {}), "status": status}
    if not content.get("cases") and recorded:
        cases |= _proposed(parameters, recorded[0][0])
    return cases


def _recorded(
    parameters: Mapping[str, Any], samples: Sequence[Sample]
) -> Iterator[tuple[dict[str, Any], int]]:
    for sample in samples:
        if sample.parameters is not None:
            sent = {name: value for name, value in sample.parameters.items() if name in parameters}
            yield (
                {name: _case_value(name, value, parameters[name]["schema"]) for name, value in sent.items()},
                sample.status,
            )
        elif not any(parameter["in"] == "path" for parameter in parameters.values()):
            yield {}, sample.status


def _case_value(name: str, value: str, schema: Mapping[str, Any]) -> Any:
    """Return the value of a parameter in a case; the account's own are named, and found anew in each run."""
    account_value = name.replace("_", "-")
    return {"account": account_value} if name in _ACCOUNT_VALUES else typed_value(value, schema)


def _proposed(parameters: Mapping[str, Any], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return cases for an unknown id and for the bounds of a parameter."""
    cases: dict[str, Any] = {}
    for name, parameter in parameters.items():
        schema = parameter["schema"]
        if parameter["in"] == "path" and schema == ID_SCHEMA and name in recorded:
            cases["unknown-id"] = {"parameters": {**recorded, name: _UNKNOWN_ID}, "status": 404}
        if isinstance(maximum := schema.get("maximum"), int):
            cases[f"{name}-max".replace("_", "-")] = {
                "parameters": {**recorded, name: maximum},
                "status": 200,
            }
            beyond = {"parameters": {**recorded, name: maximum + 1}, "status": 400}
            cases[f"{name}-beyond".replace("_", "-")] = beyond
    return cases


def typed_value(value: str, schema: Mapping[str, Any]) -> Any:
    """Return the value of a parameter as a case has it."""
    if schema.get("type") == "array":
        return value.split(",")
    if schema.get("type") == "integer" and value.isdigit():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if schema.get("type") == "boolean" else value


def text_of(value: Any) -> str:
    """Return the value of a parameter as a request has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(text_of, value)) if isinstance(value, list) else str(value)
