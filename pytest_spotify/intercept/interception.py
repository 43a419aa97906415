"""Interception of every request that this process sends to given hosts, whatever client sends it.

VCR.py intercepts what stands on `http.client`; aiohttp and httpcore are intercepted where they connect.
VCR.py is given an empty cassette and never answers, sends, matches, logs or saves such a request itself
(`docs/decisions/0005-vcr-as-interceptor.md`).
Requests to other hosts go where they would have gone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import urldefrag, urlsplit

from pytest_spotify.exchange import Headers, Request, Response, body_bytes

RequestHandler = Callable[[Request], Response]


@contextmanager
def intercept(handler: RequestHandler, *, hosts: Iterable[str]) -> Iterator[None]:
    """Call `handler` for every request to `hosts`, from any client and thread, while this is open.

    A host is a URL, for its origin (RFC 6454), or a bare name, for every scheme and port of it.
    `handler` runs in the thread that sends, so in several at once, and its exceptions reach the
    sender.
    """
    # Its stubs derive from classes that are replaced from here on: a cassette of the test's own needs them.
    import vcr.stubs.requests_stubs  # type: ignore[import-untyped]  # noqa: F401
    from vcr.cassette import Cassette  # type: ignore[import-untyped]

    from pytest_spotify.intercept.vcr_patches import silenced_vcr_log

    opened = Cassette.use(
        path="pytest-spotify",
        persister=_NoFile,
        record_mode="none",
        # None means "not a request for this cassette": VCR.py lets it go and keeps nothing of it.
        before_record_request=lambda _: None,
        skip_patchers=_skipped_patchers(),
    )
    with silenced_vcr_log(), opened as cassette, intercept_in_cassette(cassette, handler, hosts=hosts):
        yield


@contextmanager
def intercept_in_cassette(cassette: Any, handler: RequestHandler, *, hosts: Iterable[str]) -> Iterator[None]:
    """Do the same within a VCR.py cassette that is open already; other hosts stay with that cassette.

    Clients use the cassette that was opened last, so that `intercept` alone sees no request that
    is sent within another.
    """
    from unittest.mock import patch

    from pytest_spotify.intercept.aiohttp_patches import patched_aiohttp
    from pytest_spotify.intercept.messages import patched_httpcore
    from pytest_spotify.intercept.vcr_patches import patched_vcr_stubs

    is_spotify_url = url_matcher(hosts)
    can_play, play = cassette.can_play_response_for, cassette.play_response

    def can_play_response_for(request: Any) -> bool:
        # No answer yet: VCR.py also asks this about the request before, when a connection reopens.
        return is_spotify_url(request.uri) or bool(can_play(request))

    def play_response(request: Any) -> Any:
        return (
            _to_vcr_response(handler(_from_vcr_request(request)))
            if is_spotify_url(request.uri)
            else play(request)
        )

    with (
        patched_vcr_stubs(is_spotify_url),
        patched_httpcore(handler, is_spotify_url),
        patched_aiohttp(handler, is_spotify_url),
        patch.object(cassette, "can_play_response_for", can_play_response_for),
        patch.object(cassette, "play_response", play_response),
    ):
        yield


class _NoFile:
    """A persister (VCR.py's word for what loads and saves) of a cassette that has no file."""

    @staticmethod
    def load_cassette(*_: object, **__: object) -> tuple[list[Any], list[Any]]:
        """Find no interactions."""
        return [], []

    @staticmethod
    def save_cassette(*_: object, **__: object) -> None:
        """Save nothing."""


_OVERRIDDEN = "requests"  # the patcher for urllib3 comes after it and replaces the same names
_CLIENTS = {"boto3": "botocore", "httplib2": "httplib2", "httpx2": "httpx2", "tornado": "tornado"}
_OWN_INTERCEPTION = ("aiohttp", "httpx")


@functools.cache
def _skipped_patchers() -> tuple[str, ...]:
    """Return VCR.py's patchers that are not used: each costs time at every opening."""
    absent = (patcher for patcher, module in _CLIENTS.items() if find_spec(module) is None)
    return (_OVERRIDDEN, *_OWN_INTERCEPTION, *absent)


def url_matcher(hosts: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that says whether a URL is one of the hosts'."""
    hosts = tuple(hosts)
    origins = {_origin(host) for host in hosts if "://" in host}
    names = {host.lower() for host in hosts if "://" not in host}

    def is_spotify_url(url: str) -> bool:
        origin = _origin(url)
        return origin in origins or origin[1] in names

    return is_spotify_url


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").rstrip("."), port


def _from_vcr_request(request: Any) -> Request:
    """Return our request for VCR.py's, which has one value of a header field that was sent twice."""
    return Request(
        method=request.method,
        url=urldefrag(request.uri).url,  # a fragment is never sent (RFC 9110 section 7.1)
        headers=Headers((_text(name), _text(value)) for name, value in request.headers.items()),
        body=body_bytes(request.body),
    )


def _to_vcr_response(response: Response) -> dict[str, Any]:
    """Return a response as VCR.py's stubs read it: a new dict each time, since they change it."""
    from pytest_spotify.intercept.messages import header_fields, reason_phrase

    fields: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in header_fields(response):
        fields.setdefault(spelling.setdefault(name.lower(), name), []).append(value)
    return {
        "status": {"code": response.status, "message": reason_phrase(response.status)},
        "headers": fields,
        "body": {"string": response.body},
    }


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
