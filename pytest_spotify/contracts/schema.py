"""Compiled JSON Schemas behind one small face: the fast engine, or the reference where it is missing.

Both work offline and give the same errors. Spotify is unknown here: it gets schemas as
`keywords` projects them to an access, and returns what does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal, Protocol

from pytest_spotify.contracts.references import Schema, iter_refs

Engine = Literal["jsonschema-rs", "jsonschema"]
_MOST_UNKNOWN = 1000  # of the unexpected properties of one object so many are told


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaError:
    """One place where an instance does not fit.

    `pointer` is an RFC 6901 pointer, `keyword_value` the keyword's value in the schema, `instance` what is
    there. `required` and `additionalProperties` give one error a property, `keyword_value` its name;
    for `type` it is a sorted list.
    """

    pointer: str
    keyword: str
    keyword_value: Any
    instance: Any

    @property
    def location(self) -> str:
        """Return a pointer to what is at fault: to the property itself where one is missing or unexpected."""
        named = self.keyword in ("required", "additionalProperties")
        return self.pointer + to_pointer([self.keyword_value]) if named else self.pointer


class Validator(Protocol):
    """A compiled schema."""

    def is_valid(self, instance: Any) -> bool:
        """Return True if a JSON value has no fault, which is cheaper to say than which it has."""

    def errors(self, instance: Any) -> list[SchemaError]:
        """Return every fault of a JSON value, sorted by pointer."""


class Resources:
    """The schemas that references may name, by URI. Nothing else is ever looked up."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.schemas = dict(schemas)
        self._well_formed: set[str] = set()

    @cached_property
    def for_jsonschema_rs(self) -> Any:
        """Return the registry of the fast engine."""
        import jsonschema_rs

        return jsonschema_rs.Registry(list(self.schemas.items()), draft=jsonschema_rs.Draft202012)

    @cached_property
    def for_jsonschema(self) -> Any:
        """Return the registry of the reference engine."""
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        return Registry().with_resources(
            (uri, DRAFT202012.create_resource(schema)) for uri, schema in self.schemas.items()
        )

    def check_schemas(self, schema: Schema) -> None:
        """Raise ValueError for what is no schema, there or in the documents that it refers to."""
        import jsonschema

        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            at = to_pointer(error.absolute_path)
            raise ValueError(f"at {at}: {error.message}" if at else error.message) from None
        for document in {reference.partition("#")[0] for reference in iter_refs(schema)}:
            if document in self.schemas and document not in self._well_formed:
                self._well_formed.add(document)
                self.check_schemas(self.schemas[document])


@cache
def fastest_engine() -> Engine:
    """Return the engine to use on this machine."""
    try:
        import jsonschema_rs  # noqa: F401
    except ImportError:
        return "jsonschema"
    return "jsonschema-rs"


def compile_schema(
    schema: Schema,
    resources: Resources,
    *,
    base: str = "",
    engine: Engine | None = None,
    check: bool = False,
) -> Validator:
    """Return a validator of `schema`, whose own URI is `base`.

    Raises ValueError for a schema that refers to what `resources` lacks, and for one that is no schema: the
    reference engine, which takes long to find that out, only where it is told to `check`.
    """
    chosen = engine or fastest_engine()
    if chosen == "jsonschema-rs":
        return _JsonschemaRs(schema, resources, base)
    if check:
        resources.check_schemas(schema)
    return _Jsonschema(schema, resources, base)


def to_pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer of a path (RFC 6901 section 3); the root is the empty text."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _sorted(errors: Iterable[SchemaError]) -> list[SchemaError]:
    """Return each fault once, by pointer: several keywords may ask for the same property."""
    once = {(error.pointer, error.keyword, str(error.keyword_value)): error for error in errors}
    return [once[key] for key in sorted(once)]


class _JsonschemaRs:
    def __init__(self, schema: Schema, resources: Resources, base: str) -> None:
        import jsonschema_rs

        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema,
                registry=resources.for_jsonschema_rs,
                base_uri=base or None,
                offline=True,
                pattern_options=jsonschema_rs.RegexOptions(),  # linear: no pattern can hang a run
            )
        except jsonschema_rs.ValidationError as error:  # its text has a line for every schema it went through
            at = to_pointer(error.instance_path)
            raise ValueError(f"at {at}: {error.message}" if at else error.message) from None

    def is_valid(self, instance: Any) -> bool:
        return bool(self._validator.is_valid(instance))

    def errors(self, instance: Any) -> list[SchemaError]:
        # Most bodies are good, and saying so is a third cheaper than listing no errors.
        return [] if self.is_valid(instance) else _sorted(self._errors(instance))

    def _errors(self, instance: Any) -> Iterator[SchemaError]:
        for error in self._validator.iter_errors(instance):
            at, keyword, value = to_pointer(error.instance_path), error.kind.name, error.kind.value
            values = value[:_MOST_UNKNOWN] if keyword == "additionalProperties" else [_plain(keyword, value)]
            for each in values:
                yield SchemaError(pointer=at, keyword=keyword, keyword_value=each, instance=error.instance)


class _Jsonschema:
    def __init__(self, schema: Schema, resources: Resources, base: str) -> None:
        self._validator = _jsonschema_class()(
            {"$id": base, **schema} if base else schema, registry=resources.for_jsonschema
        )
        self._resolvable(schema)

    def is_valid(self, instance: Any) -> bool:
        return bool(self._validator.is_valid(instance))

    def errors(self, instance: Any) -> list[SchemaError]:
        return _sorted(self._errors(instance))

    def _errors(self, instance: Any) -> Iterator[SchemaError]:
        for error in self._validator.iter_errors(instance):
            at, keyword = to_pointer(error.absolute_path), str(error.validator)
            values: Iterable[Any] = [_plain(keyword, error.validator_value)]
            if keyword == "required":
                values = [name for name in error.validator_value if name not in error.instance]
            elif keyword == "dependentRequired":  # the fast engine calls what is missing so
                keyword, dependent = "required", error.validator_value
                values = [
                    name
                    for present in dependent.keys() & error.instance.keys()
                    for name in dependent[present]
                    if name not in error.instance
                ]
            elif keyword == "additionalProperties" and isinstance(error.schema, dict):
                values = _unexpected(error.instance, error.schema)
            for each in values:
                yield SchemaError(pointer=at, keyword=keyword, keyword_value=each, instance=error.instance)

    def _resolvable(self, schema: Any) -> None:
        """Look references up now: the fast engine refuses unknown ones when it compiles."""
        from referencing.exceptions import Unresolvable

        for reference in iter_refs(schema):
            try:
                self._validator._resolver.lookup(reference)
            except Unresolvable:
                raise ValueError(f"unknown reference {reference}") from None


def _plain(keyword: str, value: Any) -> Any:
    """Return the types of a `type` fault as a sorted list, however the schema wrote them."""
    if keyword != "type":
        return value
    return [value] if isinstance(value, str) else sorted(value)


def _unexpected(instance: dict[str, Any], schema: Schema) -> list[str]:
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", ())]
    return [
        name
        for name in instance
        if name not in schema.get("properties", ()) and not any(pattern.search(name) for pattern in patterns)
    ][:_MOST_UNKNOWN]


@cache
def _jsonschema_class() -> Any:
    """Return jsonschema's validator with patterns read as the fast engine reads them."""
    import jsonschema

    def pattern(_validator: Any, regex: str, instance: Any, _schema: Schema) -> Iterator[Any]:
        # Python's $ also matches before a last newline; ECMA-262's does not.
        if isinstance(instance, str) and not re.search(
            re.sub(r"(?<!\\)\$(?=$|[|)])", r"\\Z", regex), instance
        ):
            yield jsonschema.ValidationError(f"does not match {regex!r}")

    return jsonschema.validators.extend(  # type: ignore[no-untyped-call]
        jsonschema.Draft202012Validator, {"pattern": pattern}
    )
