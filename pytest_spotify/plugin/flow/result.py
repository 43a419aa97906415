"""The result of one Spotify item, in plain values that travel from xdist workers to the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Literal

import pytest

from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import Contract

Kind = Literal["case", "unauthenticated", "refused", "marked", "body"]


@dataclass(slots=True, kw_only=True)
class ItemResult:
    """The findings of one item. Filled while it runs, added to its last report."""

    kind: Kind
    outcome: str = ""  # pytest's: passed, failed, skipped
    succeeded_operations: list[str] = field(default_factory=list)  # with a success response that was checked
    deprecated: list[str] = field(default_factory=list)
    unknown_to_contract: list[str] = field(default_factory=list)  # additive and unknown, a line each
    allowed: list[str] = field(default_factory=list)  # violations that a mark allows, a line each
    unused_allowances: list[str] = field(default_factory=list)
    drift: list[str] = field(default_factory=list)
    unused_interactions: list[str] = field(default_factory=list)
    stale_cassettes: list[str] = field(default_factory=list)
    edited_cassettes: list[str] = field(default_factory=list)  # by hand
    target: str = ""
    recorded_at: str = ""
    failed_status: int = 0  # of the first response that violates its contract
    failure_category: str = ""
    skip_reason: str = ""
    xfailed: bool = False  # by the item's own fault
    lacks_recording: bool = False  # replay had no response to a request
    xfailed_without_recording: bool = False

    @property
    def is_recordable(self) -> bool:
        """Return True if the item ended as it should, so that its exchanges may be written."""
        return self.outcome == "passed" or self.xfailed

    def set_provenance(self, provenance: Mapping[str, Any]) -> None:
        """Note the target and the time of a replayed cassette."""
        self.target = str(provenance.get("target", ""))
        self.recorded_at = str(provenance.get("recorded_at", ""))

    def add_checked(
        self,
        contract: Contract | None,
        status: int,
        violations: Sequence[Violation],
        *,
        failed: bool,
        deprecated: bool,
    ) -> None:
        """Note a response that was checked, with its status; a body of a file has none of its own: 0."""
        operation = contract.operation if contract else "(no contract)"
        for violation in violations:
            if violation.kind in ("additive", "unknown"):
                line = f"{operation}  {violation.pointer or '(root)'}  {violation.message}"
                self.unknown_to_contract.append(line)
        if failed:
            self.failed_status = self.failed_status or status
        if contract and self.kind in ("case", "marked") and status < 300:
            self.succeeded_operations.append(operation)
        if contract and self.kind == "marked" and deprecated:
            self.deprecated.append(f"{operation}  {contract.title}")

    def to_report(self) -> dict[str, Any]:
        """Return plain values, which travel as JSON."""
        return dict(zip(self.__slots__, attrgetter(*self.__slots__)(self), strict=True))


ITEM_RESULT: pytest.StashKey[ItemResult] = pytest.StashKey()
