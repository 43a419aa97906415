"""Patches of VCR.py's stubs for the clients, while an interception is open.

Three, each with its reason below: the reset that lets other threads' requests slip through, the parts
of a request that aiohttp's stub does not see, and a log that shows what was sent where. No other
module depends on the insides of VCR.py and aiohttp.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from types import FunctionType
from typing import Any


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
        if aiohttp := sys.modules.get("aiohttp"):
            stack.enter_context(
                patch.object(aiohttp.ClientSession, "_request", _aiohttp_request(aiohttp, is_spotify_url))
            )
        yield


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


def _aiohttp_request(aiohttp: Any, is_spotify_url: Callable[[str], bool]) -> Callable[..., Any]:
    """Return aiohttp's sending method, which completes a request before VCR.py's stub looks at it.

    The stub sees a URL without the session's base URL, and the Python object of `json=` or `data=`
    without the Content-Type that aiohttp gives it.
    """
    send = aiohttp.ClientSession._request

    @functools.wraps(send)
    async def _request(session: Any, method: str, str_or_url: Any, **options: Any) -> Any:
        url = session._build_url(str_or_url)
        if is_spotify_url(str(url)):
            options = await _encoded(aiohttp, session, options)
        return await send(session, method, url, **options)

    return _request


async def _encoded(aiohttp: Any, session: Any, options: dict[str, Any]) -> dict[str, Any]:
    """Encode a body as aiohttp would (ClientRequest.update_body_from_data)."""
    data, json = options.get("data"), options.get("json")
    if (data is None) == (json is None):
        return options
    if json is not None:
        payload = aiohttp.JsonPayload(json, dumps=session.json_serialize)
    else:
        data = data() if isinstance(data, aiohttp.FormData) else data
        try:
            payload = aiohttp.get_payload(data, disposition=None)
        except aiohttp.payload.LookupError:
            payload = aiohttp.FormData(data)()
    written = _Written()
    await payload.write(written)
    headers = session._prepare_headers(options.get("headers"))
    headers.setdefault("Content-Type", payload.content_type)
    return {**options, "json": None, "data": bytes(written), "headers": headers}


class _Written(bytearray):
    """The output of an aiohttp payload."""

    async def write(self, chunk: bytes) -> None:
        """Keep a chunk."""
        self += chunk
