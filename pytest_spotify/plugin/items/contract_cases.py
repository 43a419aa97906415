"""The cases that a contract makes under an access: what to send, with which token, and what to expect.

Beside its own cases every contract has two for a request without authorization, one has a third for
another scheme than Bearer, and a GET that the access no longer has is asked once, to notice when it comes
back. Sends nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pytest_spotify.access import Access
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.model import Contract
from pytest_spotify.exchange import API_URL, Exchange

AuthKind = Literal["user", "app", "invalid-token", "basic", "none"]
NO_TOKEN, BAD_TOKEN, REMOVED_CASE, BASIC_SCHEME = "no-token", "bad-token", "refused", "basic-scheme"
# Refused before anybody looks at the path, so one operation that every access has speaks for all.
_BASIC_AUTH_OPERATION = "get-current-users-profile"
_ABSENT_ID = "0" * 22


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCase:
    """One request of a contract. `parameters` may name values of the account, as `{"account": NAME}`."""

    contract: Contract
    name: str
    parameters: Mapping[str, Any]
    auth: AuthKind
    statuses: tuple[int, ...]
    needs: tuple[str, ...] = ()

    @property
    def account_values(self) -> list[str]:
        """Return the names of the account's values that the request needs."""
        values = (value for value in self.parameters.values() if isinstance(value, Mapping))
        return sorted({value["account"] for value in values})

    def url(self, account: Callable[[str], str]) -> str:
        """Return the URL at Spotify's own address; `account` gives the account's values by name."""
        values = {
            name: _text(account(value["account"]) if isinstance(value, Mapping) else value)
            for name, value in self.parameters.items()
        }
        path = re.sub(
            r"\{([a-z_]+)\}", lambda match: quote(values.pop(match[1]), safe=""), self.contract.path
        )
        query = {name: value for name, value in values.items() if name in self.contract.parameters}
        return f"{API_URL}{path}{'?' + urlencode(query, safe=',:') if query else ''}"

    def filter_violations(self, exchange: Exchange, violations: list[Violation]) -> list[Violation]:
        """Return what fails: a wrong status alone, else the violations that this case does not provoke."""
        status = exchange.response.status
        if status not in self.statuses:
            return [self._wrong_status(exchange, violations)]
        if self.name == REMOVED_CASE:
            return []
        found = [violation for violation in violations if not (status >= 400 and violation.kind == "request")]
        return found + list(self._unauthenticated(exchange))

    def _wrong_status(self, exchange: Exchange, violations: list[Violation]) -> Violation:
        expected = f"status {' or '.join(map(str, self.statuses))}"
        actual = str(exchange.response.status)
        if self.name == REMOVED_CASE and exchange.response.status < 300:
            actual += (
                ": Spotify brought the operation back, or the app has another access than this run says"
                " (--spotify-access)"
            )
        reasons = [violation.message for violation in violations if violation.kind == "request"]
        if reasons and self.name != REMOVED_CASE:
            actual += f" ({reasons[0]})"
        return Violation(kind="breaking", pointer="", expected=expected, actual=actual)

    def _unauthenticated(self, exchange: Exchange) -> Iterator[Violation]:
        """Yield what is wrong with a refusal for want of a token (RFC 6750 section 3)."""
        if self.auth not in ("none", "invalid-token"):
            return
        challenge = exchange.response.headers.get("WWW-Authenticate")
        if not challenge.lower().startswith("bearer"):
            yield Violation(
                kind="breaking",
                pointer="",
                expected="a Bearer challenge in WWW-Authenticate",
                actual=challenge.partition(" ")[0] or "none",
            )


def expand_cases(contract: Contract, access: Access) -> Iterator[ContractCase]:
    """Yield the cases of a contract under an access, in the order they run."""
    sample = _sample_parameters(contract)
    unauthenticated: list[tuple[str, AuthKind, int]] = [
        (NO_TOKEN, "none", 401),
        (BAD_TOKEN, "invalid-token", 401),
    ]
    if contract.operation == _BASIC_AUTH_OPERATION:
        # 400 where the scheme is not Bearer (spotipy-dev/spotipy#687, JohnnyCrazy/SpotifyAPI-NET#200).
        unauthenticated.append((BASIC_SCHEME, "basic", 400))
    for name, auth, status in unauthenticated:
        yield ContractCase(contract=contract, name=name, parameters=sample, auth=auth, statuses=(status,))
    if contract.access[access].status == "removed":
        if contract.method == "GET":
            yield ContractCase(
                contract=contract,
                name=REMOVED_CASE,
                parameters=sample,
                auth=contract.token,
                statuses=(403, 404),
            )
        return
    for case in contract.cases.values():
        if access in case.access:
            yield ContractCase(
                contract=contract,
                name=case.name,
                parameters=case.parameters,
                auth=case.token or contract.token,
                statuses=(case.status,),
                needs=case.needs,
            )


def _sample_parameters(contract: Contract) -> dict[str, Any]:
    """Return parameters for a request that is refused before anybody reads them."""
    for case in contract.cases.values():
        if case.status < 300 and not any(isinstance(value, Mapping) for value in case.parameters.values()):
            return dict(case.parameters)
    return {
        name: next(iter(parameter.schema.get("enum", ())), _ABSENT_ID)
        for name, parameter in contract.parameters.items()
        if parameter.where == "path"
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
