"""Replay: the recorded response to a request.

A request is matched by its method, its address with the query in any order, the value of its body, and the
kind of its authorization (none, Bearer, other), so that a 401 is never served from a 200. Equal requests get
their responses in the order they were recorded, each once. A 304 answers the condition that it was recorded
with and no other.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from urllib.parse import parse_qsl

from pytest_spotify.cassettes import Cassette
from pytest_spotify.errors import MissingRecording, truncate
from pytest_spotify.exchange import API_URL, NOT_MODIFIED, Exchange, Headers, Request, Response, split_url
from pytest_spotify.redaction import ACCOUNT, MASK

_LONG_WORD = re.compile(r"[\w-]{30,}")  # no id of Spotify's is as long, tokens and client secrets are longer


@dataclass(frozen=True, slots=True)
class _Key:
    method: str
    address: str
    query: tuple[tuple[str, str], ...]
    body: str | bytes
    authorization: str


class CassettePlayer:
    """A cassette that responds to requests. Safe to share between threads."""

    def __init__(self, cassette: Cassette) -> None:
        self._cassette = cassette
        self._lock = threading.Lock()
        self._waiting: dict[_Key, deque[int]] = {}
        self._unplayed = set(range(len(cassette.exchanges)))
        for index, exchange in enumerate(cassette.exchanges):
            self._waiting.setdefault(_key(exchange.request), deque()).append(index)

    def respond(self, request: Request) -> Response:
        """Return the next recorded response to the request; raises MissingRecording if there is none."""
        key = _key(request)
        with self._lock:
            indexes = self._waiting.get(key) or self._waiting.get(_with_account_pseudonym(key))
            index = self._next(indexes, request)
            if index is not None:
                self._unplayed.discard(index)
                return _without_retry_delay(self._cassette.exchanges[index].response)
        raise MissingRecording(self._explain(key))

    def _next(self, indexes: deque[int] | None, request: Request) -> int | None:
        """Remove the next exchange of the request's own condition, else the next that is no 304."""
        if indexes is None:
            return None
        recorded = self._cassette.exchanges
        alike = (index for index in indexes if recorded[index].request.condition == request.condition)
        full = (index for index in indexes if recorded[index].response.status != NOT_MODIFIED)
        index = next(chain(alike, full), None)
        if index is not None:
            indexes.remove(index)
        return index

    def unused(self) -> list[Exchange]:
        """Return the recorded exchanges whose request was not sent, in their order."""
        with self._lock:
            return [self._cassette.exchanges[index] for index in sorted(self._unplayed)]

    def _explain(self, key: _Key) -> str:
        title = f"{key.method} {truncate(key.address, 200)}"
        if key.query:
            title += "?" + "&".join(truncate(name) for name, _ in key.query)
        if self._waiting.get(key):
            reason = "the remaining recorded responses are 304s to another If-None-Match or If-Modified-Since"
        elif key in self._waiting:
            times = Counter(_key(exchange.request) for exchange in self._cassette.exchanges)[key]
            reason = f"it was recorded {'once' if times == 1 else f'{times} times'} and is sent once more"
        else:
            there = [known for known in self._waiting if known.address == key.address]
            nearest = min(
                there or self._waiting, key=lambda known: len(_differences(known, key)), default=None
            )
            reason = "the cassette is empty"
            if nearest is not None:
                reason = f"the nearest recorded request differs in {', '.join(_differences(nearest, key))}"
        return f"no recorded response to {title}: {reason}"


def _key(request: Request) -> _Key:
    address, query = split_url(request.url)
    return _Key(
        method=request.method.upper(),
        address=address,
        query=query,
        body=_body_value(request),
        authorization=authorization_kind(request.headers),
    )


def authorization_kind(headers: Headers) -> str:
    """Return `none`, `Bearer` or `other`."""
    if "Authorization" not in headers:
        return "none"
    return "Bearer" if headers.get("Authorization").lower().startswith("bearer ") else "other"


def _body_value(request: Request) -> str | bytes:
    if not request.body:
        return b""
    try:
        if "form-urlencoded" in request.headers.get("Content-Type").lower():
            return json.dumps(sorted(parse_qsl(request.body.decode(), keep_blank_values=True)))
        return json.dumps(json.loads(request.body), sort_keys=True)
    except (ValueError, RecursionError):
        return request.body


def _with_account_pseudonym(key: _Key) -> _Key:
    # A test may name the recording account in an address; the recording holds its pseudonym.
    address = re.sub(rf"^({re.escape(API_URL)}/users)/[^/]+", rf"\1/{ACCOUNT}", key.address)
    return replace(key, address=address)


def _differences(known: _Key, sent: _Key) -> list[str]:
    """Return what differs, with the values of parameters and bodies."""
    differences = []
    if known.method != sent.method:
        differences.append(f"the method ({known.method})")
    if known.address != sent.address:
        differences.append(f"the path ({truncate(known.address.removeprefix(API_URL), 120)})")
    recorded, wanted = dict(known.query), dict(sent.query)
    for name in sorted(recorded.keys() | wanted.keys()):
        if name not in wanted:
            differences.append(f"the parameter {truncate(name)!r} (recorded, not sent)")
        elif name not in recorded:
            differences.append(f"the parameter {truncate(name)!r} (sent, not recorded)")
        elif recorded[name] != wanted[name]:
            values = _values(name, recorded[name], wanted[name])
            differences.append(f"the parameter {truncate(name)!r} ({values})")
    if known.query != sent.query and recorded == wanted:
        differences.append("how often a parameter is repeated")
    if known.body != sent.body:
        differences.append(f"the body ({_values('body', known.body, sent.body)})")
    if known.authorization != sent.authorization:
        differences.append(f"the authorization ({known.authorization} recorded, {sent.authorization} sent)")
    return differences


def _values(name: str, recorded: str | bytes, sent: str | bytes) -> str:
    from pytest_spotify.redaction.patterns import looks_random, mask_suspected_secrets

    shown = []
    for value in (recorded, sent):
        text = value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
        _, _, masked = mask_suspected_secrets(f"{name}={text}", MASK).partition("=")
        masked = _LONG_WORD.sub(lambda word: MASK if looks_random(word[0]) else word[0], masked)
        shown.append(truncate(masked, 60) or "nothing")
    return f"recorded {shown[0]}, sent {shown[1]}"


def _without_retry_delay(response: Response) -> Response:
    """Return the response with a `Retry-After` of 0: replay never waits."""
    if "Retry-After" not in response.headers:
        return response
    fields = [(name, "0" if name.lower() == "retry-after" else value) for name, value in response.headers]
    return replace(response, headers=Headers(fields))


def pair_exchanges(cassette: Cassette, exchanges: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    """Yield each exchange with the recorded one of the same request; what was not recorded has none."""
    if len(cassette.exchanges) == len(exchanges) == 1:  # the URL of a case may hold a value of the account
        yield cassette.exchanges[0], exchanges[0]
        return
    player = CassettePlayer(cassette)
    for exchange in exchanges:
        try:
            response = player.respond(exchange.request)
        except MissingRecording:
            continue
        yield Exchange(request=exchange.request, response=response), exchange
