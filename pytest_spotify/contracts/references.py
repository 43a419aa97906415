"""References between schemas: which there are, and where they lead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
SCHEMA_URI_PREFIX = "pytest-spotify:"
DOCUMENT_KEYWORDS = frozenset(
    {"$defs", "$id", "$schema"}
)  # not of a schema that is put into another document

# Schemas by the names that they had before: projects may refer to them.
_FORMER_FILES = {
    "playable": "track-or-episode",
    "playback": "currently-playing-context",
    "playlist-entry": "playlist-track",
    "snapshot": "playlist-snapshot",
    "user": "public-user",
}
_FORMER_DEFINITIONS = {
    ("episode", "as-track"): "episode-as-track",
    ("episode", "ghost"): "unavailable",
    ("public-user", "adder"): "added-by",
    ("simplified-show", "ghost"): "unavailable",
    ("simplified-track", "linked-known"): "linked-with-id",
    ("simplified-track", "linked-unknown"): "linked-without-id",
    ("track", "anywhere"): "base",
    ("track", "playable"): "catalogue-or-local",
    ("track-or-episode", "listed"): "in-playlist",
    ("track-or-episode", "playing"): "in-player",
}


def iter_refs(schema: Any) -> Iterator[str]:
    """Yield every `$ref` below a schema."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key not in {"const", "enum"}:
                yield from iter_refs(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from iter_refs(value)


def resolve_ref(reference: str, base: str, schemas: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Return the document and the schema that a reference in the document `base` names, or None."""
    uri, _, fragment = reference.partition("#")
    document = uri or base
    found = schemas.get(document)
    for part in fragment.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return None if found is None else (document, found)


def absolute(schema: Any, base: str) -> Any:
    """Return a schema of the document `base` for use in another one."""
    if not base:
        return schema
    if isinstance(schema, dict):
        return {
            key: base + value
            if key == "$ref" and isinstance(value, str) and value.startswith("#")
            else absolute(value, base)
            for key, value in schema.items()
        }
    return [absolute(value, base) for value in schema] if isinstance(schema, list) else schema


def current_reference(document: str, fragment: str) -> str:
    """Return the URI of a schema of ours, which may be given by a name that it had before."""
    name = document.removeprefix(SCHEMA_URI_PREFIX).removesuffix(".schema.json")
    name = _FORMER_FILES.get(name, name)
    start, _, definition = fragment.rpartition("/")
    fragment = f"{start}/{_FORMER_DEFINITIONS.get((name, definition), definition)}" if start else fragment
    return f"{SCHEMA_URI_PREFIX}{name}.schema.json" + (f"#{fragment}" if fragment else "")
