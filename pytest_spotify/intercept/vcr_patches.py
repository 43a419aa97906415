"""Patches of VCR.py's stubs for the clients, while an interception is open.

Four, each with its reason below: the reset that lets other threads' requests slip through, responses of
which caches cannot read all they need, stubs above clients that are intercepted further down, and a log
that shows what was sent where. No other module depends on the insides of VCR.py.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import FunctionType
from typing import Any

from pytest_spotify.intercept.messages import response_bytes, urllib3_response


@contextmanager
def patched_vcr_stubs(is_spotify_url: Callable[[str], bool]) -> Iterator[None]:
    """Mend the stubs of every open cassette; `is_spotify_url` tells which URLs are intercepted."""
    from unittest.mock import patch

    import vcr.patch  # type: ignore[import-untyped]

    with ExitStack() as stack:
        stack.enter_context(silenced_vcr_log())
        # To make one real connection VCR.py takes its stubs out of the whole process, and what
        # another thread sends meanwhile slips through (kevin1024/vcrpy#212). It does so because
        # constructors of real connections find a stub where they look for a real class.
        stack.enter_context(patch.object(vcr.patch, "force_reset", nullcontext))
        for owner, constructor in _constructors(vcr.patch, vcr.stubs):
            stack.enter_context(patch.object(owner, "__init__", constructor))
        stub = vcr.stubs.VCRConnection
        stack.enter_context(patch.object(stub, "getresponse", _getresponse(stub, is_spotify_url)))
        for owner, name, real, url_of in _clients_below(vcr.patch):
            current = getattr(owner, name)
            if current is not real and current.__globals__["__name__"].startswith("vcr."):
                method = _past_the_stub(current, real, url_of, is_spotify_url)
                stack.enter_context(_replaced(owner, name, method))
        yield


@contextmanager
def _replaced(owner: type, name: str, method: Callable[..., Any]) -> Iterator[None]:
    """Replace a method until the end of the block, or until its cassette is closed, whichever comes first.

    A cassette of the test's own may close before: it has put back what was there before it, and to restore
    its stub would leave that in place for every later test.
    """
    stub = getattr(owner, name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        if getattr(owner, name) is method:
            setattr(owner, name, stub)


@contextmanager
def silenced_vcr_log() -> Iterator[None]:
    """Keep VCR.py from telling in its log what was sent where."""
    logger = logging.getLogger("vcr")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    try:
        yield
    finally:
        logger.setLevel(level)


def _constructors(patch: Any, stubs: Any) -> Iterator[tuple[type, Callable[..., None]]]:
    """Yield the classes whose constructors fail while `http.client`'s names are stubs, and better ones."""
    yield stubs.VCRHTTPConnection, _stub_or_real_init(stubs.VCRHTTPConnection, patch._HTTPConnection)
    yield stubs.VCRHTTPSConnection, _stub_or_real_init(stubs.VCRHTTPSConnection, patch._HTTPSConnection)
    yield patch._HTTPSConnection, _init_with_own_globals(patch._HTTPSConnection)
    if httplib2s := getattr(patch, "_HTTPSConnectionWithTimeout", None):
        yield httplib2s, _init_with_own_globals(httplib2s)


def _stub_or_real_init(stub: Any, real: Any) -> Callable[..., None]:
    """Let a stub's constructor serve `http.client.HTTPConnection.__init__(self)` of others' subclasses."""
    construct = stub.__init__

    @functools.wraps(construct)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        (construct if isinstance(self, stub) else real.__init__)(self, *args, **kwargs)

    return __init__


def _init_with_own_globals(connection: Any) -> FunctionType:
    """Return a constructor with globals of its own, in which it finds its class by its name.

    `http.client.HTTPSConnection` says `super(HTTPSConnection, self)`, as httplib2's class does.
    """
    real = connection.__init__
    names = {**real.__globals__, connection.__name__: connection}
    constructor = FunctionType(real.__code__, names, real.__name__, real.__defaults__, real.__closure__)
    constructor.__kwdefaults__ = real.__kwdefaults__
    return constructor


def _getresponse(stub: Any, is_spotify_url: Callable[[str], bool]) -> Callable[..., Any]:
    """Return the method of stubs that gives a response, which for urllib3 is urllib3's own.

    VCR.py's lacks the private parts that caches of responses read (CacheControl, requests-cache).
    """
    import urllib3
    import vcr.patch

    respond = stub.getresponse
    urllib3_connection = _urllib3_connection(vcr.patch)

    @functools.wraps(respond)
    def getresponse(self: Any, *arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        response = respond(self, *arguments, **options)
        request = self._vcr_request
        if not is_spotify_url(request.uri) or not isinstance(self.real_connection, urllib3_connection):
            return response
        recorded = getattr(response, "recorded_response", None)
        if recorded is None:  # made already: one interception lies in another
            return response
        fields = [(name, value) for name, values in recorded["headers"].items() for value in values]
        body = b"" if request.method == "HEAD" else recorded["body"]["string"]
        message = response_bytes(recorded["status"]["code"], fields, body)
        return urllib3_response(message, request.method, request.uri)

    # urllib3-future, which niquests puts in urllib3's place, makes its responses otherwise.
    return respond if hasattr(urllib3, "AsyncPoolManager") else getresponse


def _urllib3_connection(patch: Any) -> type:
    """Return urllib3's class of connections, which VCR.py's stub replaces while it is open."""
    connection: type = patch._connHTTPConnection
    return connection


def _clients_below(patch: Any) -> Iterator[tuple[type, str, Callable[..., Any], Callable[..., str]]]:
    """Yield the methods that a cassette of the test's own replaces, and that are intercepted below them.

    Each with its class, its name, what VCR.py replaced, and what tells the URL of a call.
    """
    if aiohttp := sys.modules.get("aiohttp"):
        yield (
            aiohttp.ClientSession,
            "_request",
            patch._AiohttpClientSessionRequest,
            lambda session, _, url, *__: str(session._build_url(url)),
        )
    if httpx := sys.modules.get("httpx"):
        for name, method, real in (
            ("HTTPTransport", "handle_request", "_HttpxHttpTransport_handle_request"),
            ("AsyncHTTPTransport", "handle_async_request", "_HttpxAsyncHttpTransport_handle_async_request"),
            ("WSGITransport", "handle_request", "_HttpxWsgiTransport_handle_request"),
            ("ASGITransport", "handle_async_request", "_HttpxAsgiTransport_handle_async_request"),
            ("MockTransport", "handle_request", "_HttpxMockTransport_handle_request"),
            ("MockTransport", "handle_async_request", "_HttpxMockTransport_handle_async_request"),
        ):
            yield getattr(httpx, name), method, getattr(patch, real), lambda _, request: str(request.url)


def _past_the_stub(
    stub: Callable[..., Any],
    real: Callable[..., Any],
    url_of: Callable[..., str],
    is_spotify_url: Callable[[str], bool],
) -> Callable[..., Any]:
    """Return a method that leaves requests to Spotify to the client, below which they are intercepted."""

    @functools.wraps(real)
    def method(*arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        send = real if is_spotify_url(url_of(*arguments)) else stub
        return send(*arguments, **options)

    return method
