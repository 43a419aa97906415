"""The accounts service over real HTTP: sign-in through the forms, the grants, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import Api, Browser, callback, challenge, token_call

VERIFIER = "v" * 64


@pytest.fixture
def browser(sandbox: Sandbox) -> Iterator[Browser]:
    with Browser(sandbox) as opened:
        yield opened


def _exchange(sandbox: Sandbox, code: str, **form: str) -> requests.Response:
    return token_call(
        sandbox,
        **{"grant_type": "authorization_code", "code": code, "redirect_uri": sandbox.redirect_uri, **form},
    )


def test_code_flow_gives_tokens_for_the_user_who_agreed(sandbox: Sandbox, browser: Browser) -> None:
    """Sign in, agree, exchange the code with the secret: a token of that user, with those scopes."""
    back = callback(
        browser.authorize(name="Ada Lovelace", scope="user-read-email user-top-read", state="s p&ce")
    )

    answer = _exchange(sandbox, back["code"])

    assert back["state"] == "s p&ce"
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600
    assert answer.json()["scope"].split() == ["user-read-email", "user-top-read"]
    with Api(sandbox, answer.json()["access_token"]) as api:
        assert api.get("/me")["id"] == "ada-lovelace"


def test_pkce_needs_no_secret(sandbox: Sandbox, browser: Browser) -> None:
    """With a code challenge the verifier proves the client, at the exchange and not at the refresh."""
    back = callback(browser.authorize(code_challenge=challenge(), code_challenge_method="S256"))

    answer = _exchange_public(sandbox, back["code"], code_verifier=VERIFIER)
    refreshed = token_call(
        sandbox,
        basic=False,
        grant_type="refresh_token",
        refresh_token=answer.json()["refresh_token"],
        client_id=sandbox.client_id,
    )

    assert answer.status_code == 200
    assert refreshed.status_code == 200


def _exchange_public(sandbox: Sandbox, code: str, **form: str) -> requests.Response:
    return token_call(
        sandbox,
        basic=False,
        grant_type="authorization_code",
        code=code,
        redirect_uri=sandbox.redirect_uri,
        client_id=sandbox.client_id,
        **form,
    )


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({"code_verifier": "w" * 64}, "invalid_grant", "code_verifier was incorrect"),
        ({}, "invalid_request", "code_verifier required"),
        (
            {"code_verifier": VERIFIER, "redirect_uri": "http://127.0.0.1/callback"},
            "invalid_grant",
            "Invalid redirect URI",
        ),
    ],
)
def test_pkce_exchange_refuses(
    sandbox: Sandbox, browser: Browser, form: dict[str, str], error: str, description: str
) -> None:
    """A wrong or missing verifier, or another redirect URI, gives no token."""
    back = callback(browser.authorize(code_challenge=challenge(), code_challenge_method="S256"))

    answer = _exchange(sandbox, back["code"], **form)

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_a_code_is_good_once(sandbox: Sandbox, browser: Browser) -> None:
    """The second exchange of a code is refused (RFC 6749 section 4.1.2)."""
    back = callback(browser.authorize())
    _exchange(sandbox, back["code"])

    again = _exchange(sandbox, back["code"])

    assert again.status_code == 400
    assert again.json() == {"error": "invalid_grant", "error_description": "Invalid authorization code"}


def test_a_code_is_short_lived(sandbox: Sandbox, browser: Browser) -> None:
    """A code past its time is refused."""
    sandbox.code_lifetime = 0
    back = callback(browser.authorize())

    assert _exchange(sandbox, back["code"]).json()["error_description"] == "Authorization code expired"


def test_a_code_without_challenge_needs_the_secret(sandbox: Sandbox, browser: Browser) -> None:
    """Who asked without PKCE must prove to be the app."""
    back = callback(browser.authorize())

    assert _exchange_public(sandbox, back["code"]).json() == {"error": "invalid_client"}


def test_first_hop_goes_to_the_sign_in_page_whatever_the_client(sandbox: Sandbox) -> None:
    """A wrong client id is not visible before sign-in: `/authorize` answers 303 to the login page."""
    response = requests.get(
        f"{sandbox.accounts_url}/authorize", params={"client_id": "wrong"}, allow_redirects=False, timeout=10
    )

    assert response.status_code == 303
    assert response.headers["location"].startswith("/accounts/login?")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"client_id": "wrong"}, "INVALID_CLIENT: Invalid client"),
        ({"redirect_uri": "http://127.0.0.1:8888/callback/"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "https://elsewhere.example/callback"}, "INVALID_CLIENT: Invalid redirect URI"),
        ({"redirect_uri": "http://localhost:8888/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
        ({"redirect_uri": "http://elsewhere.example/callback"}, "INVALID_CLIENT: Insecure redirect URI"),
    ],
)
def test_untrusted_requests_are_refused_on_a_page(
    browser: Browser, query: dict[str, str], message: str
) -> None:
    """What may be an attack is told in the browser and never sent to a redirect URI."""
    response = browser.authorize(**query)

    assert response.status_code == 400
    assert message in response.text
    assert "location" not in response.headers


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "unsupported_response_type"),
        ({"scope": "user-read-everything"}, "invalid_scope"),
        ({"code_challenge": "abc", "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        ({"answer": "cancel"}, "access_denied"),
    ],
)
def test_wrong_requests_are_told_to_the_app(browser: Browser, query: dict[str, str], error: str) -> None:
    """The app learns of its own mistakes, and of a user who cancels, at its redirect URI, with its state."""
    assert callback(browser.authorize(state="xyz", **query)) == {"error": error, "state": "xyz"}


def test_any_port_of_a_registered_loopback_uri_is_good(browser: Browser) -> None:
    """An app may listen on a port of its choice (RFC 8252 section 7.3)."""
    response = browser.authorize(redirect_uri="http://127.0.0.1:50123/callback")

    assert response.headers["location"].startswith("http://127.0.0.1:50123/callback?code=")


def test_agreed_scopes_are_not_asked_for_again(browser: Browser) -> None:
    """Once agreed, the browser comes back at once, unless for more scopes or with show_dialog."""
    first = len(browser.pages)
    callback(browser.authorize(scope="user-top-read"))
    agreed = len(browser.pages)
    callback(browser.authorize(scope="user-top-read"))
    again = len(browser.pages)
    callback(browser.authorize(scope="user-top-read", show_dialog="true"))
    dialog = len(browser.pages)
    callback(browser.authorize(scope="user-top-read user-read-email"))

    assert [first, agreed, again, dialog, len(browser.pages)] == [0, 2, 2, 3, 4]


def test_an_answer_counts_only_from_the_browser_that_was_asked(sandbox: Sandbox, browser: Browser) -> None:
    """The form of one browser is worth nothing in another, and nothing twice."""
    page = browser.get(
        f"{sandbox.accounts_url}/login",
        {"continue": f"client_id={sandbox.client_id}&response_type=code&redirect_uri={sandbox.redirect_uri}"},
    )
    asked = browser.submit(page, username="Ada", password="any")
    with Browser(sandbox) as other:
        stolen = other.submit(asked, answer="agree")

    assert stolen.status_code == 400
    assert browser.submit(asked, answer="agree").status_code == 400


def test_a_name_is_needed_to_sign_in(sandbox: Sandbox, browser: Browser) -> None:
    """An empty name is asked for again, on a page that says so."""
    page = browser.get(f"{sandbox.accounts_url}/login", {"continue": "a=b"})

    response = browser.submit(page, username="  ", password="any")

    assert response.status_code == 400
    assert "Type a name" in response.text


def test_what_is_typed_is_shown_as_text(sandbox: Sandbox, browser: Browser) -> None:
    """Nothing out of a request becomes markup."""
    page = browser.get(f"{sandbox.accounts_url}/login", {"continue": '"><script>x</script>'})

    assert "<script" not in page.text


class _Markup(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "label":
            self.labels.add(values["for"] or "")
        if tag == "input" and values.get("type") != "hidden":
            self.fields.add(values["id"] or "")
        self.scripts += tag == "script"


def test_pages_work_without_script_and_for_everybody(browser: Browser) -> None:
    """Every field has a label, nothing needs script, light and dark are both there, no page is kept."""
    browser.authorize(scope="user-read-email")

    for page in browser.pages:
        markup = _Markup()
        markup.feed(page)
        assert markup.fields == markup.labels
        assert markup.scripts == 0
        assert "prefers-color-scheme: dark" in page
        assert '<html lang="en">' in page
    assert "See your email address" in browser.pages[-1]


def test_accounts_service_sets_the_cookies_that_recorders_must_scrub(sandbox: Sandbox) -> None:
    """`__Host-device_id` and `sp_tr` come with every answer, as at the real service."""
    cookies = token_call(sandbox, grant_type="client_credentials").headers["set-cookie"]

    assert "__Host-device_id=" in cookies
    assert "sp_tr=" in cookies


def test_client_credentials_give_an_app_token(sandbox: Sandbox) -> None:
    """No user, no scope, no refresh token; the secret may stand in the body, too."""
    basic = token_call(sandbox, grant_type="client_credentials")
    body = token_call(
        sandbox,
        basic=False,
        grant_type="client_credentials",
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )

    assert set(basic.json()) == set(body.json()) == {"access_token", "token_type", "expires_in"}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"grant_type": "client_credentials"}, {"error": "invalid_client"}),
        (
            {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"},
            {"error": "invalid_client", "error_description": "Invalid client"},
        ),
        (
            {"grant_type": "client_credentials", "client_id": Sandbox.client_id, "client_secret": "x"},
            {"error": "invalid_client", "error_description": "Invalid client"},
        ),
        ({"grant_type": "client_credentials", "client_id": Sandbox.client_id}, {"error": "invalid_client"}),
        (
            {"client_id": Sandbox.client_id},
            {"error": "unsupported_grant_type", "error_description": "grant_type parameter is missing"},
        ),
        (
            {"client_id": Sandbox.client_id, "grant_type": "password"},
            {
                "error": "unsupported_grant_type",
                "error_description": "grant_type must be client_credentials, authorization_code or "
                "refresh_token",
            },
        ),
        (
            {"client_id": Sandbox.client_id, "grant_type": "refresh_token"},
            {"error": "invalid_request", "error_description": "refresh_token must be supplied"},
        ),
        (
            {"client_id": Sandbox.client_id, "grant_type": "authorization_code"},
            {"error": "invalid_request", "error_description": "code must be supplied"},
        ),
        (
            {
                "client_id": Sandbox.client_id,
                "grant_type": "authorization_code",
                "code": "AQx",
                "redirect_uri": "x",
            },
            {"error": "invalid_grant", "error_description": "Invalid authorization code"},
        ),
        (
            {"client_id": Sandbox.client_id, "grant_type": "refresh_token", "refresh_token": "AQx"},
            {"error": "invalid_grant", "error_description": "Invalid refresh token"},
        ),
    ],
)
def test_token_endpoint_refuses_flat(
    sandbox: Sandbox, form: dict[str, str], expected: dict[str, str]
) -> None:
    """Refusals are 400 with `error` and mostly `error_description`, never nested."""
    answer = token_call(sandbox, basic=False, **form)

    assert (answer.status_code, answer.json()) == (400, expected)


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc"])
def test_malformed_client_proof_is_invalid_client(sandbox: Sandbox, header: str) -> None:
    """An Authorization header that is no Basic proof is as good as none."""
    answer = requests.post(
        f"{sandbox.accounts_url}/api/token",
        data={"grant_type": "client_credentials"},
        headers={"Authorization": header},
        timeout=10,
    )

    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def _refresh(sandbox: Sandbox, token: str | None = None) -> requests.Response:
    return token_call(sandbox, grant_type="refresh_token", refresh_token=token or sandbox.refresh_token)


def test_refresh_leaves_the_refresh_token_out(sandbox: Sandbox) -> None:
    """As since mid 2026: the old one stays good. It can be made to come along, unchanged."""
    omitted = _refresh(sandbox).json()
    sandbox.omit_refresh_token = False
    repeated = _refresh(sandbox).json()

    assert "refresh_token" not in omitted
    assert repeated["refresh_token"] == sandbox.refresh_token
    assert omitted["access_token"] != repeated["access_token"]


def test_rotation_gives_a_new_refresh_token_and_detects_reuse(sandbox: Sandbox) -> None:
    """With rotation each refresh token is good once; used again, it revokes the grant."""
    sandbox.rotate_refresh_tokens = True
    new = _refresh(sandbox).json()["refresh_token"]

    assert new != sandbox.refresh_token
    assert _refresh(sandbox).json()["error_description"] == "Refresh token revoked"
    assert _refresh(sandbox, new).json()["error_description"] == "Refresh token revoked"


def test_refresh_tokens_end(sandbox: Sandbox) -> None:
    """After six months, and when the user withdraws: 400 invalid_grant, each with its text."""
    sandbox.expire_refresh_tokens()
    expired = _refresh(sandbox)
    sandbox.reset()
    sandbox.revoke_refresh_tokens()
    revoked = _refresh(sandbox)
    sandbox.reset()

    assert (expired.status_code, expired.json()["error_description"]) == (400, "Refresh token expired")
    assert (revoked.status_code, revoked.json()["error_description"]) == (400, "Refresh token revoked")
    assert _refresh(sandbox).status_code == 200


def test_each_name_is_an_account_of_its_own(sandbox: Sandbox) -> None:
    """Two names do not share what they save; the same name comes back to the same account."""
    scope = "user-library-read user-library-modify"
    with (
        Api.user(sandbox, "Ada", scope) as ada,
        Api.user(sandbox, "Grace", scope) as grace,
        Api.user(sandbox, " ada ", scope) as again,
    ):
        uri = "spotify:track:11dFghVXANMlKmJXsNCbNl"
        ada.call("DELETE", "/me/library", uris=uri)
        grace.call("PUT", "/me/library", uris=uri)

        assert ada.get("/me/library/contains", uris=uri) == [False]
        assert grace.get("/me/library/contains", uris=uri) == [True]
        assert again.get("/me")["id"] == ada.get("/me")["id"] != grace.get("/me")["id"]
