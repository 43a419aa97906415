"""Our shared schemas, found by what fits them: a draft refers to them in place of copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

from pytest_spotify.contracts.keywords import expand, project_for_access
from pytest_spotify.contracts.references import SCHEMA_URI_PREFIX, Schema, absolute, iter_refs
from pytest_spotify.contracts.schema import Resources, Validator, compile_schema

COMMON = f"{SCHEMA_URI_PREFIX}common.schema.json#/$defs/"
IDENTITY = f"{SCHEMA_URI_PREFIX}identity.schema.json#/$defs/"
_STRANGE = {"a_property_of_nobody": 1}  # what nearly every schema refuses
_SUFFIX = ".schema.json"


class SharedSchemas:
    """The shared schemas as they hold for one access."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self._resources = Resources({uri: expand(schema, schemas, uri) for uri, schema in schemas.items()})
        self._validator = cache(self._compiled)

    def fits(self, schema: Schema, values: Sequence[Any]) -> bool:
        """Return True if all values fit a schema that may refer to shared ones."""
        closed = project_for_access(schema, None)
        validator = compile_schema(expand(closed, self._schemas), self._resources)
        return all(map(validator.is_valid, values))

    def find_object(self, objects: Sequence[Mapping[str, Any]]) -> str:
        """Return the reference to the schema that all objects fit, or an empty text.

        The schema of a file goes before a definition in one, and what others refer to often before the rest.
        """
        fitting = [reference for reference in self._object_schemas if self._fits_closely(reference, objects)]
        return max(fitting, key=lambda reference: self._rank(reference, objects[0]), default="")

    def has(self, reference: str) -> bool:
        """Return True if a reference names one of the schemas or a definition in one."""
        return reference in self._references

    def scalar(self, name: str, values: Sequence[Any]) -> Schema | None:
        """Return the schema that properties of this name have most often and all values fit, or None."""
        for reference_or_enum, _ in self._scalars_by_name.get(name, Counter()).most_common():
            schema: Schema = dict(reference_or_enum)
            if self.fits(schema, values) and not self.fits(schema, [[_STRANGE]]):
                return {key: [*value] if isinstance(value, tuple) else value for key, value in schema.items()}
        return None

    def _fits_closely(self, reference: str, objects: Sequence[Mapping[str, Any]]) -> bool:
        """Return True if the objects fit, and one with another property does not."""
        validator = self._validator(reference)
        if not all(map(validator.is_valid, objects)):
            return False
        if objects[0].get("items") and validator.is_valid({**objects[0], "items": [_STRANGE]}):
            return False  # a page of anything
        return not validator.is_valid({**objects[0], **_STRANGE})

    def _rank(self, reference: str, example: Mapping[str, Any]) -> tuple[bool, bool, int]:
        name = reference.removeprefix(SCHEMA_URI_PREFIX).removesuffix(_SUFFIX)
        return name == example.get("type"), "#" not in reference, self._popularity[reference]

    def _compiled(self, reference: str) -> Validator:
        return compile_schema({"$ref": reference}, self._resources)

    @cached_property
    def _references(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for uri, schema in self._schemas.items():
            found[uri] = schema
            found |= {f"{uri}#/$defs/{name}": inner for name, inner in schema.get("$defs", {}).items()}
        return found

    @cached_property
    def _object_schemas(self) -> list[str]:
        return [
            reference
            for reference in self._references
            if any(error.keyword == "required" for error in self._validator(reference).errors({}))
        ]

    @cached_property
    def _popularity(self) -> Counter[str]:
        return Counter(
            reference if ":" in reference else f"{uri}{reference}"
            for uri, schema in self._schemas.items()
            for reference in iter_refs(absolute(schema, uri))
        )

    @cached_property
    def _scalars_by_name(self) -> dict[str, Counter[tuple[tuple[str, Any], ...]]]:
        """Return how often a property of a name has a reference or an enum, by name."""
        found: dict[str, Counter[tuple[tuple[str, Any], ...]]] = {}
        for uri, document in self._schemas.items():
            for name, schema in _properties(absolute(document, uri)):
                if "$ref" in schema:
                    key: tuple[tuple[str, Any], ...] = (("$ref", schema["$ref"]),)
                elif "enum" in schema and schema.get("type") == "string":
                    key = (("type", "string"), ("enum", tuple(schema["enum"])))
                else:
                    continue
                found.setdefault(name, Counter())[key] += 1
        return found


def _properties(schema: Any) -> Iterator[tuple[str, Schema]]:
    """Yield name and schema of every property below a schema."""
    if isinstance(schema, Mapping):
        for key, value in schema.items():
            if key == "properties" and isinstance(value, Mapping):
                yield from ((name, inner) for name, inner in value.items() if isinstance(inner, Mapping))  # type: ignore[misc]
            yield from _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value)
