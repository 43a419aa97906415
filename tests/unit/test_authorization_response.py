"""What the browser brings back: only an answer for this state is one."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest

from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.sign_in import SignIn, query_from_url
from pytest_spotify.auth.sign_in.callback_server import AuthorizationResponse, parse_redirect
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.errors import SignInRefused
from pytest_spotify.redaction import Secret

STATE = Secret("state-of-this-sign-in")


def query(**fields: str) -> str:
    return urlencode({"state": STATE.reveal(), **fields})


def test_a_code_with_the_state_is_the_answer():
    """Parameters that nobody knows are ignored (RFC 6749 section 4.1.2)."""
    assert parse_redirect(
        query(code="AQcode", iss="https://accounts.spotify.com"), STATE
    ) == AuthorizationResponse(code=Secret("AQcode"))


def test_an_error_with_the_state_is_the_answer():
    """The accounts service's own word is kept; anything that is no such word is not repeated."""
    assert parse_redirect(query(error="access_denied"), STATE) == AuthorizationResponse(error="access_denied")
    odd = parse_redirect(query(error="<script>alert(1)</script>"), STATE)
    assert odd is not None
    assert "script" not in odd.error


ATTACKS = {
    "no-parameter": "",
    "no-state": "code=AQcode",
    "empty-state": "code=AQcode&state=",
    "wrong-state": "code=AQcode&state=another",
    "prefix-of-the-state": f"code=AQcode&state={STATE.reveal()[:-1]}",
    "longer-state": f"code=AQcode&state={STATE.reveal()}x",
    "other-case": f"code=AQcode&state={STATE.reveal().upper()}",
    "state-twice": query(code="AQcode") + f"&state={STATE.reveal()}",
    "right-then-wrong-state": query(code="AQcode") + "&state=another",
    "code-twice": query(code="AQcode") + "&code=AQother",
    "error-twice": query(error="access_denied") + "&error=server_error",
    "code-and-error": query(code="AQcode", error="access_denied"),
    "neither": query(),
    "empty-code": query(code=""),
    "code-with-a-line-break": query(code="AQ\r\nX-Header: 1"),
    "code-with-a-blank": query(code="AQ code"),
    "code-not-ascii": query(code="AQcode\u00e9"),
    "many-parameters": query(code="AQcode") + "&a=1" * 50,
    "64-kilobytes": query(code="AQcode", filler="x" * 65536),
    "semicolons": query(code="AQcode").replace("&", ";"),
    "not-utf-8": "code=AQcode&state=%ff%fe",
    "state-in-the-fragment": f"code=AQcode#state={STATE.reveal()}",
    "surrogate": "code=AQcode&state=\udcff",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_anything_else_is_nobodys_answer(attack):
    """Wrong, missing, doubled or shortened state; two codes; code and error; too long: none of it counts."""
    assert parse_redirect(ATTACKS[attack], STATE) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://me.example/cb?code=1&state=2", "code=1&state=2"),
        ("https://ME.example/cb?from=spotify&code=1", "from=spotify&code=1"),
        ("https://me.example.evil.example/cb?code=1", None),
        ("http://me.example/cb?code=1", None),
        ("https://me.example/cb/?code=1", None),
        ("https://me.example:8443/cb?code=1", None),
        ("code=1&state=2", None),
        ("https://[::1", None),
    ],
)
def test_a_pasted_address_has_to_be_the_redirect_uri(address, expected):
    """Scheme, host, port and path are compared; the query is the answer."""
    assert query_from_url(address, "https://me.example/cb") == expected


def test_an_own_scheme_and_an_empty_path_are_compared_alike():
    """What a browser shows for the redirect URI is recognised."""
    assert query_from_url("my-app://callback?code=1", "my-app://callback") == "code=1"
    assert query_from_url("https://me.example/?code=1", "https://me.example") == "code=1"


@pytest.mark.parametrize(
    ("error", "told"),
    [("access_denied", "You chose Cancel"), ("invalid_scope", "refused the sign-in: invalid_scope")],
)
def test_who_said_no_is_told(tmp_path: Path, error: str, told: str):
    """A user who chose Cancel is told of no fault; any other error is named."""
    store = TokenStore(tmp_path / "tokens", accounts_url="https://accounts.spotify.com", client_id="c")
    sign_in = SignIn(
        service=AccountsService("https://accounts.spotify.com", client_id="c"),
        store=store,
        redirect_uri="http://127.0.0.1/",
        scopes=frozenset(),
    )
    with pytest.raises(SignInRefused, match=told):
        sign_in.finish(AuthorizationResponse(error=error))
