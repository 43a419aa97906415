"""The accounts service over HTTP: sign in, agree, and the token endpoint.

As at the real service, `/authorize` first sends the browser to the sign-in page and looks at the
request only after that. Knows the grants, nothing of the Web API.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from pytest_spotify.sandbox import authorization, pages
from pytest_spotify.sandbox.authorization import RefusedError, SentBackError, Wish, with_query
from pytest_spotify.sandbox.grants import SCOPES, GrantError, Grants

PREFIX = "/accounts"
_SESSION = "sandbox_session"


class Accounts:
    """Answers what comes under `/accounts`. `sign_in` turns a typed name into a user's id."""

    def __init__(self, grants: Grants, sign_in: Callable[[str], str]) -> None:
        self.grants = grants
        self._sign_in = sign_in
        self._sessions: dict[str, str] = {}
        self._waiting: dict[str, tuple[str, Wish]] = {}
        self._agreed: dict[str, set[str]] = {}

    def forget(self) -> None:
        """Sign everybody out and forget what they agreed to."""
        self._sessions.clear()
        self._waiting.clear()
        self._agreed.clear()

    def answer(self, request: Request, body: bytes) -> Response:
        """Answer one request."""
        path = request.url.path.removeprefix(PREFIX).rstrip("/")
        response = self._route(request.method, path, request, body)
        # Named as they have been seen at accounts.spotify.com: recorders must scrub them.
        for cookie in (
            f"__Host-device_id={secrets.token_hex(32)}; Path=/; Secure; HttpOnly; SameSite=Lax",
            "sp_tr=false; Path=/; Secure; SameSite=Lax",
        ):
            response.headers.append("set-cookie", cookie)
        response.headers["cache-control"] = "no-store"
        return response

    def _route(self, method: str, path: str, request: Request, body: bytes) -> Response:
        match method, path:
            case "GET", "/authorize":
                return self._authorize(request)
            case "POST", "/authorize":
                return self._decide(request, _form(body))
            case "GET", "/login":
                return html_response(
                    pages.sign_in(f"{PREFIX}/login", request.query_params.get("continue", ""))
                )
            case "POST", "/login":
                return self._log_in(_form(body))
            case "POST", "/api/token":
                return self._token(request, _form(body))
            case _, "/authorize" | "/login":
                return Response(status_code=405, headers={"allow": "GET, POST"})
            case _, "/api/token":
                return Response(status_code=405, headers={"allow": "POST"})
        return Response(status_code=404)

    def _authorize(self, request: Request) -> Response:
        session = request.cookies.get(_SESSION, "")
        user = self._sessions.get(session)
        if user is None:
            return _redirect(_login(request.url.query))
        try:
            wish = authorization.read(request.query_params, self.grants.client)
        except RefusedError as refused:
            return html_response(refused.page, 400)
        except SentBackError as wrong:
            return _redirect(wrong.location)
        if set(wish.scope) <= self._agreed.get(user, set()) and user in self._agreed and not wish.show_dialog:
            return self._send_code(user, wish)
        ticket = secrets.token_urlsafe(24)
        self._waiting[ticket] = (session, wish)
        return html_response(
            pages.consent(
                f"{PREFIX}/authorize",
                ticket,
                user=user,
                app=self.grants.client.id,
                scopes=[SCOPES[each] for each in wish.scope],
                other=_login(request.url.query),
            )
        )

    def _log_in(self, form: Mapping[str, str]) -> Response:
        name, query = form.get("username", "").strip(), form.get("continue", "")
        if not name:
            page = pages.sign_in(f"{PREFIX}/login", query, problem="Type a name: any name will do.")
            return html_response(page, 400)
        session = secrets.token_urlsafe(24)
        self._sessions[session] = self._sign_in(name)
        response = _redirect(f"{PREFIX}/authorize?{query}")
        response.set_cookie(_SESSION, session, path=PREFIX, httponly=True, samesite="lax")
        return response

    def _decide(self, request: Request, form: Mapping[str, str]) -> Response:
        session, wish = self._waiting.pop(form.get("request", ""), ("", None))
        user = self._sessions.get(session)
        if wish is None or user is None or not _same(session, request.cookies.get(_SESSION, "")):
            return html_response(pages.refusal("Nothing to agree to", "Begin again from the app."), 400)
        if form.get("answer") != "agree":
            return _redirect(with_query(wish.redirect_uri, {"error": "access_denied"}, wish.state))
        self._agreed.setdefault(user, set()).update(wish.scope)
        return self._send_code(user, wish)

    def _send_code(self, user: str, wish: Wish) -> Response:
        code = self.grants.new_code(
            user=user, redirect_uri=wish.redirect_uri, scope=wish.scope, challenge=wish.challenge
        )
        return _redirect(with_query(wish.redirect_uri, {"code": code}, wish.state))

    def _token(self, request: Request, form: Mapping[str, str]) -> Response:
        try:
            return JSONResponse(self._grant(request.headers.get("authorization"), form))
        except GrantError as refused:
            return JSONResponse(refused.body, 400)

    def _grant(self, proof: str | None, form: Mapping[str, str]) -> dict[str, object]:
        proved = self._prove(proof, form)
        match form.get("grant_type"):
            case "authorization_code":
                code, uri = _required(form, "code"), _required(form, "redirect_uri")
                return self.grants.exchange(code, uri, form.get("code_verifier"), proved=proved)
            case "refresh_token":
                return self.grants.refresh(_required(form, "refresh_token"), proved=proved)
            case "client_credentials" if proved:
                return self.grants.app_token()
            case "client_credentials":
                raise GrantError("invalid_client")
            case None | "":
                raise GrantError("unsupported_grant_type", "grant_type parameter is missing")
        raise GrantError(
            "unsupported_grant_type",
            "grant_type must be client_credentials, authorization_code or refresh_token",
        )

    def _prove(self, proof: str | None, form: Mapping[str, str]) -> bool:
        """Return True if the client proved itself with its secret; naming itself is enough under PKCE."""
        client = self.grants.client
        if proof is not None:
            id_, secret = _basic(proof)
        else:
            id_, secret = form.get("client_id"), form.get("client_secret")
        if not id_:
            raise GrantError("invalid_client")
        if id_ != client.id or (secret is not None and not _same(secret, client.secret)):
            raise GrantError("invalid_client", "Invalid client")
        return secret is not None


def _basic(proof: str) -> tuple[str | None, str | None]:
    scheme, _, value = proof.partition(" ")
    try:
        id_, colon, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None, None
    return (id_, secret) if scheme.lower() == "basic" and colon else (None, None)


def _required(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise GrantError("invalid_request", f"{name} must be supplied")
    return form[name]


def _form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _login(query: str) -> str:
    return f"{PREFIX}/login?{urlencode({'continue': query})}"


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _redirect(location: str) -> Response:
    return RedirectResponse(location, 303)


def html_response(content: str, status: int = 200) -> Response:
    """Return a page as a response that no other site can frame or script."""
    return HTMLResponse(
        content,
        status,
        {
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
            "frame-ancestors 'none'",
            "referrer-policy": "no-referrer",
        },
    )
