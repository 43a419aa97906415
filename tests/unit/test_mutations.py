"""Broken answers are found: whatever is recorded, a copy with one fault in it is `breaking`.

Every recorded success answer takes part, of the contracts' own cassettes and of those of marked tests, so a
new cassette or contract is held to the bars in `tests/support/mutations.py` without a line here.
"""

import dataclasses
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_exchange
from pytest_spotify.check.violation import worst
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import Exchange
from tests.support import contradictions, mutations

ROOT = Path(__file__).parents[2]
RECORDED: list[Access] = ["development", "extended"]
MUTANTS_OF_A_BODY = 4
MORE_MUTANTS_OF_A_BODY = 40
CONTRADICTIONS_OF_A_BODY = 4
ADDED_FIELDS_OF_A_BODY = 3

accesses = pytest.mark.parametrize("access", RECORDED)
mutants_of_a_body = pytest.mark.parametrize(
    "each", [MUTANTS_OF_A_BODY, pytest.param(MORE_MUTANTS_OF_A_BODY, marks=pytest.mark.slow)]
)
# The reference engine is slow: it is given one in so many of the cassettes, and of the mutants.
one_in = pytest.mark.parametrize(
    ("one_in", "each", "of_mutants"),
    [(40, MUTANTS_OF_A_BODY, 61), pytest.param(1, MORE_MUTANTS_OF_A_BODY, 16, marks=pytest.mark.slow)],
)


@dataclass
class Result:
    """What came of one contract's mutants."""

    tried: int = 0
    escaped: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        return 1 - len(self.escaped) / self.tried if self.tried else 1.0


@cache
def cassettes(access: Access) -> Sequence[Exchange]:
    paths = [*(ROOT / "cassettes" / access).rglob("*.yaml")]
    paths += (ROOT / "tests").glob(f"**/cassettes/{access}/**/*.spotify.yaml")
    return [exchange for path in sorted(paths) for exchange in load(path).exchanges]


@cache
def answers(access: Access) -> dict[str, list[tuple[Exchange, Any]]]:
    """Return the recorded success answers with a body, by operation."""
    found = defaultdict(list)
    for exchange in cassettes(access):
        routed = bundled(access).route(exchange.request.method, exchange.request.url)
        if routed and 200 <= exchange.response.status < 300 and exchange.response.body.strip():
            found[routed[0].operation].append((exchange, json.loads(exchange.response.body)))
    return found


def answered(exchange: Exchange, body: Any) -> Exchange:
    """Return an exchange with another body of the response."""
    response = dataclasses.replace(exchange.response, body=mutations.as_bytes(body))
    return dataclasses.replace(exchange, response=response)


def by_fields(recorded: list[tuple[Exchange, Any]]) -> list[list[tuple[Exchange, Any]]]:
    """Group answers by the `fields` that were asked for: what is always present is read off those alike."""
    found = defaultdict(list)
    for exchange, body in recorded:
        asked = dict(parse_qsl(urlsplit(exchange.request.url).query))
        found[asked.get("fields")].append((exchange, body))
    return list(found.values())


# An answer, and a broken copy of its body: written as bytes where it is checked.
Broken = tuple[Exchange, mutations.Mutant]


@cache
def mutants(
    access: Access, operation: str, *, each: int | None = None, excused: bool = False
) -> Sequence[Broken]:
    """Return mutants of the answers of an operation, `each` of a body; or all that LAWFUL excuses."""

    def wanted(place: str, fault: str) -> bool:
        return (mutations.excuse(access, operation, place, fault) is not None) == excused

    return [
        (alike[number][0], mutant)
        for alike in by_fields(answers(access)[operation])
        for number, mutant in mutations.mutants([body for _, body in alike], wanted=wanted, each=each)
    ]


@cache
def results(access: Access, each: int) -> dict[str, Result]:
    results: dict[str, Result] = {}
    for operation in answers(access):
        result = results[operation] = Result()
        for exchange, mutant in mutants(access, operation, each=each):
            result.tried += 1
            if kind(access, exchange, mutant) != "breaking":
                result.escaped.append(f"{operation} {mutant.place}: {mutant.fault}")
    return results


def kind(access: Access, exchange: Exchange, mutant: mutations.Mutant) -> str | None:
    """Return what a broken answer is taken for."""
    return worst(check_exchange(answered(exchange, mutant.body), bundled(access)))


def told(result: Result) -> str:
    lines = [f"\n{len(result.escaped)} of {result.tried} escaped", *sorted(set(result.escaped))]
    return "\n  ".join(lines)


@accesses
def test_recorded_answers_keep_their_contracts(access: Access):
    """No recorded exchange of ours is `breaking`, so what follows is the fault's doing."""
    broken = [
        (exchange.request.url, violation.pointer, violation.message)
        for exchange in cassettes(access)
        for violation in check_exchange(exchange, bundled(access))
        if violation.kind == "breaking"
    ]
    assert broken == []


@accesses
def test_every_operation_with_a_body_has_a_recorded_answer(access: Access):
    """A contract whose success answer nobody recorded would hold against no mutant."""
    registry = bundled(access)
    expected = {
        contract.operation
        for contract in registry.contracts.values()
        if registry.availability(contract).status != "removed"
        and contract.method == "GET"
        and any(200 <= status < 300 and [*rule.schemas()] for status, rule in contract.responses.items())
    }
    assert expected - answers(access).keys() == set()


@cache
def self_contradicting(access: Access, operation: str, each: int | None) -> Sequence[Broken]:
    """Return the answers of an operation with one contradiction in each."""
    found = []
    for number, (exchange, body) in enumerate(answers(access)[operation]):
        query = dict(parse_qsl(urlsplit(exchange.request.url).query))
        made = contradictions.contradictions(body, selected="fields" in query, each=each, seed=number)
        found += [(exchange, mutant) for mutant in made]
    return found


def contradiction_results(access: Access, each: int | None) -> dict[str, Result]:
    """Return what came of the contradictions, by kind."""
    results: dict[str, Result] = defaultdict(Result)
    for operation in answers(access):
        for exchange, mutant in self_contradicting(access, operation, each):
            result = results[mutant.fault]
            result.tried += 1
            if kind(access, exchange, mutant) != "breaking":
                result.escaped.append(f"{operation} {mutant.place}: {mutant.fault}")
    return results


def hold_contradictions(access: Access, each: int | None) -> None:
    results, whole = contradiction_results(access, each), Result()
    for result in results.values():
        whole.tried += result.tried
        whole.escaped += result.escaped
    low = [kind for kind, result in results.items() if result.share < mutations.EACH_CONTRACT]
    assert len(results) >= mutations.KINDS_OF_CONTRADICTION
    assert whole.share >= mutations.OVER_ALL, told(whole)
    assert not low, told(whole)


@accesses
def test_contradictions_are_breaking(access: Access):
    """Of a sample of answers that contradict themselves nearly all are found, and of each kind most."""
    hold_contradictions(access, CONTRADICTIONS_OF_A_BODY)


@pytest.mark.slow
@accesses
def test_every_contradiction_is_breaking(access: Access):
    """Of all answers that contradict themselves nearly all are found, and of each kind most."""
    hold_contradictions(access, None)


@accesses
@mutants_of_a_body
def test_broken_answers_are_breaking_over_all(access: Access, each: int):
    """Of all mutants nearly every one is found."""
    whole = Result()
    for result in results(access, each).values():
        whole.tried += result.tried
        whole.escaped += result.escaped
    assert whole.tried > 60 * each
    assert whole.share >= mutations.OVER_ALL, told(whole)


@accesses
@mutants_of_a_body
def test_broken_answers_are_breaking_for_each_contract(access: Access, each: int):
    """No contract hides behind the others."""
    low = [result for result in results(access, each).values() if result.share < mutations.EACH_CONTRACT]
    assert not low, "".join(map(told, low))


def test_what_is_excused_is_lawful_and_needed():
    """An excuse covers something, and nothing that the contracts find: it is as narrow as its source."""
    needed, found = set(), []
    for access in RECORDED:
        for operation in answers(access):
            for exchange, mutant in mutants(access, operation, excused=True):
                needed.add(mutations.excuse(access, operation, mutant.place, mutant.fault))
                if kind(access, exchange, mutant) == "breaking":
                    found.append(f"{access} {operation} {mutant.place} {mutant.fault}")
    assert found == []
    assert mutations.LAWFUL.keys() - needed == set()


@accesses
def test_an_added_field_is_additive(access: Access):
    """A field that nobody knows is reported, wherever it stands, and breaks nothing."""
    checked = 0
    for operation, recorded in answers(access).items():
        for exchange, body in recorded:
            before = check_exchange(exchange, bundled(access))
            for made in mutations.with_added_fields(body, ADDED_FIELDS_OF_A_BODY):
                after = check_exchange(answered(exchange, made), bundled(access))
                assert worst([each for each in after if each not in before]) == "additive", operation
                checked += 1
    assert checked


@accesses
@one_in
def test_both_engines_say_the_same(access: Access, one_in: int, each: int, of_mutants: int):
    """The reference engine finds the same violations, in the long run in every cassette, and in mutants."""
    fast, reference = bundled(access, "jsonschema-rs"), bundled(access, "jsonschema")
    broken = [
        made
        for operation in answers(access)
        for made in (
            *mutants(access, operation, each=each),
            *self_contradicting(access, operation, each),
        )
    ]
    sample = [answered(exchange, mutant.body) for exchange, mutant in broken[::of_mutants]]
    different = [
        exchange.request.url
        for exchange in [*cassettes(access)[::one_in], *sample]
        if check_exchange(exchange, fast) != check_exchange(exchange, reference)
    ]
    assert different == []
