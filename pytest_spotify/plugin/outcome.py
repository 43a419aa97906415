"""What one test learned about the API, in plain values that travel from xdist workers to the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pytest

from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.model import Contract
from pytest_spotify.exchange import Exchange
from pytest_spotify.plugin.cases import BAD_TOKEN, BASIC_SCHEME, NO_TOKEN, REFUSED, PlannedCase

Kind = Literal["case", "unauthenticated", "refused", "marked", "body"]

_KINDS: dict[str, Kind] = {
    NO_TOKEN: "unauthenticated",
    BAD_TOKEN: "unauthenticated",
    BASIC_SCHEME: "unauthenticated",
    REFUSED: "refused",
}
_LEARNED = ("answered", "deprecated", "told", "allowed", "needless", "drift", "unused", "aged", "edited")


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Filled while a test runs. `answered` names operations whose success answer was checked."""

    kind: Kind
    verdict: str = ""  # of pytest: passed, failed, skipped
    answered: list[str] = field(default_factory=list)
    deprecated: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)  # additive and unknown, a line each
    allowed: list[str] = field(default_factory=list)  # known faults that were met, a line each
    needless: list[str] = field(default_factory=list)  # known faults that were not
    drift: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)  # recorded requests that were not sent, a line a test
    aged: list[str] = field(default_factory=list)  # the recording, where it is too old
    edited: list[str] = field(default_factory=list)  # the cassette, if it was edited by hand
    target: str = ""
    recorded_at: str = ""
    failed_status: int = 0  # of the first answer that does not fit
    cause: str = ""  # of a failure
    skipped: str = ""  # why
    taken: bool = False

    @classmethod
    def of_case(cls, case: PlannedCase) -> Outcome:
        """Return the outcome of a contract's case, to be filled."""
        return cls(kind=_KINDS.get(case.name, "case"))

    def recorded(self, provenance: Mapping[str, Any]) -> None:
        """Note where a replayed recording comes from."""
        self.target = str(provenance.get("target", ""))
        self.recorded_at = str(provenance.get("recorded_at", ""))

    def judged(
        self,
        contract: Contract | None,
        exchange: Exchange,
        violations: Sequence[Violation],
        *,
        failed: bool,
        deprecated: bool = False,
    ) -> None:
        """Note an exchange that was judged."""
        operation = contract.operation if contract else "(no contract)"
        self.tell(operation, [each for each in violations if each.kind in ("additive", "unknown")])
        if failed:
            self.failed_status = self.failed_status or exchange.response.status
        if contract and self.kind in ("case", "marked") and exchange.response.status < 300:
            self.answered.append(operation)
        if contract and deprecated:
            self.deprecated.append(f"{operation}  {contract.title}")

    def tell(self, operation: str, violations: Iterable[Violation]) -> None:
        """Note violations for the summary, a line each."""
        self.told += [f"{operation}  {each.pointer or '(root)'}  {each.message}" for each in violations]

    @property
    def has_news(self) -> bool:
        """Say whether something was learned that `take` has not told yet."""
        return any(getattr(self, name) for name in _LEARNED)

    def take(self) -> dict[str, Any]:
        """Return plain values, which travel as JSON. What was learned is told once, in whichever phase."""
        data = asdict(self)
        if self.taken:
            data["target"] = ""  # the recording is counted already
        self.taken = True
        for name in _LEARNED:
            setattr(self, name, [])
        return data


OUTCOME: pytest.StashKey[Outcome] = pytest.StashKey()
