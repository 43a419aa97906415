"""Unknown fields of an exchange that the contracts do know: only apps of another access are sent them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_spotify.check import CheckFunction, OtherAccessComparison
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.messages import UNEXPECTED
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.report import generalize_indexes


class KnownFields:
    """What is known of fields, looked up once an operation: a check for every access takes time."""

    def __init__(self, registry: ContractRegistry) -> None:
        self._registry = registry
        self._sentences: dict[tuple[str | None, str], str] = {}

    def explain(
        self, operation: str | None, violations: Sequence[Violation], check: CheckFunction
    ) -> list[Violation]:
        """Return the violations; of a field that only other accesses are sent, the text says so.

        `check` checks the exchange again, with the contracts that it is given.
        """
        other_access = OtherAccessComparison(check, self._registry)
        explained = []
        for each in violations:
            if each.kind == "additive" and each.sentence.startswith(UNEXPECTED):
                key = operation, generalize_indexes(each.pointer)
                if key not in self._sentences:
                    (known,) = other_access.explain_known_fields([each])
                    self._sentences[key] = "" if known is each else known.sentence
                explained.append(replace(each, sentence=self._sentences[key] or each.sentence))
            else:
                explained.append(each)
        return explained
