"""Requests for the responses that a contract is drafted from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from pytest_spotify.access import Access
from pytest_spotify.contracts import Contract
from pytest_spotify.draft.cases import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """A path with its query, below /v1, and what the account must have for a response."""

    path: str
    needs: tuple[str, ...] = ()


def requests_of(contract: Contract, access: Access) -> Iterator[DraftRequest]:
    """Yield the requests of the cases that succeed, but those that name a value of the account."""
    for case in contract.cases.values():
        values = case.parameters.values()
        if (
            case.status < 300
            and access in case.access
            and not any(isinstance(each, Mapping) for each in values)
        ):
            yield DraftRequest(path=_path(contract, case.parameters), needs=case.needs)


def _path(contract: Contract, parameters: Mapping[str, Any]) -> str:
    path, query = contract.path, {}
    for name, value in parameters.items():
        if contract.parameters[name].where == "path":
            path = path.replace(f"{{{name}}}", quote(text_of(value), safe=""))
        else:
            query[name] = text_of(value)
    return f"{path}?{urlencode(query)}" if query else path
