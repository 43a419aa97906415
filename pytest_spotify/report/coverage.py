"""What of the Web API exchanges have exercised: operations, statuses, parameters, properties, enum values.

Properties are those of the shared schemas, as `track /external_ids/isrc`, whichever operation answered with
them. `observe` looks at one exchange and returns plain values, which travel as JSON; `Coverage` sums them up
beside all that the contracts know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pytest_spotify.check.response import Body
from pytest_spotify.contracts.keywords import DISCRIMINATOR
from pytest_spotify.contracts.references import SCHEMA_URI_PREFIX, Schema, resolve_ref
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange

_VALUE_DOCUMENTS = ("common", "identity")  # schemas of values; what has them counts as their object
_FEWEST_PROPERTIES = 3  # of a schema there that is an object of its own, as a page is
_IN_PLACE = ("allOf", "anyOf", "oneOf", "then", "else", "if")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One exchange: its operation and status, and the parameters, properties and enum values that it had."""

    operation: str
    status: int
    parameters: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()  # as "track /name", or "track /type=track" for a value of an enum


def observe(exchange: Exchange, registry: ContractRegistry) -> Observation | None:
    """Return what an exchange exercises; None if no contract knows it."""
    request, response = exchange.request, exchange.response
    routed = registry.route(request.method, request.url)
    if routed is None:
        return None
    contract, in_path = routed
    query = dict(parse_qsl(urlsplit(request.url).query))
    properties: dict[str, None] = {}
    body, problem = Body(response.body).parsed
    rule = contract.responses.get(response.status)
    if rule is not None and not problem:
        walk = _Walk(registry.schemas)
        for _, schema in rule.schemas(in_path | query):
            properties |= dict.fromkeys(walk.seen(schema, body, contract.source.resolve().as_uri()))
    return Observation(
        operation=contract.operation,
        status=response.status,
        parameters=tuple(name for name in (*in_path, *query) if name in contract.parameters),
        properties=tuple(properties),
    )


@dataclass(slots=True)
class OperationCoverage:
    """How often an operation was exercised: `target status` and parameters, none where never."""

    statuses: Counter[str] = field(default_factory=Counter)
    parameters: Counter[str] = field(default_factory=Counter)


class Coverage:
    """The sum of observations beside everything that the contracts of an access know."""

    def __init__(self, registry: ContractRegistry) -> None:
        self._registry = registry
        self.operations: dict[str, OperationCoverage] = {}
        for contract in registry.contracts.values():
            known = self.operations[contract.operation] = OperationCoverage()
            known.parameters.update(dict.fromkeys(contract.parameters, 0))
        self.properties: Counter[str] = Counter()
        walk = _Walk(registry.schemas)
        for contract in registry.contracts.values():
            if registry.availability(contract).status != "removed":
                base = contract.source.resolve().as_uri()
                for status, rule in contract.responses.items():
                    for _, schema in rule.schemas() if status < 300 else ():
                        self.properties.update(dict.fromkeys(walk.known(schema, base), 0))

    def add(self, observations: Iterable[Observation], target: str) -> None:
        """Add what exchanges exercised that a target answered: spotify, sandbox or another host."""
        for each in observations:
            operation = self.operations.setdefault(each.operation, OperationCoverage())
            operation.statuses[f"{target} {each.status}"] += 1
            operation.parameters.update(each.parameters)
            self.properties.update(name for name in each.properties if name in self.properties)

    def to_json(self) -> dict[str, Any]:
        """Return plain values: counts by operation and by object, 0 where something was never seen."""
        objects: dict[str, dict[str, int]] = {}
        for name, count in sorted(self.properties.items()):
            kind, _, place = name.partition(" ")
            objects.setdefault(kind, {})[place] = count
        return {
            "operations": {
                name: {"statuses": dict(each.statuses), "parameters": dict(each.parameters)}
                for name, each in sorted(self.operations.items())
            },
            "objects": objects,
        }


class _Walk:
    """A walk through schemas, alone or along a value."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._followed: set[tuple[str, str, str]] = set()

    def seen(self, schema: Any, value: Any, base: str) -> Iterator[str]:
        """Yield the names of the properties and enum values that a value has."""
        yield from self._along(schema, value, base, _Place("", ""))

    def known(self, schema: Any, base: str) -> Iterator[str]:
        """Yield the names of all properties and enum values; what was met before is left out."""
        yield from self._through(schema, base, _Place("", ""))

    def _along(self, schema: Any, value: Any, base: str, place: _Place) -> Iterator[str]:
        if not isinstance(schema, Mapping):
            return
        if isinstance(value, str) and value in schema.get("enum", ()):
            yield place.value(value)
        for inner, document, inside in self._in_place(schema, value, base, place):
            yield from self._along(inner, value, document, inside)
        if isinstance(value, dict):
            for name, inner in schema.get("properties", {}).items():
                if name in value:
                    yield place.property(name)
                    yield from self._along(inner, value[name], base, place.inside(name))
        elif isinstance(value, list):
            for each in value:
                yield from self._along(schema.get("items"), each, base, place.inside("*"))

    def _through(self, schema: Any, base: str, place: _Place) -> Iterator[str]:
        if not isinstance(schema, Mapping):
            return
        yield from (place.value(value) for value in schema.get("enum", ()) if isinstance(value, str))
        for inner, document, inside in self._in_place(schema, None, base, place):
            key = (document, inside.object + inside.pointer, str(id(inner)))
            if key not in self._followed:
                self._followed.add(key)
                yield from self._through(inner, document, inside)
        for name, inner in schema.get("properties", {}).items():
            yield place.property(name)
            yield from self._through(inner, base, place.inside(name))
        yield from self._through(schema.get("items"), base, place.inside("*"))

    def _in_place(
        self, schema: Mapping[str, Any], value: Any, base: str, place: _Place
    ) -> Iterator[tuple[Any, str, _Place]]:
        """Yield the schemas that hold at the same place, with their documents; of a choice the one taken."""
        if "$ref" in schema and (found := resolve_ref(schema["$ref"], base, self._schemas)):
            document, target = found
            yield target, document, _placed(schema["$ref"], document, target, base, place)
        for keyword in _IN_PLACE:
            inner = schema.get(keyword)
            for each in inner if isinstance(inner, list) else [inner]:
                if isinstance(each, Mapping):
                    yield each, base, place
        if choice := schema.get(DISCRIMINATOR):
            mapping = choice["mapping"]
            kind = value.get(choice["propertyName"]) if isinstance(value, dict) else None
            chosen = [mapping[kind]] if kind in mapping else [] if value is not None else mapping.values()
            for each in chosen:
                yield each, base, place


@dataclass(frozen=True, slots=True)
class _Place:
    """A place within an object: the object's name, and the pointer from there."""

    object: str
    pointer: str

    def inside(self, name: str) -> _Place:
        return _Place(self.object, f"{self.pointer}/{name}")

    def property(self, name: str) -> str:
        return f"{self.object or 'response'} {self.pointer}/{name}"

    def value(self, value: str) -> str:
        return f"{self.object or 'response'} {self.pointer}={value}"


def _placed(reference: str, document: str, target: Any, base: str, place: _Place) -> _Place:
    """Return where a reference leads: to an object of its own, or to a value of the same object."""
    name = document.removeprefix(SCHEMA_URI_PREFIX).removesuffix(".schema.json")
    definition = reference.rpartition("/$defs/")[2] if "/$defs/" in reference else ""
    if definition.endswith("page"):
        return _Place("page", "")
    if name in _VALUE_DOCUMENTS:
        properties = target.get("properties", {}) if isinstance(target, Mapping) else {}
        return _Place(definition, "") if len(properties) >= _FEWEST_PROPERTIES else place
    if document == base and definition:
        return place
    return _Place(name, "")
