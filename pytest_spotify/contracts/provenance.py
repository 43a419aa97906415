"""How well each bundled contract is proved: how many real answers it was held against, and of when.

`contracts/provenance.json` has counts and months only. `scripts/provenance.py` makes it and
docs/provenance.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.contracts.model import Contract
from pytest_spotify.formats import strict_json

FILE = "provenance.json"
NEVER = "this contract was never held against a real answer: please report"
ELSEWHERE = "this contract was held against real answers of other accesses only: please report"


@dataclass(frozen=True, slots=True, kw_only=True)
class RealAnswers:
    """The success answers of Spotify itself that fit a contract; the dates are months, as 2026-03."""

    count: int
    first: str
    last: str


@cache
def real_answers() -> Mapping[str, Mapping[Access, RealAnswers]]:
    """Return what bundled contracts were held against, by operation and access; nothing where by nothing."""
    table = strict_json.loads((bundled_contracts_dir() / FILE).read_bytes())
    return {
        operation: {access: RealAnswers(**by_access[access]) for access in ACCESSES if access in by_access}
        for operation, by_access in table.items()
    }


def doubt(contract: Contract, access: Access) -> str:
    """Return a sentence if no real answer of the access proves a bundled contract, else an empty text."""
    if not contract.source.resolve().is_relative_to(bundled_contracts_dir().resolve()):
        return ""
    proved = real_answers().get(contract.operation, {})
    if access in proved:
        return ""
    return ELSEWHERE if proved else NEVER
