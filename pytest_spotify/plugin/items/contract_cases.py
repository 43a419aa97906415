"""The cases of a contract under an access: the request, its authorization, and the expected status.

Beside its own cases every contract has two for a request without a valid token, one has a third for another
scheme than Bearer, and a GET that was removed for the access has one that notices when it comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pytest_spotify.access import Access
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import Contract
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request
from pytest_spotify.plugin.flow import Kind, Preconditions
from pytest_spotify.redaction import MASK

AuthKind = Literal["user", "app", "invalid-token", "basic", "none"]
NO_TOKEN, BAD_TOKEN, REMOVED_CASE, BASIC_SCHEME = "no-token", "bad-token", "refused", "basic-scheme"
# Refused before anybody looks at the path, so one operation that every access has speaks for all.
_BASIC_AUTH_OPERATION = "get-current-users-profile"
_ABSENT_ID = "0" * 22


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractCase:
    """One request of a contract. `parameters` may name values of the account, as `{"account": NAME}`.

    `auth` is what the request carries: a user's token, the app's, an invalid one, Basic, or nothing.
    """

    contract: Contract
    name: str
    parameters: Mapping[str, Any]
    auth: AuthKind
    statuses: tuple[int, ...]
    needs: tuple[str, ...] = ()
    kind: Kind = "case"

    @property
    def account_values(self) -> list[str]:
        """Return the names of the account's values that the request needs."""
        values = (value for value in self.parameters.values() if isinstance(value, Mapping))
        return sorted({value["account"] for value in values})

    def url(self, account_value: Callable[[str], str]) -> str:
        """Return the URL at Spotify's own address; `account_value` returns the account's values by name."""
        path, query = self.contract.path, {}
        for name, value in self.parameters.items():
            text = _text(account_value(value["account"]) if isinstance(value, Mapping) else value)
            if f"{{{name}}}" in path:
                path = path.replace(f"{{{name}}}", quote(text, safe=""))
            elif name in self.contract.parameters:
                query[name] = text
        return f"{API_URL}{path}{'?' + urlencode(query, safe=',:') if query else ''}"

    @property
    def preconditions(self) -> Preconditions:
        """Return the preconditions of the request in a live run."""
        user = self.auth == "user" or bool(self.needs or self.account_values)
        return Preconditions(needs=self.needs, user=user, reset=True)

    def request(self, account_value: Callable[[str], str], *, authorized: bool = True) -> Request:
        """Return the request as a cassette has it: only the scheme of its authorization is left."""
        headers = [("Accept", "application/json"), ("User-Agent", "pytest-spotify")]
        if authorized and self.auth != "none":
            headers.append(("Authorization", f"{'Basic' if self.auth == 'basic' else 'Bearer'} {MASK}"))
        return Request(method=self.contract.method, url=self.url(account_value), headers=Headers(headers))

    def filter_violations(self, exchange: Exchange, violations: list[Violation]) -> list[Violation]:
        """Return a wrong status alone, else the violations that this case does not provoke itself."""
        status = exchange.response.status
        if status not in self.statuses:
            return [self._wrong_status(exchange, violations)]
        if self.name == REMOVED_CASE:
            return []
        if status >= 400:
            violations = [violation for violation in violations if violation.kind != "request"]
            if self.auth in ("none", "invalid-token"):
                violations += _check_challenge(exchange)
        return violations

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
        yield ContractCase(
            contract=contract,
            name=name,
            parameters=sample,
            auth=auth,
            statuses=(status,),
            kind="unauthenticated",
        )
    if contract.access[access].status == "removed":
        if contract.method == "GET":
            yield ContractCase(
                contract=contract,
                name=REMOVED_CASE,
                parameters=sample,
                auth=contract.token,
                statuses=(403, 404),
                kind="refused",
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


def _check_challenge(exchange: Exchange) -> list[Violation]:
    """Return a violation if a refusal for want of a token lacks its challenge (RFC 6750 section 3)."""
    challenge = exchange.response.headers.get("WWW-Authenticate")
    if challenge.lower().startswith("bearer"):
        return []
    expected, actual = "a Bearer challenge in WWW-Authenticate", challenge.partition(" ")[0] or "none"
    return [Violation(kind="breaking", pointer="", expected=expected, actual=actual)]


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
