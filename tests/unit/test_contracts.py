"""The Python interface: `Contracts`, for tests that hold responses against the contracts themselves."""

import io
import json
import subprocess
import sys
from typing import Any, cast

import httpx
import pytest
import requests

import pytest_spotify
from pytest_spotify import Contracts, ContractViolated
from pytest_spotify.access import Access

URL = "https://api.spotify.com/v1/markets"
JSON = {"Content-Type": "application/json; charset=utf-8"}


def by_requests(status: int, body: Any, url: str = URL) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(JSON)
    response.raw = io.BytesIO(json.dumps(body).encode())
    response.request = requests.Request("GET", url, headers={"Authorization": "Bearer BQsecret"}).prepare()
    return response


def by_httpx(status: int, body: Any, url: str = URL) -> httpx.Response:
    return httpx.Response(status, headers=JSON, json=body, request=httpx.Request("GET", url))


@pytest.mark.parametrize("made", [by_requests, by_httpx])
def test_a_response_of_any_client_is_judged(made: Any) -> None:
    """The same verdict for requests and httpx."""
    contracts = Contracts.bundled("extended")

    assert contracts.check(made(200, {"markets": ["SE", "US"]})) == []
    assert [(v.kind, v.pointer) for v in contracts.check(made(200, {"markets": ["Sweden"]}))] == [
        ("breaking", "/markets/0")
    ]


@pytest.mark.parametrize("sent", [b"/9j/", "/9j/", io.BytesIO(b"/9j/"), io.StringIO("/9j/")])
def test_a_request_body_is_judged_however_it_was_sent(sent: Any) -> None:
    """A file that was streamed is read again; what cannot be read again does not crash the check."""
    url = "https://api.spotify.com/v1/playlists/3cEYpjA9oz9GiPac4AsH4n/images"
    response = by_requests(202, None, url)
    response.raw = io.BytesIO()
    contracts, request = Contracts.bundled("extended"), cast(Any, response.request)
    request.method = "PUT"
    for body, missing in ((sent, False), (iter([b"/9j/"]), True), (None, True)):
        request.body = body
        assert ("/body" in [v.pointer for v in contracts.check(response)]) is missing
    streamed = httpx.Response(202, request=httpx.Request("PUT", url, content=iter([b"/9j/"])))
    assert [v.pointer for v in contracts.check(streamed)] == ["/body"]


def test_an_access_that_is_none_is_refused() -> None:
    """A misspelt access would lack whatever only some accesses have."""
    refusal = "expected one of development, development-older, extended"
    with pytest.raises(ValueError, match=refusal):
        Contracts.bundled(cast(Access, "Extended"))
    with pytest.raises(ValueError, match=refusal):
        Contracts.load([], cast(Access, "extendet"))


def test_the_access_decides() -> None:
    """GET /markets was removed for development apps: the request is at fault there, and only there."""
    forbidden = by_requests(403, {"error": {"status": 403, "message": "Forbidden"}})

    assert Contracts.bundled("extended").check(forbidden) == []
    (violation,) = Contracts.bundled("development").check(forbidden)
    assert violation.kind == "request"


def test_raise_on_failure_raises_an_assertion_error_with_the_text() -> None:
    """It carries the violations, says how to reproduce it, and shows no token."""
    contracts = Contracts.bundled("extended")
    with pytest.raises(ContractViolated, match="/markets: expected array, got null") as raised:
        contracts.check(by_requests(200, {"markets": None}), raise_on_failure=True)

    assert isinstance(raised.value, AssertionError)
    assert [violation.pointer for violation in raised.value.violations] == ["/markets"]
    assert "curl" in str(raised.value)
    assert "BQsecret" not in str(raised.value)


def test_only_strict_fails_for_what_is_merely_new() -> None:
    """A field of tomorrow is returned, and raised only under strict."""
    contracts = Contracts.bundled("extended")
    new = by_requests(200, {"markets": ["SE"], "regions": []})

    assert ["additive"] == [v.kind for v in contracts.check(new, raise_on_failure=True)]
    with pytest.raises(ContractViolated, match="/regions"):
        contracts.check(new, raise_on_failure=True, strict=True)


def test_a_body_alone_is_judged_by_operation() -> None:
    """Text or bytes, as projects keep them for mocks; an unknown operation is a KeyError."""
    contracts = Contracts.bundled("extended")

    assert contracts.check_body("get-available-markets", 200, '{"markets": ["SE"]}') == []
    with pytest.raises(ContractViolated, match="/markets: required property is missing"):
        contracts.check_body("get-available-markets", 200, b"{}", raise_on_failure=True)
    with pytest.raises(KeyError):
        contracts.check_body("get-markets", 200, b"{}")


def test_contracts_can_be_looked_at() -> None:
    """All 96, and which one a request is for."""
    contracts = Contracts.bundled()

    assert contracts.access == "development"
    assert len({contract.operation for contract in contracts}) == 96
    assert contracts.operation("GET", "https://api.spotify.com/v1/me/") == "get-current-users-profile"
    assert contracts.operation("GET", "https://example.com/v1/me") is None


def test_pytest_is_not_imported() -> None:
    """The interface serves scripts and other test runners too."""
    script = "import sys, pytest_spotify; pytest_spotify.Contracts.bundled(); print('pytest' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert ran.stdout == "False\n"


def test_an_unknown_name_is_an_attribute_error() -> None:
    """Lazy import does not swallow a misspelling."""
    with pytest.raises(AttributeError, match="Contract"):
        pytest_spotify.Contract  # noqa: B018
