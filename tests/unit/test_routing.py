"""From method and URL to operation."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_spotify.check import check_exchange
from pytest_spotify.check.request import parse_parameter
from pytest_spotify.exchange import API_URL
from tests.support.contract_files import contract, exchange, registry

ID = {"id": {"in": "path", "schema": {"type": "string"}}}
MADE = [
    contract(operation="get-kind", path="/me/{id}", parameters=ID, cases=None),
    contract(operation="contains", path="/me/library/contains", parameters={}, cases=None),
    contract(operation="kind-contains", path="/me/{id}/contains", parameters=ID, cases=None),
    contract(operation="library", path="/me/library", parameters={}, cases=None),
    contract(operation="put-kind", path="/me/{id}", method="PUT", parameters=ID, cases=None),
    contract(operation="me", path="/me", parameters={}, cases=None),
]


@pytest.mark.parametrize(
    ("method", "url", "operation", "values"),
    [
        ("GET", "/me/library/contains?uris=a", "contains", {}),
        ("GET", "/me/library", "library", {}),
        ("GET", "/me/tracks", "get-kind", {"id": "tracks"}),
        ("GET", "/me/tracks/contains", "kind-contains", {"id": "tracks"}),
        ("put", "/me/library", "put-kind", {"id": "library"}),
        ("GET", "/me/", "me", {}),
        ("GET", "/me/tracks/?limit=50", "get-kind", {"id": "tracks"}),
        ("GET", "/me/a%2Fb", "get-kind", {"id": "a/b"}),
    ],
)
def test_a_literal_segment_beats_a_template(
    method: str, url: str, operation: str, values: dict[str, str], tmp_path: Path
) -> None:
    """Trailing slashes are accepted; values in the path are decoded."""
    routed = registry(tmp_path, *MADE).route(method, f"{API_URL}{url}")

    assert routed is not None
    assert (operation, values) == (routed[0].operation, routed[1])


@pytest.mark.parametrize(
    "url",
    [
        f"{API_URL}/you",
        f"{API_URL}/me/a/b/c",
        f"{API_URL}/me//contains",
        "https://api.spotify.com/v2/me",
        "https://api.spotify.com/v1",
        "https://example.com/v1/me",
        "http://api.spotify.com/v1/me",
        "https://api.spotify.com.evil.com/v1/me",
        "https://[::1/v1/me",
    ],
)
def test_what_no_contract_claims_is_routed_nowhere(url: str, tmp_path: Path) -> None:
    """Other hosts, other versions, other paths, and what is no address; none of them crashes the check."""
    made = registry(tmp_path, *MADE)
    asked = exchange()
    asked = replace(asked, request=replace(asked.request, url=url))

    assert made.route("GET", url) is None
    assert [each.kind for each in check_exchange(asked, made)] == ["unknown"]


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("7", {"type": "integer"}, 7),
        ("7.5", {"type": "integer"}, "7.5"),
        ("7.5", {"type": "number"}, 7.5),
        ("x", {"type": "integer"}, "x"),
        ("9" * 30, {"type": "integer"}, "9" * 30),
        ("true", {"type": "boolean"}, True),
        ("1", {"type": "boolean"}, "1"),
        ("a,b", {"type": "array", "items": {"type": "string"}}, ["a", "b"]),
        ("1,x", {"type": "array", "items": {"type": "integer"}}, [1, "x"]),
        ("a,b", {"type": "string"}, "a,b"),
    ],
)
def test_a_parameter_is_read_as_its_schema_says(text: str, schema: dict[str, object], value: object) -> None:
    """Text that is no such value stays text, so that the schema refuses it."""
    assert value == parse_parameter(text, schema)
