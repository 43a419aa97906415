"""The passes of scrubbing over an exchange: its header fields, its address, its bodies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from urllib.parse import quote, urlsplit

from pytest_spotify import json_text
from pytest_spotify.document import Data
from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import ACCOUNTS_URL, Exchange, Headers, Request, Response
from pytest_spotify.leak import MIN_SECRET
from pytest_spotify.leak.suspicion import hide
from pytest_spotify.redact.people import People, asks_for_users, is_device

HIDDEN = "***"

_REQUEST_FIELDS = {"accept": "Accept", "accept-language": "Accept-Language", "content-type": "Content-Type"}
_RESPONSE_FIELDS = {
    "allow": "Allow",
    "cache-control": "Cache-Control",
    "content-type": "Content-Type",
    "deprecation": "Deprecation",
    "retry-after": "Retry-After",
    "sunset": "Sunset",
    "www-authenticate": "WWW-Authenticate",
}
_CLIENT_ID = re.compile(r"\bcid=[0-9a-f]{32}\b")
_SECRET_KEYS = {"access_token", "refresh_token", "id_token", "client_secret", "code_verifier"}


def scrub(
    exchanges: Iterable[Exchange],
    secrets: Mapping[str, str] | Iterable[str] = (),
    identity: Mapping[str, object] | None = None,
    *,
    extra: Sequence[Callable[[Exchange], Exchange]] = (),
) -> list[Exchange]:
    """Return what of the exchanges of one cassette may be written.

    `identity` holds what is known of the account, as `GET /me` tells it. `extra` are a project's own changes;
    they come first, so that nothing they do escapes what follows.
    """
    kept = []
    for exchange in exchanges:
        if not exchange.request.url.lower().startswith(ACCOUNTS_URL):
            for change in extra:
                exchange = change(exchange)  # noqa: PLW2901
            kept.append(exchange)
    people = People(identity)
    people.learn(kept)
    scrubber = _Scrubber(people, secrets)
    return [scrubber.exchange(exchange) for exchange in kept]


def scrub_values(
    values: Mapping[str, str],
    secrets: Mapping[str, str] | Iterable[str] = (),
    identity: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """Return the named values of an account as they may be kept with a cassette."""
    people = People(identity)
    scrubber = _Scrubber(people, secrets)
    return {name: people.known(scrubber.text(value)) for name, value in values.items()}


class _Scrubber:
    def __init__(self, people: People, secrets: Mapping[str, str] | Iterable[str]) -> None:
        values = secrets.values() if isinstance(secrets, Mapping) else secrets
        forms = {
            form for value in values if len(value) >= MIN_SECRET for form in (value, quote(value, safe=""))
        }
        self._people = people
        self._secrets = sorted(forms, key=lambda form: (-len(form), form))

    def exchange(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        fields = self._headers(request.headers, _REQUEST_FIELDS)
        if "Authorization" in request.headers:
            fields.append(("Authorization", _authorization(request.headers.get("Authorization"))))
        return Exchange(
            request=Request(
                method=request.method,
                url=self._url(request.url),
                headers=Headers(sorted(fields)),
                body=self._body(request.body, request.headers, request),
            ),
            response=Response(
                status=response.status,
                headers=Headers(sorted(self._headers(response.headers, _RESPONSE_FIELDS))),
                body=self._body(response.body, response.headers, request),
            ),
        )

    def text(self, text: str) -> str:
        """Return a text without secrets, what looks like one, and people."""
        # Preview addresses carry the client id of whoever asked; their shape is kept.
        text = _CLIENT_ID.sub("cid=" + "0" * 32, text)
        return self._people.text(hide(self._without_secrets(text), HIDDEN))

    def _without_secrets(self, text: str) -> str:
        for form in self._secrets:
            text = text.replace(form, HIDDEN)
        return text

    def _headers(self, headers: Headers, kept: Mapping[str, str]) -> list[tuple[str, str]]:
        return [(kept[name.lower()], self.text(value)) for name, value in headers if name.lower() in kept]

    def _url(self, url: str) -> str:
        url = self._people.url(self._without_secrets(url))
        if not asks_for_users(url):
            return url
        parts = urlsplit(url)
        query = "&".join(
            "ids=" + ",".join(map(self._people.known, pair[4:].replace("%2C", ",").split(",")))
            if pair.startswith("ids=")
            else pair
            for pair in parts.query.split("&")
        )
        return parts._replace(query=query).geturl()

    def _body(self, body: bytes, headers: Headers, request: Request) -> bytes:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            media_type = headers.get("Content-Type").partition(";")[0].strip().lower()
            if media_type.startswith("image/"):
                return body
            where = f"{request.method} {urlsplit(request.url).path}"
            raise UnrecordableTraffic(
                f"{where}: a body of type {media_type or 'unknown'!r} that is no text cannot be scrubbed"
            ) from None
        try:
            value = json_text.loads(body)
        except ValueError:
            return self.text(text).encode()
        scrubbed = self._value(value, "", users=asks_for_users(request.url))
        return body if scrubbed == value else json_text.dumps(scrubbed).encode()

    def _value(self, value: Data, key: str, *, users: bool) -> Data:
        if isinstance(value, json_text.Number):
            return value
        if isinstance(value, str):
            if key in _SECRET_KEYS and value:
                return HIDDEN
            return self._people.known(value) if users and key == "ids" else self.text(value)
        if isinstance(value, list):
            return [self._value(part, key, users=users) for part in value]
        if not isinstance(value, dict):
            return value
        told: dict[str, Data] = {}
        if self._people.is_user(value, key):
            told = self._people.person(value)
        elif is_device(value):
            told = self._people.device(value)
        return {
            self._without_secrets(name): told[name] if name in told else self._value(part, name, users=users)
            for name, part in value.items()
        }


def _authorization(value: str) -> str:
    """Return the kind of an Authorization value alone; what has no known scheme could be a bare secret."""
    scheme = value.partition(" ")[0].lower()
    return {"bearer": f"Bearer {HIDDEN}", "basic": f"Basic {HIDDEN}"}.get(scheme, HIDDEN)
