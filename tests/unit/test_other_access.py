"""What the same traffic meets under the other accesses, and requests checked without an answer."""

from pathlib import Path

import pytest

from pytest_spotify.check import OtherAccessComparison, check_exchange, check_request
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.exchange import Exchange, Request
from tests.support.contract_files import EVERYWHERE, contract, exchange, registry

GOOD = {"id": "abc", "kind": "red"}
GONE = {"status": "removed", "since": "2026-02-11", "replaced_by": "GET /stuff/{id}"}


def elsewhere(made: Exchange, under: ContractRegistry) -> OtherAccessComparison:
    return OtherAccessComparison(lambda each: check_exchange(made, each), under)


def test_a_field_that_one_access_has(tmp_path: Path) -> None:
    """Too much under development, it is none under extended; too little the other way round."""
    ranked = contract(
        responses={
            "200": {
                "body": "json",
                "schema": {
                    "type": "object",
                    "required": ["id", "rank"],
                    "properties": {"id": {"type": "string"}, "rank": {"x-access": ["extended"]}},
                },
            }
        }
    )
    development = registry(tmp_path, ranked)
    more, less = exchange(body={"id": "abc", "rank": 1}), exchange(body={"id": "abc"})

    assert elsewhere(more, development).accesses_without(check_exchange(more, development)) == ["extended"]
    assert elsewhere(less, development).fields_missing_here() == {"/rank": ["extended"]}
    assert elsewhere(more, development).fields_missing_here() == {}
    extended = development.for_access("extended")
    assert elsewhere(less, extended).accesses_without(check_exchange(less, extended)) == [
        "development",
        "development-older",
    ]


def test_what_is_wrong_under_every_access(tmp_path: Path) -> None:
    """Nothing spares a fault that they all share, alone or beside another."""
    both = contract(access={**EVERYWHERE, "development": GONE})
    development = registry(tmp_path, both)
    wrong = exchange("/things/ABC", body=GOOD)

    violations = check_exchange(wrong, development)

    assert [each.pointer for each in violations] == ["", "/path/id"]
    assert elsewhere(wrong, development).accesses_without(violations) == []
    assert elsewhere(wrong, development).accesses_without(violations[:1]) == ["development-older", "extended"]


def test_the_same_contracts_under_another_access(tmp_path: Path) -> None:
    """They are made once, and the own access is the rules themselves."""
    development = registry(tmp_path, contract())

    assert development.for_access("development") is development
    assert development.for_access("extended") is development.for_access("extended")
    assert development.for_access("extended").access == "extended"


@pytest.mark.parametrize(
    ("url", "links", "pointers"),
    [
        ("/things/abc?limit=50", [], []),
        ("/things/abc?limit=51", [], ["/query/limit"]),
        ("/things/abc?limit=51", ["/things/abc?limit=51"], []),
        ("/things/abc?color=red", [], ["/query/color"]),
        ("/nowhere", [], [""]),
    ],
)
def test_a_request_that_was_not_answered(
    tmp_path: Path, url: str, links: list[str], pointers: list[str]
) -> None:
    """Its own side is checked as if it had been; links that Spotify made are lawful."""
    base = "https://api.spotify.com/v1"
    asked = Request(method="GET", url=base + url)

    found = check_request(asked, registry(tmp_path, contract()), links=[base + link for link in links])

    assert [each.pointer for each in found] == pointers


@pytest.mark.parametrize(
    ("needed", "granted", "fits"),
    [
        ({}, [], True),
        ({"all_of": ["a", "b"]}, ["a", "b", "c"], True),
        ({"all_of": ["a", "b"]}, ["a"], False),
        ({"any_of": ["a", "b"]}, ["b"], True),
        ({"any_of": ["a", "b"]}, ["c"], False),
        ({"all_of": ["c"], "any_of": ["a", "b"]}, ["a"], False),
        ({"optional": ["a"]}, [], True),
    ],
)
def test_scopes(tmp_path: Path, needed: dict[str, list[str]], granted: list[str], fits: bool) -> None:
    """Every one of `all_of`, and one of `any_of`; unknown scopes are not asked about."""
    scoped = registry(tmp_path, contract(scopes=needed))
    good = exchange(body=GOOD)

    assert (check_exchange(good, scoped, scopes=granted) == []) is fits
    assert (check_request(good.request, scoped, scopes=granted) == []) is fits
    assert check_exchange(good, scoped) == []


def test_a_body_of_a_removed_operation_is_judged_where_it_is_not(tmp_path: Path) -> None:
    """Development only says that it is removed; the other accesses look into the answer."""
    removed = contract(access={**EVERYWHERE, "development": GONE})
    made = exchange(body={"id": 5})
    development = registry(tmp_path, removed)

    assert [each.kind for each in check_exchange(made, development)] == ["request"]
    assert {each.kind for each in check_exchange(made, development.for_access("extended"))} == {"breaking"}
