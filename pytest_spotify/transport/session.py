"""The authorized `requests.Session` that tests and contract items use.

The token is in no request, response or exception that a test can see: the adapter adds it to the request on
its last step.
"""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPResponse

from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.token import authorize
from pytest_spotify.errors import HostNotAllowed
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request, Response, body_bytes
from pytest_spotify.redaction import MASK
from pytest_spotify.transport.live import Transport
from pytest_spotify.transport.target import Target, is_below

Authorization = TokenSource | str | None
"""The Authorization of each request: a token of a source, a header value as it is, or none."""


class SpotifySession(requests.Session):
    """A session on the Web API: `get("/me")` goes to `/v1/me` of the run's target, and nowhere else.

    Any `Authorization` that a caller, `.netrc` or the environment sets is replaced by `authorization`;
    redirects are not followed; `on_exchange` is called with each exchange, under Spotify's own URLs and with
    the token masked.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        authorization: Authorization,
        target: Target | None = None,
        on_exchange: Callable[[Exchange], None] | None = None,
    ) -> None:
        super().__init__()
        self.trust_env = False
        self.headers = CaseInsensitiveDict({"Accept": "application/json", "User-Agent": "pytest-spotify"})
        self._target = target or Target.spotify()
        self.adapters.clear()
        self.mount(API_URL, _Adapter(transport, authorization, on_exchange))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Prepare a request whose URL may be relative to the API URL."""
        __tracebackhide__ = True
        request.url = self._absolute(request.url)
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
        """Send a prepared request, wherever it was prepared."""
        __tracebackhide__ = True
        request.url = self._absolute(request.url)
        return super().send(request, **keywords)

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[requests.Response]:
        """Follow none: no operation of the Web API redirects, and a token must not travel."""
        return iter(())

    def _absolute(self, url: str | bytes | None) -> str:
        """Return the canonical URL; raises HostNotAllowed if it is not the Web API's."""
        __tracebackhide__ = True
        text = url.decode() if isinstance(url, bytes) else url or ""
        if "://" not in text.partition("?")[0]:
            text = f"{API_URL}/{text.lstrip('/')}"
        canonical = self._target.canonical_url(text)
        if is_below(canonical, API_URL):
            return canonical
        raise HostNotAllowed(
            f"{text.partition('?')[0]!r}: expected a path such as /me, or a URL below {API_URL}. Nothing was "
            "sent, as the session's token must not leave the Web API; use another session for other hosts."
        )


class _Adapter(BaseAdapter):
    """An adapter from requests' prepared requests and responses to ours."""

    def __init__(
        self,
        transport: Transport,
        authorization: Authorization,
        on_exchange: Callable[[Exchange], None] | None,
    ) -> None:
        super().__init__()
        self._transport = transport
        self._authorization = authorization
        self._on_exchange = on_exchange

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send one request; a GET is sent once more, with a new token, after a 401."""
        __tracebackhide__ = True
        bare = Request(
            method=request.method or "GET",
            url=request.url or "",
            headers=_without_authorization(request.headers.items()),
            body=body_bytes(request.body),
        )
        response = self._authorized(bare)
        if self._on_exchange is not None:
            self._on_exchange(Exchange(request=self._masked(bare), response=response))
        return _public(request, response)

    def close(self) -> None:
        """Do nothing: connections belong to the transport, which outlives the session."""

    def _authorized(self, bare: Request) -> Response:
        __tracebackhide__ = True
        if not isinstance(self._authorization, TokenSource):
            given = self._authorization
            return self._transport(bare if given is None else _with(bare, given))
        token = self._authorization.token()
        response = self._transport(authorize(bare, token))
        if response.status != 401 or bare.method != "GET":
            return response
        renewed = self._authorization.refresh(token)
        if renewed.access_token == token.access_token:
            return response
        return self._transport(authorize(bare, renewed))

    def _masked(self, bare: Request) -> Request:
        """Return the request with the scheme of its authorization only (RFC 9110 section 11.4)."""
        if self._authorization is None:
            return bare
        scheme, blank = "Bearer", " "
        if isinstance(self._authorization, str):
            scheme, blank, _ = self._authorization.partition(" ")
        return _with(bare, f"{scheme} {MASK}" if blank else MASK)


_WIRE_FIELDS = frozenset(("content-encoding", "content-length", "transfer-encoding"))


def _without_authorization(fields: Iterable[tuple[str, str | bytes]]) -> Headers:
    pairs = ((name, value.decode("latin-1") if isinstance(value, bytes) else value) for name, value in fields)
    own = ("authorization", "content-length")
    return Headers((name, value) for name, value in pairs if name.lower() not in own)


def _with(bare: Request, authorization: str) -> Request:
    return replace(bare, headers=Headers([*bare.headers, ("Authorization", authorization)]))


def _public(request: requests.PreparedRequest, response: Response) -> requests.Response:
    """Return the response as requests would have read it, with the URL of the request."""
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for name, _ in response.headers:
        headers[name] = response.headers.get(name)
    public = requests.Response()
    public.status_code = response.status
    public.reason = http.client.responses.get(response.status, "")
    public.headers = headers
    public.encoding = get_encoding_from_headers(headers)
    public.raw = HTTPResponse(
        body=io.BytesIO(response.body),
        # Fields about the bytes once on the wire would be taken for those of the body.
        headers={name: value for name, value in response.headers if name.lower() not in _WIRE_FIELDS},
        status=response.status,
        reason=public.reason,
        preload_content=False,
    )
    public.url = request.url or ""
    public.request = request
    return public
