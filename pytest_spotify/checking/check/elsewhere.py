"""What the same traffic meets under the other accesses: tells a wrong access from a wrong request.

Asked only when there is something to tell, since it judges the traffic once more for each access.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from pytest_spotify.checking.access import ACCESSES, Access
from pytest_spotify.checking.rules import Rules
from pytest_spotify.checking.violation import Violation
from pytest_spotify.checking.wording import MISSING

Judge = Callable[[Rules], Sequence[Violation]]


class Elsewhere:
    """One exchange, or one body, under the accesses that the run does not have."""

    def __init__(self, judge: Judge, rules: Rules) -> None:
        self._judge, self._rules = judge, rules

    def spared(self, violations: Sequence[Violation]) -> list[Access]:
        """Return the accesses under which there is none of the violations."""
        ours = {_key(each) for each in violations}
        return [access for access, met in self._met.items() if ours.isdisjoint(map(_key, met))]

    def absent(self) -> dict[str, list[Access]]:
        """Return the fields, as pointers, that other accesses are always sent and this one never."""
        ours = {_key(each) for each in self._judge(self._rules)}
        found: dict[str, list[Access]] = {}
        for access, met in self._met.items():
            for each in met:
                if each.kind == "breaking" and each.actual == MISSING and _key(each) not in ours:
                    found.setdefault(each.pointer, []).append(access)
        return found

    @cached_property
    def _met(self) -> dict[Access, Sequence[Violation]]:
        others = (access for access in ACCESSES if access != self._rules.access)
        return {access: self._judge(self._rules.under(access)) for access in others}


def _key(violation: Violation) -> tuple[str, str]:
    return violation.kind, violation.pointer
