"""Weak contracts: what accepts responses that Spotify never sends would not notice that it broke."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_body, check_exchange
from pytest_spotify.check.violation import worst
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.exchange import Exchange
from pytest_spotify.files import real_path
from pytest_spotify.lint.mutations import mutants

MOST_ACCEPTED = 0.05  # of the mutants of a contract's own recordings
_FEWEST_ACCEPTED = 3  # one or two are properties that may be missing
_MOST_BODIES = 4
_MUTANTS_OF_A_BODY = 40
_ERROR = b'{"error": {"status": 404, "message": "Resource not found"}}'


def weaknesses(contract: Contract, registry: ContractRegistry, cassettes: Path) -> Iterator[tuple[str, str]]:
    """Yield the pointer and the message of each weakness, under the access of the registry.

    `cassettes` is the folder in which the cases of contracts are recorded.
    """
    if registry.availability(contract).status == "removed":
        return
    accepts_anything = False
    for status, rule in contract.responses.items():
        if rule.body != "json" or status >= 300 or rule.by_parameter:
            continue
        for body, what in (
            (b"{}", "{}, which says nothing"),
            (_ERROR, f"an error object with status {status}"),
        ):
            if worst(check_body(contract, status, body, registry)) != "breaking":
                yield f"/responses/{status}/schema", f"weak: it accepts {what}; say what is `required`"
                accepts_anything = True
                break
    if not accepts_anything:
        yield from _accepted_mutants(registry, recorded_exchanges(contract, registry.access, cassettes))


def recorded_exchanges(contract: Contract, access: Access, cassettes: Path) -> list[Exchange]:
    """Return the exchanges of a contract's own cases that are recorded under an access."""
    folder = cassettes / access / real_path(contract.source).parent.name / contract.operation
    exchanges: list[Exchange] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            exchanges += load(path).exchanges
        except SpotifyTestError:
            continue  # a run says what is wrong with it
    return exchanges


def _accepted_mutants(registry: ContractRegistry, exchanges: Sequence[Exchange]) -> Iterator[tuple[str, str]]:
    answers = [(exchange, body) for exchange in exchanges for body in _success_body(exchange)][:_MOST_BODIES]
    tried: set[tuple[str, str]] = set()

    def is_wanted(place: str, fault: str) -> bool:
        # Null is left out: where a contract accepts it, it says so.
        return fault != "null" and (place, fault) not in tried

    accepted = []
    bodies = [body for _, body in answers]
    for number, mutant in mutants(bodies, wanted=is_wanted, each=_MUTANTS_OF_A_BODY):
        tried.add((mutant.place, mutant.fault))
        exchange = answers[number][0]
        response = replace(exchange.response, body=json.dumps(mutant.body).encode())
        if worst(check_exchange(replace(exchange, response=response), registry)) != "breaking":
            accepted.append(f"{mutant.place} {mutant.fault}")
    if len(accepted) >= _FEWEST_ACCEPTED and len(accepted) > MOST_ACCEPTED * len(tried):
        message = (
            f"weak: it accepts {len(accepted)} of {len(tried)} broken copies of its own recordings "
            f"({registry.access}), such as: {', '.join(accepted[:4])}"
        )
        yield "/responses", message


def _success_body(exchange: Exchange) -> list[Any]:
    """Return the JSON body of a success response in a list, else none."""
    response = exchange.response
    if not 200 <= response.status < 300 or "json" not in response.headers.get("Content-Type"):
        return []
    try:
        return [json.loads(response.body)]
    except ValueError:
        return []


def weaknesses_of_all_accesses(
    contract: Contract, registry: ContractRegistry, cassettes: Path
) -> dict[str, str]:
    """Return the message by pointer of each weakness, of the first access that has it."""
    found: dict[str, str] = {}
    for access in ACCESSES:
        for pointer, message in weaknesses(contract, registry.for_access(access), cassettes):
            found.setdefault(pointer, message)
    return found
