"""What the same traffic meets under the other accesses: tells a wrong access from a wrong request.

Asked only when there is something to tell, since it judges the traffic once more for each access.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.messages import MISSING
from pytest_spotify.contracts.registry import ContractRegistry

CheckFunction = Callable[[ContractRegistry], Sequence[Violation]]


class OtherAccessComparison:
    """One exchange, or one body, under the accesses that the run does not have."""

    def __init__(self, check: CheckFunction, registry: ContractRegistry) -> None:
        self._check, self._registry = check, registry

    def accesses_without(self, violations: Sequence[Violation]) -> list[Access]:
        """Return the accesses under which there is none of the violations."""
        ours = {_key(each) for each in violations}
        return [
            access for access, met in self._violations_by_access.items() if ours.isdisjoint(map(_key, met))
        ]

    def fields_missing_here(self) -> dict[str, list[Access]]:
        """Return the fields, as pointers, that other accesses are always sent and this one never."""
        ours = {_key(each) for each in self._check(self._registry)}
        found: dict[str, list[Access]] = {}
        for access, met in self._violations_by_access.items():
            for each in met:
                if each.kind == "breaking" and each.actual == MISSING and _key(each) not in ours:
                    found.setdefault(each.pointer, []).append(access)
        return found

    @cached_property
    def _violations_by_access(self) -> dict[Access, Sequence[Violation]]:
        others = (access for access in ACCESSES if access != self._registry.access)
        return {access: self._check(self._registry.for_access(access)) for access in others}


def _key(violation: Violation) -> tuple[str, str]:
    return violation.kind, violation.pointer
