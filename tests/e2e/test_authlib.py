"""An OAuth client that is not ours signs in on the sandbox: its accounts service is no twin of our client."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.sandbox_client import Browser

pytest.importorskip("authlib", reason="Authlib is not installed")

from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from pytest_spotify.sandbox import Sandbox


def client(sandbox: Sandbox, *, method: str = "client_secret_basic", **options: object) -> OAuth2Session:
    return OAuth2Session(
        sandbox.client_id,
        sandbox.client_secret if method != "none" else None,
        scope="user-read-private user-top-read",
        redirect_uri=sandbox.redirect_uri,
        token_endpoint_auth_method=method,
        token_endpoint=f"{sandbox.accounts_url}/api/token",
        **options,
    )


def answer_of(sandbox: Sandbox, url: str, *, answer: str = "agree") -> str:
    with Browser(sandbox) as browser:
        page = browser.get(url)
        page = browser.submit(page, username="Ada Lovelace", password="any")
        return str(browser.submit(page, answer=answer).headers["location"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_it_signs_in_with_pkce_and_refreshes(sandbox: Sandbox, method: str) -> None:
    """With its secret in either place, or as a public client; the token opens GET /me, also when renewed."""
    verifier = generate_token(64)
    with client(sandbox, method=method, code_challenge_method="S256") as session:
        url, state = session.create_authorization_url(
            f"{sandbox.accounts_url}/authorize", code_verifier=verifier
        )
        token = session.fetch_token(
            authorization_response=answer_of(sandbox, url), state=state, code_verifier=verifier
        )
        assert token["scope"].split() == ["user-read-private", "user-top-read"]
        assert session.get(f"{sandbox.api_url}/me").json()["id"] == "ada-lovelace"

        sandbox.expire_tokens()
        assert session.get(f"{sandbox.api_url}/me").status_code == 401
        renewed = session.refresh_token(refresh_token=token["refresh_token"])
        assert renewed["access_token"] != token["access_token"]
        assert session.get(f"{sandbox.api_url}/me").status_code == 200


def test_its_refusals_are_those_of_the_rfc(sandbox: Sandbox) -> None:
    """Another state, a verifier that is not the one, a code used twice: Authlib reads each as what it is."""
    verifier = generate_token(64)
    with client(sandbox, code_challenge_method="S256") as session:
        url, state = session.create_authorization_url(
            f"{sandbox.accounts_url}/authorize", code_verifier=verifier
        )
        address = answer_of(sandbox, url)
        with pytest.raises(AuthlibBaseError):
            session.fetch_token(authorization_response=address, state="another", code_verifier=verifier)
        for _ in range(2):
            with pytest.raises(AuthlibBaseError, match="invalid_grant"):
                session.fetch_token(
                    authorization_response=address, state=state, code_verifier=generate_token(64)
                )


def test_who_cancels_comes_back_with_the_error_and_the_state(sandbox: Sandbox) -> None:
    """RFC 6749 section 4.1.2.1, at the redirect URI that the client named."""
    with client(sandbox, code_challenge_method="S256") as session:
        url, state = session.create_authorization_url(
            f"{sandbox.accounts_url}/authorize", code_verifier=generate_token(64)
        )

    address = answer_of(sandbox, url, answer="cancel")

    assert address.partition("?")[0] == sandbox.redirect_uri
    assert parse_qs(urlsplit(address).query) == {"error": ["access_denied"], "state": [state]}


def test_it_gets_a_token_for_the_app_alone(sandbox: Sandbox) -> None:
    """Client credentials open what needs no user."""
    with client(sandbox) as session:
        session.fetch_token(grant_type="client_credentials")

        assert session.get(f"{sandbox.api_url}/tracks/11dFghVXANMlKmJXsNCbNl").status_code == 200
        assert session.get(f"{sandbox.api_url}/me").status_code == 403
