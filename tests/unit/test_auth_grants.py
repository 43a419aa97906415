import base64
import re
import threading
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.sign_in import authorize_url, challenge, new_state, new_verifier
from pytest_spotify.errors import (
    AuthorizationError,
    ConnectionFailed,
    InvalidClient,
    InvalidGrant,
    QuotaExceeded,
    ServiceError,
)
from pytest_spotify.redaction import Secret
from pytest_spotify.transport.client import HttpClient, Timeouts
from tests.support.loopback_server import FakeTime, LoopbackServer, Reply, as_json, leaks, shown

CLIENT_ID, SECRET, REFRESH = (
    "app-of-tests",
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "AQCx9zKq81-Lm2_Wt5Rv7Yp3Bn6Hd",
)
BASIC = "Basic " + base64.b64encode(f"{CLIENT_ID}:{SECRET}".encode()).decode()
GRANTED = {
    "access_token": "BQDk4Gs8Jf-2Vw6_Xc1Zt9Qh5Mb3Ny",
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "a b",
}


@pytest.fixture
def http_client():
    http_client = HttpClient()
    yield http_client
    http_client.close()


def service(
    server: LoopbackServer, http_client: HttpClient, *, secret: str | None = SECRET
) -> AccountsService:
    return AccountsService(
        f"{server.url}/accounts",
        client_id=CLIENT_ID,
        client_secret=Secret(secret) if secret else None,
        http_client=http_client,
        clock=FakeTime().clock,
    )


def test_client_credentials_are_a_basic_header_and_one_field(http_client):
    """RFC 6749 section 4.4.2: the body names the grant and nothing else."""
    with LoopbackServer(lambda _: as_json(GRANTED)) as server:
        token = service(server, http_client).client_credentials()

    (received,) = server.received
    assert (received.method, received.path) == ("POST", "/accounts/api/token")
    assert received.all("Authorization") == [BASIC]
    assert received.all("Content-Type") == ["application/x-www-form-urlencoded"]
    assert received.body == b"grant_type=client_credentials"
    assert token.access_token == Secret(GRANTED["access_token"])
    assert not token.user


def test_a_refresh_with_a_secret_has_a_basic_header(http_client):
    """The client proves itself in the header, so that its id is not in the body."""
    with LoopbackServer(lambda _: as_json(GRANTED)) as server:
        token = service(server, http_client).refresh(Secret(REFRESH))

    (received,) = server.received
    assert received.all("Authorization") == [BASIC]
    assert received.body == f"grant_type=refresh_token&refresh_token={REFRESH}".encode()
    assert token.refresh_token == Secret(REFRESH)
    assert token.scopes == {"a", "b"}
    assert token.user


def test_a_refresh_without_a_secret_names_the_client_in_the_body(http_client):
    """PKCE (documentation/web-api/tutorials/refreshing-tokens): no header, the id in the form."""
    with LoopbackServer(lambda _: as_json(GRANTED | {"refresh_token": "AQnext"})) as server:
        token = service(server, http_client, secret=None).refresh(Secret(REFRESH))

    (received,) = server.received
    assert received.all("Authorization") == []
    assert received.body == f"grant_type=refresh_token&refresh_token={REFRESH}&client_id={CLIENT_ID}".encode()
    assert token.refresh_token == Secret("AQnext")


def test_a_sign_in_whose_answer_names_no_scope_grants_what_was_asked_for(http_client):
    """RFC 6749 section 5.1: the scope may be left out where it is the one that was asked for."""
    answer = {name: value for name, value in GRANTED.items() if name != "scope"}
    with LoopbackServer(lambda _: as_json(answer | {"refresh_token": "AQfirst"})) as server:
        token = service(server, http_client).exchange_code(
            Secret("code"), verifier=Secret("v" * 43), redirect_uri="http://127.0.0.1", scopes=frozenset("ab")
        )

    assert token.scopes == {"a", "b"}


@pytest.mark.parametrize("secret", [SECRET, None], ids=["with-secret", "pkce-only"])
def test_a_code_is_exchanged_with_its_verifier(http_client, secret):
    """The verifier goes along in every case (RFC 9700 section 2.1.1), the redirect URI exactly as it was."""
    with LoopbackServer(lambda _: as_json(GRANTED | {"refresh_token": "AQfirst"})) as server:
        token = service(server, http_client, secret=secret).exchange_code(
            Secret("the code+/="), verifier=Secret("v" * 43), redirect_uri="http://127.0.0.1:8888/callback"
        )

    (received,) = server.received
    expected = {
        "grant_type": "authorization_code",
        "code": "the code+/=",
        "redirect_uri": "http://127.0.0.1:8888/callback",
        "code_verifier": "v" * 43,
    }
    assert received.form == (expected if secret else expected | {"client_id": CLIENT_ID})
    assert received.all("Authorization") == ([BASIC] if secret else [])
    assert token.refresh_token == Secret("AQfirst")


REFUSALS = {
    "revoked": (400, {"error": "invalid_grant", "error_description": "Refresh token revoked"}, InvalidGrant),
    "expired": (400, {"error": "invalid_grant", "error_description": "Refresh token expired"}, InvalidGrant),
    "no-description": (400, {"error": "invalid_grant"}, InvalidGrant),
    "invalid-client": (
        400,
        {"error": "invalid_client", "error_description": "Invalid client"},
        InvalidClient,
    ),
    "invalid-client-401": (401, {"error": "invalid_client"}, InvalidClient),
    "other-400": (400, {"error": "unsupported_grant_type"}, AuthorizationError),
    "limited": (429, {"error": "too many"}, QuotaExceeded),
    "limited-html": (429, None, QuotaExceeded),
    "outage-500": (500, {"error": "server_error"}, ServiceError),
    "outage-503": (503, None, ServiceError),
    "outage-with-error": (502, {"error": "invalid_grant"}, ServiceError),
    "html-200": (200, None, ServiceError),
    "html-400": (400, None, ServiceError),
    "html-401": (401, None, ServiceError),
    "object-error": (400, {"error": {"status": 400, "message": "x"}}, ServiceError),
    "list": (200, [1], ServiceError),
    "redirect": (302, None, ServiceError),
    "empty-200": (200, {}, ServiceError),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_each_refusal_has_its_own_error(http_client, case):
    """Only the service's own word is final; everything else is an outage. Each is asked for once."""
    status, document, kind = REFUSALS[case]
    page = Reply(status, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")

    with LoopbackServer(lambda _: page if document is None else as_json(document, status)) as server:
        with pytest.raises(kind) as failure:
            service(server, http_client).refresh(Secret(REFRESH), signed_in=date(2026, 3, 1))

        assert type(failure.value) is kind
    assert str(status) in str(failure.value)
    assert len(server.received) == 1
    assert failure.value.__context__ is None


def test_an_invalid_grant_says_when_the_sign_in_was_and_what_to_do(http_client):
    """The message has the service's words, the day of consent, and the command that mends it."""
    refusal = {"error": "invalid_grant", "error_description": "Refresh token expired"}

    with LoopbackServer(lambda _: as_json(refusal, 400)) as server, pytest.raises(InvalidGrant) as failure:
        service(server, http_client).refresh(Secret(REFRESH), signed_in=date(2026, 3, 1))

    assert str(failure.value) == (
        "The accounts service responded with 400 invalid_grant (Refresh token expired): "
        "the sign-in is over; it "
        "ends six months after the user's consent, or when that is withdrawn. The sign-in is of 2026-03-01. "
        "Sign in again with `pytest-spotify login`, and renew SPOTIFY_REFRESH_TOKEN where it is set."
    )


@pytest.mark.parametrize("kind", ["invalid_grant", "invalid_client", "server_error"])
def test_a_service_that_repeats_secrets_does_not_leak_them(http_client, kind):
    """Whatever the error fields echo, neither message, traceback nor locals show it."""
    echo = {"error": kind, "error_description": f"got {REFRESH} of {SECRET}\x1b[31m\n" + "x" * 1000}

    with LoopbackServer(lambda _: as_json(echo, 400)) as server, pytest.raises(AuthorizationError) as failure:
        service(server, http_client).refresh(Secret(REFRESH))

    assert "got *** of ***" in str(failure.value)
    assert leaks(shown(failure.value), (REFRESH, SECRET, BASIC)) == []
    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 800


def test_an_unusable_grant_does_not_show_the_token_it_came_with(http_client):
    """A 200 whose token is of a foreign type is an outage; the token in it stays unseen."""
    odd = GRANTED | {"token_type": "mac", "refresh_token": "AQSecondOne-8291"}

    with LoopbackServer(lambda _: as_json(odd)) as server, pytest.raises(ServiceError) as failure:
        service(server, http_client).refresh(Secret(REFRESH))

    assert leaks(shown(failure.value), (GRANTED["access_token"], "AQSecondOne-8291", REFRESH, SECRET)) == []


def test_a_silent_service_is_an_outage():
    """A time-out is no verdict on the grant."""
    http_client = HttpClient(timeouts=Timeouts(read=0.2))

    def drip():
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
        yield b"{"
        stop.wait(5)

    stop = threading.Event()
    with LoopbackServer(lambda _: Reply(raw=drip())) as server:
        with pytest.raises(ServiceError, match="fell silent"):
            service(server, http_client).refresh(Secret(REFRESH))
        stop.set()
    http_client.close()
    assert len(server.received) == 1


def test_an_unreachable_service_is_asked_twice_and_named(http_client):
    """Nothing was sent, so asking again is safe; after that the address is in the message."""
    with LoopbackServer(lambda _: as_json(GRANTED)) as server:
        gone = service(server, http_client)

    with pytest.raises(
        ConnectionFailed, match=re.escape(f"POST {server.url}/accounts/api/token: no connection")
    ):
        gone.refresh(Secret(REFRESH))


class LateWire(HttpClient):
    """A network that comes up with the second try."""

    tries = 0

    def send(self, request):
        self.tries += 1
        if self.tries == 1:
            raise ConnectionFailed("not yet")
        return super().send(request)


def test_a_service_that_is_reached_at_the_second_try_is_enough():
    """One failed connection, after which nothing was sent, ends no run."""
    http_client = LateWire()

    with LoopbackServer(lambda _: as_json(GRANTED)) as server:
        token = service(server, http_client).refresh(Secret(REFRESH))
    http_client.close()

    assert token.access_token == Secret(GRANTED["access_token"])
    assert len(server.received) == 1


def test_a_redirect_of_the_accounts_service_is_not_followed(http_client):
    """The form, which holds the refresh token, goes to no other place."""
    with LoopbackServer(lambda _: as_json(GRANTED)) as other:
        away = Reply(307, {"Location": f"{other.url}/api/token"})
        with LoopbackServer(lambda _: away) as server, pytest.raises(ServiceError):
            service(server, http_client).refresh(Secret(REFRESH))

    assert other.received == []


def test_the_s256_challenge_is_that_of_the_rfc():
    """RFC 7636 appendix B."""
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_verifiers_and_states_are_long_and_never_repeat():
    """RFC 7636 section 4.1: 43 to 128 characters of the unreserved set; a state has at least 128 bits."""
    verifiers = {new_verifier().reveal() for _ in range(10_000)}
    states = {new_state().reveal() for _ in range(10_000)}

    assert len(verifiers) == len(states) == 10_000
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)
    assert all(len(state) >= 22 for state in states)


def test_the_authorize_url_holds_what_consent_needs_and_no_verifier():
    """RFC 6749 section 4.1.1 and RFC 7636 section 4.3; scopes sorted, once each, with blanks between."""
    verifier, state = Secret("v" * 43), Secret("the-state")

    url = authorize_url(
        "https://accounts.spotify.com",
        client_id=CLIENT_ID,
        redirect_uri="http://127.0.0.1:8888/callback",
        scopes=["user-read-email", "playlist-read-private", "user-read-email"],
        state=state,
        verifier=verifier,
    )

    assert urlsplit(url)._replace(query="").geturl() == "https://accounts.spotify.com/authorize"
    assert parse_qs(urlsplit(url).query) == {
        "client_id": [CLIENT_ID],
        "response_type": ["code"],
        "redirect_uri": ["http://127.0.0.1:8888/callback"],
        "state": ["the-state"],
        "scope": ["playlist-read-private user-read-email"],
        "code_challenge_method": ["S256"],
        "code_challenge": [challenge(verifier)],
    }
    assert verifier.reveal() not in url
