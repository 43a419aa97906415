"""The three form posts of OAuth 2.0 that Spotify's accounts service takes.

Documentation: documentation/web-api/tutorials/{client-credentials,code,code-pkce}-flow, refreshing-tokens.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from urllib.parse import urlencode

from pytest_spotify.auth.credentials import DASHBOARD, DEFAULT_PROFILE, login_command, refresh_token_variable
from pytest_spotify.auth.token import Token, token_from_response
from pytest_spotify.clock import Clock
from pytest_spotify.errors import (
    AuthorizationError,
    ConnectionFailed,
    InvalidClient,
    InvalidGrant,
    QuotaExceeded,
    ServiceError,
    SpotifyTestError,
    truncate,
)
from pytest_spotify.exchange import Headers, Request, Response
from pytest_spotify.redaction import MASK, Secret
from pytest_spotify.transport.client import HttpClient

_Form = Mapping[str, str | Secret]


class AccountsService:
    """Spotify's accounts service, or a sandbox's, as one app sees it."""

    def __init__(
        self,
        accounts_url: str,
        *,
        client_id: str,
        client_secret: Secret | None = None,
        http_client: HttpClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.url = accounts_url
        self.client_id = client_id
        self._client_secret = client_secret
        self._http_client = http_client or HttpClient()
        self._clock = clock or Clock()

    def client_credentials(self) -> Token:
        """Request a token of the app's own (RFC 6749 section 4.4): no user, no refresh token."""
        __tracebackhide__ = True
        return self._grant({"grant_type": "client_credentials"}, user=False)

    def refresh(
        self,
        refresh_token: Secret,
        *,
        scopes: frozenset[str] | None = None,
        signed_in: date | None = None,
        profile: str = DEFAULT_PROFILE,
    ) -> Token:
        """Request a user's next access token (RFC 6749 section 6).

        `scopes` are those that the response may leave out; `signed_in`, the day of consent, and `profile` are
        for the message.
        """
        __tracebackhide__ = True
        form: _Form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        over = _sign_in_is_over(signed_in, profile)
        return self._grant(form, user=True, kept=refresh_token, scopes=scopes, invalid_grant=over)

    def exchange_code(
        self, code: Secret, *, verifier: Secret, redirect_uri: str, scopes: frozenset[str] | None = None
    ) -> Token:
        """Turn the code of a sign-in into tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).

        `scopes` are those that were requested: a response that names none grants them (RFC 6749 section 5.1).
        """
        __tracebackhide__ = True
        form: _Form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        over = "a code serves once, and for minutes only. Start the sign-in again."
        return self._grant(form, user=True, scopes=scopes, invalid_grant=over)

    def _grant(
        self,
        form: _Form,
        *,
        user: bool,
        kept: Secret | None = None,
        scopes: frozenset[str] | None = None,
        invalid_grant: str = "",
    ) -> Token:
        __tracebackhide__ = True
        if self._client_secret is None:
            # Without a secret the client names itself in the body (RFC 6749 section 3.2.1).
            form = {**form, "client_id": self.client_id}
        response = self._send(form)
        outcome = self._outcome(response, user=user, kept=kept, scopes=scopes)
        if outcome is None:
            hidden = [value for value in form.values() if isinstance(value, Secret)]
            hidden += [self._client_secret] if self._client_secret else []
            outcome = _refusal(response, hidden, invalid_grant)
        if isinstance(outcome, SpotifyTestError):
            raise outcome
        return outcome

    def _outcome(
        self, response: Response, *, user: bool, kept: Secret | None, scopes: frozenset[str] | None
    ) -> Token | SpotifyTestError | None:
        """Return the token, or an error as a value: this frame holds the tokens in clear."""
        answer = _json_object(response)
        if response.status != 200 or answer is None:
            return None
        now = self._clock.monotonic()
        try:
            return token_from_response(answer, user=user, now=now, refresh_token=kept, scopes=scopes)
        except SpotifyTestError as error:
            return error.with_traceback(None)

    def _send(self, form: _Form) -> Response:
        __tracebackhide__ = True
        request = Request(
            method="POST",
            url=f"{self.url}/api/token",
            headers=Headers(self._fields()),
            body=urlencode({name: _plain(value) for name, value in form.items()}).encode("ascii"),
        )
        # Nothing was sent then, so even a refresh token that serves once is not lost by asking again.
        with suppress(ConnectionFailed):
            return self._http_client.send(request)
        return self._http_client.send(request)

    def _fields(self) -> list[tuple[str, str]]:
        fields = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        if self._client_secret is not None:
            # RFC 6749 section 2.3.1 and RFC 7617; Spotify's ids and secrets need no form-encoding.
            pair = f"{self.client_id}:{self._client_secret.reveal()}".encode()
            fields.append(("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}"))
        return fields


def _plain(value: str | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else value


def _json_object(response: Response) -> Mapping[str, object] | None:
    try:
        answer = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _refusal(response: Response, hidden: list[Secret], invalid_grant: str) -> SpotifyTestError:
    """Return the error for a refusal: only the `error` of RFC 6749 section 5.2 is final."""
    status, answer = response.status, _json_object(response) or {}
    error, description = answer.get("error"), answer.get("error_description")
    said = f"The accounts service responded with {status}"
    if status == 429:
        after = truncate(response.headers.get("Retry-After", "unknown"), 40)
        return QuotaExceeded(f"{said}, Retry-After {after}: too many token requests. Try again later.")
    if not isinstance(error, str) or not 400 <= status < 500:
        kind = truncate(response.headers.get("Content-Type", "no media type"), 60)
        return ServiceError(
            f"{said} ({kind}), expected a response of RFC 6749 section 5. Stored tokens stay; "
            "try again later."
        )
    said += f" {_clean(error, hidden)}"
    if isinstance(description, str) and description:
        said += f" ({_clean(description, hidden)})"
    if error == "invalid_grant":
        return InvalidGrant(f"{said}: {invalid_grant}")
    if error == "invalid_client":
        return InvalidClient(
            f"{said}: it does not know this app, or the secret is wrong. Compare SPOTIFY_CLIENT_ID and "
            f"SPOTIFY_CLIENT_SECRET with {DASHBOARD}."
        )
    return AuthorizationError(f"{said}. `pytest-spotify doctor` shows what is set.")


def _sign_in_is_over(signed_in: date | None, profile: str) -> str:
    since = f" The sign-in is of {signed_in.isoformat()}." if signed_in else ""
    return (
        "the sign-in is over; it ends six months after the user's consent, or when that is "
        f"withdrawn.{since} Sign in again with `{login_command(profile)}`, and renew "
        f"{refresh_token_variable(profile)} where it is set."
    )


def _clean(text: str, hidden: list[Secret]) -> str:
    """Return a text of the service without any secret that it repeats."""
    for secret in hidden:
        if secret.reveal():
            text = text.replace(secret.reveal(), MASK)
    return truncate(text, 200)
