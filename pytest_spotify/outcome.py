"""What one test learned about the API, in plain values that travel from xdist workers to the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from pytest_spotify.cases import BAD_TOKEN, NO_TOKEN, REFUSED, PlannedCase
from pytest_spotify.errors import AuthorizationError, ServiceError
from pytest_spotify.exchange import Exchange
from pytest_spotify.violation import Violation


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Filled while a test runs. `answered` names operations whose success answer was checked."""

    operations: list[str] = field(default_factory=list)
    kind: str = "case"  # case, unauthenticated, refused
    answered: list[str] = field(default_factory=list)
    deprecated: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # additive and unknown, a line each
    drift: list[str] = field(default_factory=list)
    target: str = ""
    recorded_at: str = ""
    cause: str = ""  # of a failure: contract, credentials, service
    requests: int = 0
    authorized_requests: int = 0

    @classmethod
    def of_case(cls, case: PlannedCase) -> Outcome:
        """Return the outcome of a contract's case, to be filled."""
        kinds = {NO_TOKEN: "unauthenticated", BAD_TOKEN: "unauthenticated", REFUSED: "refused"}
        return cls(operations=[case.contract.operation], kind=kinds.get(case.name, "case"))

    def recorded(self, provenance: Mapping[str, Any]) -> None:
        """Note where a replayed recording comes from."""
        self.target = str(provenance.get("target", ""))
        self.recorded_at = str(provenance.get("recorded_at", ""))

    def judged(self, exchange: Exchange, violations: Sequence[Violation]) -> None:
        """Note a judged exchange of the first operation."""
        self.told += [
            f"{self.operations[0]}  {violation.pointer or '(root)'}  {violation.message}"
            for violation in violations
            if violation.kind in ("additive", "unknown")
        ]
        if self.kind == "case" and exchange.response.status < 300:
            self.answered = list(self.operations)

    def failed_by(self, error: BaseException) -> None:
        """Note whether the contract, the credentials or the service is to blame."""
        if isinstance(error, AuthorizationError):
            self.cause = "credentials"
        elif isinstance(error, ServiceError):
            self.cause = "service"
        else:
            self.cause = "contract"

    def as_data(self) -> dict[str, Any]:
        """Return plain values: they travel as JSON."""
        return asdict(self)


OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()
