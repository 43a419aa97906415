"""The shared schemas as components of an OpenAPI document: names for references, and keywords of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_spotify.contracts.keywords import ANY_REQUIRED, DISCRIMINATOR, NULLABLE, UNDOCUMENTED, map_schemas
from pytest_spotify.contracts.references import (
    DOCUMENT_KEYWORDS,
    SCHEMA_URI_PREFIX,
    Schema,
    absolute,
    resolve_ref,
)
from pytest_spotify.exchange import API_URL

_API_PATTERN = API_URL.replace(".", r"\.")  # as patterns have it
_PREFIX = "#/components/schemas/"
_DROPPED = DOCUMENT_KEYWORDS | {"x-access", UNDOCUMENTED}


class Components:
    """The schemas that a document refers to, gathered as they are embedded."""

    def __init__(self, schemas: Mapping[str, Schema], api_url: str) -> None:
        self._schemas, self._api_url = schemas, api_url
        self._components: dict[str, Any] = {}

    def embed(self, schema: Any, base: str) -> Any:
        """Return a schema of the document `base` for use in OpenAPI, and add what it refers to."""
        return self._translated(absolute(schema, base))

    def schemas(self) -> dict[str, Any]:
        """Return the components, by name."""
        return dict(sorted(self._components.items()))

    def _translated(self, schema: Any) -> Any:
        if not isinstance(schema, Mapping):
            return schema
        kept = {keyword: value for keyword, value in schema.items() if keyword not in _DROPPED}
        translated = map_schemas(kept, lambda inner, _keyword: self._translated(inner))
        if translated.get("additionalProperties") is False:
            del translated["additionalProperties"]  # what the contracts do not know may come
        if isinstance(pattern := translated.get("pattern"), str):
            translated["pattern"] = pattern.replace(_API_PATTERN, re.escape(self._api_url))
        if "$ref" in translated:
            translated["$ref"] = self._reference(translated["$ref"])
        conditions = []
        if names := translated.pop(ANY_REQUIRED, None):
            conditions.append({"anyOf": [{"required": [name]} for name in names]})
        if choice := translated.pop(DISCRIMINATOR, None):
            conditions.append({"anyOf": _choice(choice)})
        if conditions:
            translated["allOf"] = [*translated.get("allOf", ()), *conditions]
        if translated.pop(NULLABLE, False):
            return {"anyOf": [{"type": "null"}, translated]}
        return translated

    def _reference(self, reference: str) -> str:
        """Return the reference to a component, which is added if it is not there."""
        found = resolve_ref(reference, "", self._schemas)
        if found is None:
            raise ValueError(f"{reference}: leads nowhere")
        document, target = found
        name = document.removeprefix(SCHEMA_URI_PREFIX).removesuffix(".schema.json")
        definition = reference.partition("#")[2].removeprefix("/$defs/").replace("/", ".")
        name = f"{name}.{definition}" if definition else name
        if name not in self._components:
            self._components[name] = {}  # a schema may contain itself
            self._components[name] = self.embed(target, document)
        return _PREFIX + name


def _choice(choice: Mapping[str, Any]) -> list[Any]:
    """Return the schemas to choose from by the value of a property, each with its value."""
    name, mapping = choice["propertyName"], choice["mapping"]
    choices = [
        {
            "allOf": [
                {"type": "object", "required": [name], "properties": {name: {"const": value}}},
                schema,
            ]
        }
        for value, schema in mapping.items()
    ]
    other: Schema = {"not": {"required": [name], "properties": {name: {"enum": list(mapping)}}}}
    default = choice.get("defaultMapping")
    return [*choices, other if default is None else {"allOf": [other, default]}]
