"""Cross-origin requests: what a browser needs before it lets a page talk to either service."""

from __future__ import annotations

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import ALBUM, Api, token_call

_PREFLIGHT = {
    "Origin": "https://app.example",
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
}


def _names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


@pytest.mark.parametrize(
    "path", ["/v1/me", f"/v1/albums/{ALBUM}", "/v1/me/player/play", "/accounts/api/token"]
)
def test_a_preflight_is_granted(development: Api, path: str) -> None:
    """A browser may send any method and header that the services take, and needs no token to ask."""
    origin = development.sandbox.api_url.removesuffix("/v1")
    response = requests.options(origin + path, headers=_PREFLIGHT, timeout=10)

    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert {"put", "post", "delete"} <= _names(response.headers["Access-Control-Allow-Methods"])
    assert {"authorization", "content-type"} <= _names(response.headers["Access-Control-Allow-Headers"])


@pytest.mark.parametrize("path", ["/me", "/me/nothing", "/tracks/none", f"/albums/{ALBUM}"])
def test_every_answer_of_the_web_api_can_be_read(development: Api, path: str) -> None:
    """Pages of every origin may read good answers and refusals, with a token and without."""
    url = development.sandbox.api_url + path
    for response in (development.session.get(url, timeout=10), requests.get(url, timeout=10)):
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_tokens_can_be_had_from_a_page(development: Api) -> None:
    """The token endpoint's answers can be read by scripts, and the pages for people cannot."""
    sandbox = development.sandbox
    granted = token_call(sandbox, grant_type="client_credentials")
    refused = token_call(sandbox, grant_type="nothing")
    page = requests.get(f"{sandbox.accounts_url}/login", timeout=10)

    for response in (granted, refused):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in page.headers


def test_an_ordered_failure_meets_the_request_and_not_its_preflight() -> None:
    """A preflight spends no failure, and a page can read the failure itself."""
    with Sandbox() as sandbox:
        sandbox.fail_next(429, {"Retry-After": "3"})
        preflight = requests.options(f"{sandbox.api_url}/me", headers=_PREFLIGHT, timeout=10)
        failed = requests.get(f"{sandbox.api_url}/me", timeout=10)

    assert (preflight.status_code, failed.status_code) == (204, 429)
    assert failed.headers["Access-Control-Allow-Origin"] == "*"


def test_any_other_options_is_a_wrong_method(development: Api) -> None:
    """Without an origin and a method to ask for, OPTIONS is refused like every method that is not there."""
    assert development.call("OPTIONS", "/me").status_code == 405
