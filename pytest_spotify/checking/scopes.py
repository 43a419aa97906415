"""Which scopes contracts need of a user's token, and what for."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_spotify.access import Access
from pytest_spotify.checking.contract import Contract


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
