"""Signing in with the browser, from the authorize URL to the stored tokens (RFC 6749 section 4.1, RFC 7636).

The browser's response comes to a listener on this computer, or in an address that the user pastes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from pytest_spotify.auth.credentials import DASHBOARD
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.sign_in import pages
from pytest_spotify.auth.sign_in.callback_server import AuthorizationResponse, CallbackServer, parse_redirect
from pytest_spotify.auth.source import store_sign_in
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.auth.token import Token, today
from pytest_spotify.errors import SignInRefused, SpotifyTestError
from pytest_spotify.redaction import Secret


def new_verifier() -> Secret:
    """Return a PKCE code verifier of 86 characters, 512 bits of chance (RFC 7636 section 4.1)."""
    return Secret(secrets.token_urlsafe(64))


def challenge(verifier: Secret) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii").rstrip("=")


def new_state() -> Secret:
    """Return a `state` of 256 bits, for one sign-in (RFC 6749 section 10.12)."""
    return Secret(secrets.token_urlsafe(32))


def authorize_url(
    accounts_url: str,
    *,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str],
    state: Secret,
    verifier: Secret,
    show_dialog: bool = False,
) -> str:
    """Return the URL at which the user consents (RFC 6749 section 4.1.1, RFC 7636 section 4.3).

    PKCE always, also beside a client secret (RFC 9700 section 2.1.1). The result holds the state: it is
    for the user's browser, and for no log.
    """
    query = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state.reveal(),
        "scope": " ".join(sorted(set(scopes))),
        "code_challenge_method": "S256",
        "code_challenge": challenge(verifier),
    }
    if show_dialog:
        query["show_dialog"] = "true"
    return f"{accounts_url}/authorize?{urlencode(query)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in, with a `state` and a verifier of its own."""

    service: AccountsService
    store: TokenStore
    redirect_uri: str
    scopes: frozenset[str]
    state: Secret = field(default_factory=new_state)
    verifier: Secret = field(default_factory=new_verifier)

    @property
    def url(self) -> str:
        """Return the authorize URL, with the dialog: another user may be signed in to the browser."""
        return authorize_url(
            self.service.url,
            client_id=self.service.client_id,
            redirect_uri=self.redirect_uri,
            scopes=self.scopes,
            state=self.state,
            verifier=self.verifier,
            show_dialog=True,
        )

    def with_callback_server(self, open_url: Callable[[str], None], *, seconds: float) -> Token:
        """Wait for the browser on the loopback redirect URI, and show it how the sign-in ended."""
        with CallbackServer(self.redirect_uri, self.state) as callback:
            # The port may be known only now; the exchange has to repeat the URI (RFC 6749 section 4.1.3).
            sign_in = replace(self, redirect_uri=callback.redirect_uri)
            open_url(sign_in.url)
            response = callback.wait(seconds)
            try:
                token = sign_in.finish(response)
            except SpotifyTestError:
                callback.finish(pages.CANCELLED if response.error == "access_denied" else pages.FAILED)
                raise
            callback.finish(pages.SIGNED_IN)
            return token

    def with_pasted_url(self, lines: Iterable[str], tell: Callable[[str], None]) -> Token:
        """Read the address that the browser ended at from lines that the user pastes."""
        for line in lines:
            address = line.strip().strip("'\"<>")
            if not address:
                continue
            query = query_from_url(address, self.redirect_uri)
            response = parse_redirect(query, self.state) if query is not None else None
            if response is not None:
                return self.finish(response)
            tell(
                f"That is not it: expected the whole address, which begins with {self.redirect_uri} and "
                "holds the `state` of this sign-in."
            )
        raise SignInRefused("No address was pasted, so nothing was stored.")

    def finish(self, response: AuthorizationResponse) -> Token:
        """Exchange the code of a response and store the tokens; raises SignInRefused for an error."""
        __tracebackhide__ = True
        if response.code is None:
            raise SignInRefused(_refusal(response.error))
        token = self.service.exchange_code(
            response.code, verifier=self.verifier, redirect_uri=self.redirect_uri, scopes=self.scopes
        )
        if token.refresh_token is None:
            raise SignInRefused(
                "The accounts service granted an access token but no refresh token, so nothing was stored."
            )
        store_sign_in(self.store, token, on=today())
        return token


def _refusal(error: str) -> str:
    if error == "access_denied":
        return "You chose Cancel, so nothing was allowed and nothing was stored."
    return (
        f"The accounts service refused the sign-in: {error} (RFC 6749 section 4.1.2.1). Nothing was stored. "
        f"Look at the scopes and at the app's settings in {DASHBOARD}."
    )


def query_from_url(address: str, redirect_uri: str) -> str | None:
    """Return the query of a pasted address, or None if that is not below the redirect URI."""
    try:
        given, expected = urlsplit(address), urlsplit(redirect_uri)
    except ValueError:
        return None
    # A server of the user's own may add or drop the slash of an empty path.
    same = (given.scheme, given.netloc.lower(), given.path or "/")
    if same != (expected.scheme, expected.netloc.lower(), expected.path or "/"):
        return None
    # Spotify appends its answer to a query that the redirect URI may have.
    return given.query
