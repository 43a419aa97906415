"""Both services as one ASGI application: the Web API under `/v1`, the accounts service beside it.

Everything is answered on the event loop's thread, one request at a time, under one lock: what a test
arranges from another thread is never seen half done.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pytest_spotify.access import Access
from pytest_spotify.sandbox import conditional, control, cors, gate, pages, seed
from pytest_spotify.sandbox.accounts import PREFIX as ACCOUNTS_PREFIX
from pytest_spotify.sandbox.accounts import Accounts, html_response
from pytest_spotify.sandbox.api import HANDLERS
from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.catalogue import load
from pytest_spotify.sandbox.client import Client
from pytest_spotify.sandbox.faults import Faults
from pytest_spotify.sandbox.grants import Grants
from pytest_spotify.sandbox.operations import Operation, Router
from pytest_spotify.sandbox.store import Account, Store

API_PREFIX = "/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedExchange:
    """A request that was answered. `authorized` says whether it carried a valid access token."""

    method: str
    path: str
    query: str = field(repr=False)
    status: int
    authorized: bool


class World:
    """Everything that the sandbox remembers, and how it answers."""

    def __init__(
        self, access: Access, client: Client, refresh_token: str, catalogue: Path | None = None
    ) -> None:
        self.lock = threading.RLock()
        self.access = access
        self.catalogue = load(catalogue)
        self.store = Store()
        self.grants = Grants(client)
        self.accounts = Accounts(self.grants, self._sign_in)
        self.log: list[LoggedExchange] = []
        self.faults = Faults()
        self._refresh_token = refresh_token
        self._router = Router()
        self.reset()

    def reset(self) -> None:
        """Go back to the start: accounts, playlists, log, faults. Whoever has a token keeps it."""
        names = [each.display_name for each in self.store.accounts.values()]
        self.store = seed.seed_store(self.catalogue)
        for name in names:
            seed.add_account(self.store, self.catalogue, name)
        self.grants.grant_all_scopes(seed.DEFAULT_USER, self._refresh_token)
        self.accounts.forget()
        self.log.clear()
        self.faults.clear()

    def sign_in(self, name: str) -> str:
        """Give an account of this name, made if new, a grant of all scopes; return its refresh token."""
        return self.grants.grant_all_scopes(self._sign_in(name))

    def variables(self, origin: str) -> dict[str, str]:
        """Return the variables with which clients and commands come here, as the bundled account."""
        client = self.grants.client
        return {
            "SPOTIFY_CLIENT_ID": client.id,
            "SPOTIFY_CLIENT_SECRET": client.secret,
            "SPOTIFY_REDIRECT_URI": client.redirect_uris[0],
            "SPOTIFY_REFRESH_TOKEN": self._refresh_token,
            "SPOTIFY_ACCESS": self.access,
            "SPOTIFY_API_URL": f"{origin}{API_PREFIX}",
            "SPOTIFY_ACCOUNTS_URL": f"{origin}{ACCOUNTS_PREFIX}",
        }

    def app(self, execute: Callable[[str, dict[str, Any]], None] | None = None) -> Starlette:
        """Return the application to serve; without `execute` it takes no orders over HTTP."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            if execute is not None and _under(request.url.path, control.PREFIX):
                with self.lock:
                    return control.answer(request, body, execute)
            return await self._answer(request, body)

        async def unrouted(request: Request, _error: Exception) -> Response:
            return await endpoint(request)  # a line feed in a path is matched by no route of Starlette's

        return Starlette(
            routes=[Route("/{path:path}", endpoint, methods=_METHODS)],
            exception_handlers={404: unrouted},
            # Fast rather than small: the bytes go no further than this machine.
            middleware=[Middleware(GZipMiddleware, minimum_size=1, compresslevel=1)],
        )

    async def _answer(self, request: Request, body: bytes) -> Response:
        path, authorized = request.scope["raw_path"].decode("ascii"), False  # as sent: a %23 is no fragment
        if cors.is_preflight(request):  # of the browser's own accord: no fault is spent on it
            return cors.allow(Response(status_code=204))
        with self.lock:
            delay = self.faults.next_delay()
        await asyncio.sleep(delay)
        with self.lock:
            if failure := self.faults.next_failure():
                response = Response(failure.body, failure.status, dict(failure.headers))
            elif _under(path, API_PREFIX):
                response, authorized = self._answer_api(request, path.removeprefix(API_PREFIX), body)
            elif _under(path, ACCOUNTS_PREFIX):
                response = self.accounts.answer(request, body)
            elif path == "/" and request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                response = html_response(pages.landing(self.variables(_origin(request))))
            else:
                response = Response(status_code=404)
            self.log.append(
                LoggedExchange(
                    method=request.method,
                    path=path,
                    query=request.url.query,
                    status=response.status_code,
                    authorized=authorized,
                )
            )
        readable = _under(path, API_PREFIX) or path == ACCOUNTS_PREFIX + "/api/token"
        return cors.allow(response) if readable else response

    def _answer_api(self, request: Request, path: str, body: bytes) -> tuple[Response, bool]:
        path = path.rstrip("/")
        authorized = False
        try:
            token = gate.check_token(self.grants, request.headers.get("authorization"))
            authorized = True
            operation, names, methods = self._router.find(request.method, path)
            if operation is None:
                raise gate.unknown_route(path, methods)
            gate.check_access(operation, self.access)
            gate.check_scope(operation, token)
            answer = HANDLERS[operation.name](
                Call(
                    api_url=f"{_origin(request)}{API_PREFIX}",
                    access=self.access,
                    catalogue=self.catalogue,
                    store=self.store,
                    path=path,
                    names=names,
                    query=request.query_params.multi_items(),
                    content=body,
                    account=self._account(token.user) if token.user else None,
                    scope=token.scope,
                )
            )
        except ApiError as refused:
            return _response(Answer(status=refused.status, body=refused.body), refused.headers), authorized
        return self._drifted(request, operation, answer), authorized

    def _drifted(self, request: Request, operation: Operation, answer: Answer) -> Response:
        if answer.body is not None:
            answer = replace(answer, body=self.faults.drifted(operation.name, answer.body))
        response = _response(answer, {})
        return _conditional(request, response) if operation.tagged else response

    def _account(self, id_: str) -> Account:
        """Return an account; one that signed in to an earlier sandbox is made here, as a sign-in would."""
        return self.store.accounts.get(id_) or seed.add_account(self.store, self.catalogue, id_)

    def _sign_in(self, name: str) -> str:
        return seed.add_account(self.store, self.catalogue, name).id


_HOST = re.compile(r"[\w.-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?", re.ASCII)
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]


def _origin(request: Request) -> str:
    """Return the sandbox's address as the client knows it, which may be that of a container or a network."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        address, port = request.scope["server"]
        host = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return f"http://{host}"


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")


def _conditional(request: Request, response: Response) -> Response:
    """Tag an answer, and put 304 in its place where the client has it; with the headers that stay then.

    RFC 9110, section 15.4.5: those that the 200 would have had and a cache needs.
    """
    # The port of a sandbox is another each time, and Spotify's answers have the same links each time.
    tag = conditional.entity_tag(bytes(response.body).replace(_origin(request).encode(), b""))
    headers = {"etag": tag, "cache-control": "public, max-age=0"}
    if conditional.matches(",".join(request.headers.getlist("if-none-match")) or None, tag):
        # `Vary` as the middleware writes it, which has nothing to compress here.
        return Response(status_code=304, headers={**_COMMON, **headers, "vary": "Accept-Encoding"})
    response.headers.update(headers)
    return response


_COMMON = {"cache-control": "private, max-age=0"}


def _response(answer: Answer, headers: Mapping[str, str]) -> Response:
    common = {**_COMMON, **headers}
    if answer.body is None:
        return Response(status_code=answer.status, headers=common)
    # Errors come indented, and there are clients that look for the text `"status": 404` (spotifyaio).
    indent, separators = (2, None) if answer.status >= 400 else (None, (",", ":"))
    text = json.dumps(answer.body, ensure_ascii=False, indent=indent, separators=separators)
    return Response(text.encode(), answer.status, common, media_type="application/json; charset=utf-8")
