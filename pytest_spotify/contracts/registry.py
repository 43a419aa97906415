"""The contracts of one run: which operation a request is for, and compiled validators for one access.

Validators are compiled when first needed. It has no part in exchanges: `check` calls it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pytest_spotify.access import Access
from pytest_spotify.contracts import Availability, Contract, ResponseRule, loader
from pytest_spotify.contracts.fields import parse_fields, project_fields
from pytest_spotify.contracts.file_format import by_suffix
from pytest_spotify.contracts.keywords import expand, project_for_access
from pytest_spotify.contracts.references import Schema, resolve_ref
from pytest_spotify.contracts.schema import Engine, Resources, Validator, compile_schema
from pytest_spotify.errors import InvalidContract
from pytest_spotify.exchange import API_URL

_API = urlsplit(API_URL)
_MOST_FIELD_VALIDATORS = 64  # kept compiled: a client has a few, a file of traffic may have any number
_Documents = tuple[Mapping[str, Schema], Resources]  # what schemas may refer to: for one access, and expanded


class ContractRegistry:
    """Contracts by operation, under one access.

    Raises InvalidContract where two contracts claim one operation, or one method and path.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        schemas: Mapping[str, Schema],
        access: Access,
        *,
        engine: Engine | None = None,
    ) -> None:
        self.access = access
        self.engine = engine
        self.contracts: dict[str, Contract] = {}
        self.default_responses = loader.load_responses()
        self._schemas = schemas
        self._validators: dict[tuple[str, str], Validator] = {}
        self._field_validators: dict[tuple[str, str, str], Validator] = {}
        self._by_access: dict[Access, ContractRegistry] = {}
        self._by_reference: dict[str, Schema] = {}
        self._by_template: dict[tuple[str, ...], Contract] = {}
        self._by_start: dict[tuple[str, int, str], list[tuple[str, ...]]] = {}
        for contract in contracts:
            self._add(contract)

    def _add(self, contract: Contract) -> None:
        template = _template(contract)
        for clash, claimed, pointer in (
            (self.contracts.get(contract.operation), contract.operation, "/operation"),
            (self._by_template.get(template), contract.title, "/path"),
        ):
            if clash is not None:
                message = f"{claimed} has a contract already: {clash.source}"
                raise InvalidContract(contract.source, message, pointer)
        self.contracts[contract.operation] = contract
        self._by_template[template] = contract
        self._by_start.setdefault((contract.method, len(template), template[1]), []).append(template)

    @property
    def schemas(self) -> Mapping[str, Schema]:
        """Return the shared schemas by URI, as they hold for the access of this run."""
        return self._documents[0]

    @cached_property
    def _documents(self) -> _Documents:
        bundled = self._schemas == loader.load_schemas()
        return _bundled_documents(self.access) if bundled else _documents(self._schemas, self.access)

    def for_access(self, access: Access) -> ContractRegistry:
        """Return the same contracts under another access, made once."""
        if access == self.access:
            return self
        if access not in self._by_access:
            self._by_access[access] = ContractRegistry(
                self.contracts.values(), self._schemas, access, engine=self.engine
            )
        return self._by_access[access]

    def availability(self, contract: Contract) -> Availability:
        """Return whether the access of this run has the operation."""
        return contract.access[self.access]

    def route(self, method: str, url: str) -> tuple[Contract, dict[str, str]] | None:
        """Return the contract for a request and the parameters in its path, or None.

        A literal segment beats a template (`/me/library/contains` is no `/me/{...}`); a trailing slash
        is accepted, since clients send one.
        """
        try:
            parts = urlsplit(url)
        except ValueError:  # no address at all, as `http://[::1`
            return None
        if (parts.scheme, parts.hostname) != (_API.scheme, _API.hostname):
            return None
        if not parts.path.startswith(f"{_API.path}/"):
            return None
        segments = parts.path[len(_API.path) + 1 :].removesuffix("/").split("/")
        if not all(segments):
            return None
        # Equal URLs are routed alike (RFC 3986 section 6.2).
        wanted = (method.upper(), *map(unquote, segments))
        template = self._best_template(wanted)
        if template is None:
            return None
        contract = self._by_template[template]
        values = {
            name[1:-1]: unquote(value)
            for name, value in zip(_segments(contract), segments, strict=True)
            if name.startswith("{")
        }
        return contract, values

    def _best_template(self, wanted: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the template that method and path segments fit; a literal beats a parameter. Or None."""
        if wanted in self._by_template:
            return wanted
        fitting = [
            template
            for start in (wanted[1], "{}")
            for template in self._by_start.get((wanted[0], len(wanted), start), ())
            if all(part in ("{}", segment) for part, segment in zip(template, wanted, strict=True))
        ]
        return max(fitting, key=lambda template: [part != "{}" for part in template], default=None)

    def contract_for(self, method: str, url: str) -> Contract | None:
        """Return the contract for a request, or None."""
        routed = self.route(method, url)
        return routed[0] if routed else None

    def response_rule(self, contract: Contract, status: int) -> ResponseRule | None:
        """Return what an answer of this status carries, or None where none is expected."""
        return contract.responses.get(status) or self.default_responses.get(status)

    def resolved(self, schema: Schema) -> Schema:
        """Return the schema that a `$ref` names, or the schema itself."""
        reference = str(schema.get("$ref", ""))
        if reference and reference not in self._by_reference:
            found = resolve_ref(reference, "", self._schemas)
            self._by_reference[reference] = found[1] if found and isinstance(found[1], dict) else schema
        return self._by_reference.get(reference, schema)

    def compile(self) -> None:
        """Compile every schema now; raises InvalidContract for one that cannot be used."""
        for contract in self.contracts.values():
            for name, parameter in contract.parameters.items():
                self.validator(contract, f"parameter {name}", parameter.schema_for(self.access), check=True)
            if contract.body:
                self.validator(contract, "request body", contract.body.schema, check=True)
            for status, rule in contract.responses.items():
                for name, schema in rule.schemas():
                    self.validator(contract, f"{status} {name}", schema, check=True)
                    if "fields" in contract.parameters:
                        self.validator_for_fields(contract, f"{status} {name}", schema, "")

    def validator(self, contract: Contract, name: str, schema: Schema, *, check: bool = False) -> Validator:
        """Return the compiled validator of a schema of a contract; `name` tells its schemas apart."""
        key = (contract.operation, name)
        if key not in self._validators:
            self._validators[key] = self._compiled(
                contract, name, project_for_access(schema, self.access), check=check
            )
        return self._validators[key]

    def validator_for_fields(self, contract: Contract, name: str, schema: Schema, fields: str) -> Validator:
        """Return the validator of a schema for answers to a request with that `fields` parameter."""
        key = (contract.operation, name, fields)
        if key not in self._field_validators:
            self.validator(contract, name, schema)  # what is no schema at all is refused here
            if len(self._field_validators) >= _MOST_FIELD_VALIDATORS:
                self._field_validators.clear()
            root = project_for_access(schema, self.access)
            selected = project_fields(root, parse_fields(fields), {**self.schemas, "": root})
            self._field_validators[key] = self._compiled(contract, name, selected)
        return self._field_validators[key]

    def _compiled(
        self, contract: Contract, name: str, projected: Schema, *, check: bool = False
    ) -> Validator:
        base = contract.source.resolve().as_uri()
        try:
            expanded = expand(projected, {**self.schemas, base: projected}, base)
            return compile_schema(expanded, self._documents[1], base=base, engine=self.engine, check=check)
        except ValueError as error:
            raise InvalidContract(
                contract.source, f"the schema of {name.strip()} cannot be used: {error}"
            ) from None


@cache
def bundled(access: Access, engine: Engine | None = None) -> ContractRegistry:
    """Return our own contracts under an access."""
    return load([], access, engine=engine)


def load(files: Iterable[Path], access: Access, *, engine: Engine | None = None) -> ContractRegistry:
    """Return our own contracts with those in `files` in place of ours for the same operation."""
    schemas = loader.load_schemas()
    given = [loader.load_contract(path, schemas) for path in files]
    replaced = {contract.operation for contract in given} | {_template(contract) for contract in given}
    kept = [c for c in _bundled_contracts() if c.operation not in replaced and _template(c) not in replaced]
    return ContractRegistry([*given, *kept], schemas, access, engine=engine)


@cache
def _bundled_contracts() -> Sequence[Contract]:
    schemas = loader.load_schemas()
    return [loader.load_contract(path, schemas) for path in by_suffix(loader.bundled_contracts_dir())]


@cache  # collecting a contract of the user's compiles its schemas beside these
def _bundled_documents(access: Access) -> _Documents:
    return _documents(loader.load_schemas(), access)


def _documents(schemas: Mapping[str, Schema], access: Access) -> _Documents:
    projected = {uri: project_for_access(schema, access) for uri, schema in schemas.items()}
    return projected, Resources({uri: expand(schema, projected, uri) for uri, schema in projected.items()})


def _segments(contract: Contract) -> list[str]:
    return contract.path.strip("/").split("/")


def _template(contract: Contract) -> tuple[str, ...]:
    return contract.method, *(re.sub(r"^\{.*\}$", "{}", part) for part in _segments(contract))


def scopes_by_operation(contracts: Iterable[Contract], access: Access) -> dict[str, list[str]]:
    """Return each scope that an operation of this access can use, with the operations' names, both sorted.

    Alternatives are all listed: whether `playlist-modify-public` or `-private` serves is up to the playlist.
    """
    found: dict[str, list[str]] = {}
    for contract in contracts:
        if contract.access[access].status != "removed":
            scopes = contract.scopes
            for scope in {*scopes.all_of, *scopes.any_of, *scopes.optional}:
                found.setdefault(scope, []).append(contract.operation)
    return {scope: sorted(found[scope]) for scope in sorted(found)}
