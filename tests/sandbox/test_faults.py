"""What goes wrong on request: failures, delays and drift, by Python and over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from pytest_spotify.sandbox import Sandbox, json_patch
from pytest_spotify.sandbox.faults import Faults
from tests.support.sandbox_client import TRACK, Api, token_call

_NAMED = f"/tracks/{TRACK}"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox("extended", control=True) as started:
        yield started


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """One that takes orders, in which nothing is ordered yet."""
    running.reset()
    return running


def _order(sandbox: Sandbox, name: str, **arguments: Any) -> requests.Response:
    return requests.post(f"{sandbox.control_url}/{name}", json=arguments, timeout=10)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ([], {"a": {"b": [1, 2]}, "c/d": 0}),
        ([{"op": "remove", "path": "/a/b/0"}], {"a": {"b": [2]}, "c/d": 0}),
        ([{"op": "remove", "path": "/c~1d"}], {"a": {"b": [1, 2]}}),
        ([{"op": "add", "path": "/a/b/-", "value": 3}], {"a": {"b": [1, 2, 3]}, "c/d": 0}),
        ([{"op": "add", "path": "/a/b/0", "value": 0}], {"a": {"b": [0, 1, 2]}, "c/d": 0}),
        ([{"op": "add", "path": "/e", "value": None}], {"a": {"b": [1, 2]}, "c/d": 0, "e": None}),
        ([{"op": "replace", "path": "/a", "value": 1.5}, {"op": "remove", "path": "/c~1d"}], {"a": 1.5}),
        ([{"op": "replace", "path": "", "value": []}], []),
    ],
)
def test_a_patch_changes_a_document(patch: Any, expected: Any) -> None:
    """Members and elements are added, removed and replaced where the pointer says (RFC 6902)."""
    assert json_patch.apply({"a": {"b": [1, 2]}, "c/d": 0}, json_patch.parse(patch)) == expected


@pytest.mark.parametrize("path", ["/x", "/a/x/y", "/a/b/2", "/a/b/-", "/a/b/01", "/c~1d/0", "/a/b/x"])
@pytest.mark.parametrize("op", ["remove", "replace"])
def test_a_step_that_leads_nowhere_is_an_error(op: str, path: str) -> None:
    """What is not there can be neither removed nor replaced."""
    patch = json_patch.parse([{"op": op, "path": path, "value": 1}])

    with pytest.raises(LookupError):
        json_patch.apply({"a": {"b": [1, 2]}, "c/d": 0}, patch)


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({}, "a list of objects"),
        (["x"], "a list of objects"),
        ([{"op": "copy", "path": "/a", "from": "/b"}], "op must be one of"),
        ([{"op": "move", "path": "/a"}], "from must be a JSON Pointer"),
        ([{"op": "move", "path": "/a", "from": ""}], "from must name a member"),
        ([{"op": "remove", "path": "a"}], "JSON Pointer"),
        ([{"op": "add", "path": "/a"}], "needs a value"),
    ],
)
def test_a_bad_patch_is_refused_at_once(sandbox: Sandbox, patch: Any, text: str) -> None:
    """The order fails, and says what is wrong, not the answers later."""
    with pytest.raises(ValueError, match=text):
        sandbox.drift("get-track", patch)
    with Api(sandbox) as api:
        assert api.get(_NAMED)["name"] == "Cut To The Feeling"


def test_an_api_drifts_until_it_is_reset(sandbox: Sandbox) -> None:
    """The named operation alone changes, every time, and a new entity tag says so."""
    with Api(sandbox) as api:
        before = api.call("GET", _NAMED)
        sandbox.drift(
            "get-track", [{"op": "remove", "path": "/name"}, {"op": "add", "path": "/mood", "value": 7}]
        )
        sandbox.drift("get-track", [{"op": "remove", "path": "/nothing/at/all"}])
        after = [api.call("GET", _NAMED) for _ in range(2)]
        album = api.get(before.json()["album"]["href"])
        sandbox.reset()

        assert [("name" in each.json(), each.json()["mood"]) for each in after] == [(False, 7)] * 2
        assert after[0].headers["ETag"] != before.headers["ETag"]
        assert album["name"]
        assert api.get(_NAMED) == before.json()
    with pytest.raises(ValueError, match="unknown operation 'get-trak'"):
        sandbox.drift("get-trak", [])


def test_answers_can_be_late(sandbox: Sandbox) -> None:
    """So many answers wait, of either service, and a client's timeout can be tried."""
    sandbox.slow_next(0.3, times=2)
    started = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{sandbox.api_url}/me", timeout=0.05)
    token_call(sandbox, grant_type="client_credentials")

    assert time.monotonic() - started >= 0.3


@pytest.mark.parametrize(
    ("seconds", "times"), [(-1, 1), (float("nan"), 1), (float("inf"), 1), (1, 0), (10**400, 1)]
)
def test_no_span_of_time_is_refused(seconds: float, times: int) -> None:
    """A delay is a number of seconds, an hour at the most, and comes at least once."""
    with pytest.raises(ValueError, match="must be from"):
        Faults().slow(seconds, times)


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 99},
        {"status": 101},
        {"status": 600},
        {"status": 500, "times": 0},
        {"status": 500, "headers": {"X-A": "a\r\nX-B: b"}},
        {"status": 500, "headers": {"X A": "a"}},
    ],
)
def test_a_failure_that_cannot_be_sent_is_refused(sandbox: Sandbox, failure: dict[str, Any]) -> None:
    """Status and headers are looked at when the failure is ordered."""
    with pytest.raises(ValueError, match=r"must be from|no header"):
        sandbox.fail_next(**failure)


def test_orders_are_taken_over_http(sandbox: Sandbox) -> None:
    """Whatever Python can order, others can too; orders are no exchanges and meet no fault."""
    with Api(sandbox) as api:
        assert _order(sandbox, "fail-next", status=429, headers={"Retry-After": "3"}, body={"a": 1}).ok
        assert _order(sandbox, "drift", operation="get-track", patch=[{"op": "remove", "path": "/name"}]).ok
        failed, drifted = api.call("GET", "/me"), api.get(_NAMED)
        assert (failed.status_code, failed.headers["Retry-After"], failed.json()) == (429, "3", {"a": 1})
        assert "name" not in drifted

        assert _order(sandbox, "arrange", needs=["idle-player"], user="sandbox-listener").status_code == 204
        assert api.call("GET", "/me/player").status_code == 204

        assert _order(sandbox, "slow-next", seconds=0, times=2).ok
        assert _order(sandbox, "expire-tokens").ok
        assert api.call("GET", "/me").status_code == 401

        assert _order(sandbox, "revoke-refresh-tokens").ok
        form = {"grant_type": "refresh_token", "refresh_token": sandbox.refresh_token}
        assert token_call(sandbox, **form).json()["error_description"] == "Refresh token revoked"
        assert _order(sandbox, "reset").ok
        assert token_call(sandbox, **form).status_code == 200
    assert not [each.path for each in sandbox.exchanges if each.path.startswith("/sandbox")]


@pytest.mark.parametrize(
    ("name", "body", "status", "text"),
    [
        ("nothing", b"{}", 404, "there are arrange, drift"),
        ("", b"{}", 404, "unknown order"),
        ("reset", b"{", 400, "no JSON"),
        ("reset", b"[" * 100_000, 400, "no JSON"),
        ("reset", b"[]", 400, "JSON object"),
        ("reset", b'{"a": 1}', 400, "reset has no a"),
        ("fail-next", b"{}", 400, "fail-next needs status"),
        ("fail-next", b'{"status": "500"}', 400, "status has a value of the wrong type"),
        ("fail-next", b'{"status": true}', 400, "status has a value of the wrong type"),
        ("fail-next", b'{"status": 500, "body": "\\ud800"}', 400, "no JSON"),
        ("slow-next", b'{"seconds": NaN}', 400, "seconds must be from"),
        ("arrange", b'{"needs": [[]]}', 400, "unknown need"),
        ("arrange", b'{"needs": [], "user": "nobody"}', 400, "nobody signed in as"),
        ("drift", b'{"operation": "get-track", "patch": [1]}', 400, "list of objects"),
    ],
)
def test_a_bad_order_says_what_is_wrong(
    sandbox: Sandbox, name: str, body: bytes, status: int, text: str
) -> None:
    """An order that cannot be carried out is a 4xx with a sentence."""
    response = requests.post(
        f"{sandbox.control_url}/{name}", body, headers={"Content-Type": "application/json"}, timeout=10
    )

    assert response.status_code == status
    assert text in response.json()["error"]


def test_no_page_can_give_orders(sandbox: Sandbox) -> None:
    """What a browser sends across origins without asking is refused, and asking is not granted."""
    url = f"{sandbox.control_url}/reset"
    form = requests.post(url, json.dumps({}), headers={"Content-Type": "text/plain"}, timeout=10)
    asked = requests.options(
        url, headers={"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}, timeout=10
    )

    assert (form.status_code, asked.status_code) == (415, 405)
    assert "Access-Control-Allow-Origin" not in {**form.headers, **asked.headers}
    assert requests.get(url, timeout=10).status_code == 405


def test_orders_are_off_unless_asked_for(extended: Api) -> None:
    """An ordinary sandbox has no such address."""
    url = extended.sandbox.control_url + "/reset"

    assert requests.post(url, json={}, timeout=10).status_code == 404
