"""The Python interface: hold responses of any client against the contracts, without pytest.

contracts = Contracts.bundled("development")
contracts.check(requests.get(...), raise_on_failure=True)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from pytest_spotify.access import Access, parse_access
from pytest_spotify.check import CheckFunction, OtherAccessComparison, check_body, check_exchange
from pytest_spotify.check.violation import Violation, failing
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts import registry as _registry
from pytest_spotify.contracts.schema import Engine
from pytest_spotify.errors import ContractViolated
from pytest_spotify.exchange import Exchange, Headers, Request, Response, body_bytes
from pytest_spotify.report import FailureContext, access_hint, format_failure


class Contracts:
    """The contracts of the Web API under one access."""

    def __init__(self, registry: _registry.ContractRegistry) -> None:
        self.registry = registry

    @classmethod
    def bundled(cls, access: Access = "development", *, engine: Engine | None = None) -> Contracts:
        """Return the contracts that come with this package; raises ValueError for an access that is none."""
        return cls(_registry.bundled(parse_access(access), engine))

    @classmethod
    def load(cls, files: Iterable[Path], access: Access = "development") -> Contracts:
        """Return the bundled contracts, with those in `files` in place of ours for the same operation.

        Raises InvalidContract for a file that cannot be used, ValueError for an access that is none.
        """
        return cls(_registry.load(files, parse_access(access)))

    @property
    def access(self) -> Access:
        """Return the access that the contracts are read for."""
        return self.registry.access

    def __iter__(self) -> Iterator[Contract]:
        return iter(self.registry.contracts.values())

    def operation(self, method: str, url: str) -> str | None:
        """Return the name of the operation that a request is for, or None."""
        contract = self.registry.contract_for(method, url)
        return contract.operation if contract else None

    def check_exchange(self, exchange: Exchange, *, links: Collection[str] = ()) -> list[Violation]:
        """Return the violations of an exchange, worst first.

        `links` are URLs that earlier responses gave, such as `next`: each may be requested as it stands.
        """
        return check_exchange(exchange, self.registry, links=links)

    def check(
        self, response: Any, *, raise_on_failure: bool = False, strict: bool = False
    ) -> list[Violation]:
        """Return the violations of a requests or httpx response, worst first.

        With `raise_on_failure`, raises ContractViolated where one of them fails: `breaking` and
        `request`, with `strict` the others too.
        """
        __tracebackhide__ = True
        exchange = exchange_of(response)
        violations = self.check_exchange(exchange)
        if raise_on_failure and (fatal := failing(violations, strict=strict)):
            context = FailureContext(
                exchange=exchange,
                contract=self.registry.contract_for(exchange.request.method, exchange.request.url),
                access=self.access,
                hint=self._hint(lambda registry: check_exchange(exchange, registry), fatal),
            )
            raise ContractViolated(violations, format_failure(fatal, context))
        return violations

    def check_body(
        self,
        operation: str,
        status: int,
        body: bytes | str,
        *,
        raise_on_failure: bool = False,
        strict: bool = False,
    ) -> list[Violation]:
        """Return the violations of a response body alone, as projects keep them for mocks.

        Raises KeyError for an operation that no contract names.
        """
        __tracebackhide__ = True
        contract = self.registry.contracts[operation]
        data = body.encode() if isinstance(body, str) else body
        violations = check_body(contract, status, data, self.registry)
        if raise_on_failure and (fatal := failing(violations, strict=strict)):
            hint = self._hint(lambda registry: check_body(contract, status, data, registry), fatal)
            context = FailureContext(contract=contract, access=self.access, hint=hint)
            raise ContractViolated(violations, format_failure(fatal, context))
        return violations

    def _hint(self, check: CheckFunction, fatal: list[Violation]) -> str:
        return access_hint(OtherAccessComparison(check, self.registry).accesses_without(fatal))


def exchange_of(response: Any) -> Exchange:
    """Return the exchange behind a requests or httpx response (their bodies are decoded already)."""
    request = response.request
    return Exchange(
        request=Request(
            method=str(request.method),
            url=str(request.url),
            headers=Headers(dict(request.headers)),
            body=_request_body(request),
        ),
        response=Response(
            status=response.status_code, headers=Headers(dict(response.headers)), body=response.content
        ),
    )


def _request_body(request: Any) -> bytes:
    """Return the body of a request; one that was streamed is read again where it can be, else empty."""
    body = getattr(request, "body", None)
    if body is None:
        try:
            body = getattr(request, "content", b"") or b""
        except RuntimeError:  # httpx: RequestNotRead
            return b""
    if hasattr(body, "read") and hasattr(body, "seek"):
        try:
            body.seek(0)
            body = body.read()
        except (OSError, ValueError):  # closed meanwhile
            return b""
    return body_bytes(body) if isinstance(body, str | bytes | bytearray) else b""
