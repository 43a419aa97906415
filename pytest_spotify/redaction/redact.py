"""Redaction of an exchange: of its header fields, its URL and its bodies.

Beside it, `scan` searches files for secrets and `masking` hides them in output. `docs/recording.md` describes
what a user sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import ACCOUNTS_URL, Exchange, Headers, Request, Response
from pytest_spotify.formats import Data, json_text
from pytest_spotify.redaction import MASK, encodings_of
from pytest_spotify.redaction.patterns import MIN_SECRET, is_secret_name, mask_suspected_secrets
from pytest_spotify.redaction.pseudonyms import Pseudonyms

_REQUEST_FIELDS = {
    "accept": "Accept",
    "accept-language": "Accept-Language",
    "content-type": "Content-Type",
    "if-modified-since": "If-Modified-Since",
    "if-none-match": "If-None-Match",
}
_RESPONSE_FIELDS = {
    "allow": "Allow",
    "cache-control": "Cache-Control",
    "content-type": "Content-Type",
    "deprecation": "Deprecation",
    "etag": "ETag",
    "last-modified": "Last-Modified",
    "retry-after": "Retry-After",
    "sunset": "Sunset",
    "www-authenticate": "WWW-Authenticate",
}
_CLIENT_ID = re.compile(r"cid=[0-9a-f]{32}")


def redact_exchanges(
    exchanges: Iterable[Exchange],
    secrets: Mapping[str, str] | Iterable[str] = (),
    identity: Mapping[str, object] | None = None,
    *,
    extra: Sequence[Callable[[Exchange], Exchange]] = (),
) -> list[Exchange]:
    """Return redacted copies of the exchanges, safe to write to one cassette.

    `identity` is the account's profile, as `GET /me` returns it. `extra` are a project's own changes;
    they come first, so that their results are redacted too.
    """
    selected = []
    for exchange in exchanges:
        if not exchange.request.url.lower().startswith(ACCOUNTS_URL):
            for change in extra:
                exchange = change(exchange)  # noqa: PLW2901
            selected.append(exchange)
    # Secrets first, so that pseudonyms depend on nothing that is not written.
    hidden = [_ExchangeRewriter(_SecretRedactor(secrets)).exchange(exchange) for exchange in selected]
    pseudonyms = Pseudonyms(identity)
    pseudonyms.collect(hidden)
    return [_ExchangeRewriter(pseudonyms).exchange(exchange) for exchange in hidden]


def redact_values(
    values: Mapping[str, str],
    secrets: Mapping[str, str] | Iterable[str] = (),
    identity: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """Return redacted values of the account, safe to write to a cassette."""
    hide_secrets, pseudonyms = _SecretRedactor(secrets), Pseudonyms(identity)
    return {
        name: pseudonyms.text(pseudonyms.known(hide_secrets.text(value))) for name, value in values.items()
    }


class _Redactor(Protocol):
    """The replacements of a text, of a URL, and of some fields of a JSON object."""

    def text(self, text: str) -> str: ...

    def url(self, url: str) -> str: ...

    def name(self, name: str) -> str: ...

    def fields(self, value: Mapping[str, Data], key: str, url: str) -> Mapping[str, Data]: ...


class _SecretRedactor:
    """The redactor of secrets: known ones, those in fields of telling names, and what looks like one."""

    def __init__(self, secrets: Mapping[str, str] | Iterable[str]) -> None:
        values = secrets.values() if isinstance(secrets, Mapping) else secrets
        encodings = {
            encoded
            for value in values
            if len(value) >= MIN_SECRET
            for encoded in encodings_of(value).values()
        }
        self._encodings = sorted(encodings, key=lambda encoded: (-len(encoded), encoded))

    def text(self, text: str) -> str:
        # Preview addresses carry the client id of whoever asked; their shape is kept.
        hidden = mask_suspected_secrets(self.url(_CLIENT_ID.sub("cid=" + "0" * 32, text)), MASK)
        # What is hidden can make its neighbour plain to see. Each round is shorter, so there is a last one.
        return hidden if hidden == text else self.text(hidden)

    def url(self, url: str) -> str:
        for encoded in self._encodings:
            url = url.replace(encoded, MASK)
        return url

    def name(self, name: str) -> str:
        return self.url(name)

    def fields(self, value: Mapping[str, Data], key: str, url: str) -> Mapping[str, Data]:  # noqa: ARG002
        return {
            name: MASK
            for name, part in value.items()
            if part and isinstance(part, str) and is_secret_name(name)
        }


class _ExchangeRewriter:
    """A rewriter of exchanges by one redactor; what is not named here is dropped."""

    def __init__(self, redactor: _Redactor) -> None:
        self._redactor = redactor

    def exchange(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        fields = self._headers(request.headers, _REQUEST_FIELDS)
        if "Authorization" in request.headers:
            fields.append(("Authorization", _authorization(request.headers.get("Authorization"))))
        return Exchange(
            request=Request(
                method=request.method,
                url=self._redactor.url(request.url),
                headers=Headers(sorted(fields)),
                body=self._body(request.body, request.headers, request),
            ),
            response=Response(
                status=response.status,
                headers=Headers(sorted(self._headers(response.headers, _RESPONSE_FIELDS))),
                body=self._body(response.body, response.headers, request),
            ),
        )

    def _headers(self, headers: Headers, kept: Mapping[str, str]) -> list[tuple[str, str]]:
        return [
            (kept[name.lower()], self._redactor.text(value))
            for name, value in headers
            if name.lower() in kept
        ]

    def _body(self, body: bytes, headers: Headers, request: Request) -> bytes:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            media_type = headers.get("Content-Type").partition(";")[0].strip().lower()
            if media_type.startswith("image/"):
                return body
            raise UnrecordableTraffic(
                f"{request.title}: a body of type {media_type or 'unknown'!r} that is not text cannot be "
                "redacted"
            ) from None
        try:
            value = json_text.loads(body)
        except ValueError:
            return self._redactor.text(text).encode()
        rewritten = self._value(value, "", request.url)
        return body if rewritten == value else json_text.dumps(rewritten).encode()

    def _value(self, value: Data, key: str, url: str) -> Data:
        if isinstance(value, json_text.Number):
            return value
        if isinstance(value, str):
            return self._redactor.text(value)
        if isinstance(value, list):
            return [self._value(part, key, url) for part in value]
        if not isinstance(value, dict):
            return value
        replaced = self._redactor.fields(value, key, url)
        return {
            self._redactor.name(name): replaced[name] if name in replaced else self._value(part, name, url)
            for name, part in value.items()
        }


def _authorization(value: str) -> str:
    """Return the scheme of an Authorization value alone; without a known one it may be a bare secret."""
    scheme = value.partition(" ")[0].lower()
    return {"bearer": f"Bearer {MASK}", "basic": f"Basic {MASK}"}.get(scheme, MASK)
