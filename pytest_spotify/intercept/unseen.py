"""What goes past the interception: processes, clients with native code, and responses that are not Spotify's.

Python sees that a process is started and that a module is loaded, and nothing of their connections. What a
client got without sending its request came from a mock, or from a cache of its own: it is seen at the
client's outermost method, above every mock; aioresponses replaces that one, and is seen itself.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from typing import Any

NATIVE_CLIENTS = ("curl_cffi", "grpc", "primp", "pycurl", "rnet", "tls_client")


def loaded_native_clients() -> list[str]:
    """Return the names of loaded client libraries that have network code of their own."""
    return [name for name in NATIVE_CLIENTS if name in sys.modules]


@contextmanager
def watch_processes(on_start: Callable[[str], None]) -> Iterator[None]:
    """Call `on_start` with the program of each process that any thread starts, while this is open.

    The first call adds an audit hook, which Python cannot remove again (PEP 578).
    """
    _add_audit_hook()
    _watchers.append(on_start)
    try:
        yield
    finally:
        _watchers.remove(on_start)


_watchers: list[Callable[[str], None]] = []

# What starts a process, with the place of the command among the arguments of the event.
_EVENTS = {"subprocess.Popen": 1, "os.system": 0, "os.exec": 1, "os.posix_spawn": 1, "os.spawn": 2}


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(_audit)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    if _watchers and event in _EVENTS:
        program = _program(args[_EVENTS[event]])
        for on_start in tuple(_watchers):
            on_start(program)


def _program(command: Any) -> str:
    """Return the file name of the program of a command: a list, or a line for a shell."""
    is_line = isinstance(command, str | bytes | os.PathLike)
    words = os.fsdecode(command).split() if is_line else [os.fsdecode(word) for word in command]
    return os.path.basename(words[0]) if words else ""


_received: ContextVar[list[bool] | None] = ContextVar("pytest_spotify_received", default=None)


def note_received() -> None:
    """Note that the request which the running code sends was received by the interception."""
    received = _received.get()
    if received is not None:
        received.append(True)


@contextmanager
def watch_local_responses(
    on_response: Callable[[str, str, str], None], is_spotify_url: Callable[[str], bool]
) -> Iterator[None]:
    """Call `on_response` with the method, the URL and the client of each request that was not received."""
    from unittest.mock import patch

    def note(client: str, method: object, url: object) -> None:
        if is_spotify_url(str(url)):
            on_response(str(method), str(url).partition("?")[0], client)

    with ExitStack() as stack:
        for module, owner, name, wrap in (
            ("requests", "Session", "request", _watched),
            ("requests", "Session", "send", _watched),
            ("httpx", "Client", "send", _watched),
            ("httpx", "AsyncClient", "send", _watched_async),
            ("aioresponses", "aioresponses", "match", _watched_match),
        ):
            if _is_installed(module):  # imported now, rather than when the test imports it
                cls = getattr(importlib.import_module(module), owner)
                method = wrap(getattr(cls, name), functools.partial(note, module))
                stack.enter_context(patch.object(cls, name, method))
        yield


@functools.cache
def _is_installed(module: str) -> bool:
    return find_spec(module) is not None


@contextmanager
def _note_unreceived(note: Callable[[object, object], None]) -> Iterator[list[Any]]:
    """Note the response that is put into the list, unless its request was received."""
    if _received.get() is not None:  # a method that calls another one of these
        yield []
        return
    received: list[bool] = []
    response: list[Any] = []
    token = _received.set(received)
    try:
        yield response
    finally:
        _received.reset(token)
    if response and not received:
        request = getattr(response[0], "request", None)
        note(getattr(request, "method", ""), getattr(request, "url", ""))


def _watched(send: Callable[..., Any], note: Callable[[object, object], None]) -> Callable[..., Any]:
    @functools.wraps(send)
    def method(self: Any, *arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        if type(self).__module__.startswith("pytest_spotify."):  # its requests do not come by here
            return send(self, *arguments, **options)
        with _note_unreceived(note) as response:
            response.append(send(self, *arguments, **options))
        return response[0]

    return method


def _watched_async(send: Callable[..., Any], note: Callable[[object, object], None]) -> Callable[..., Any]:
    @functools.wraps(send)
    async def method(self: Any, *arguments: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        with _note_unreceived(note) as response:
            response.append(await send(self, *arguments, **options))
        return response[0]

    return method


def _watched_match(match: Callable[..., Any], note: Callable[[object, object], None]) -> Callable[..., Any]:
    @functools.wraps(match)
    async def method(self: Any, verb: str, url: Any, *arguments: Any, **options: Any) -> Any:
        response = await match(self, verb, url, *arguments, **options)
        if response is not None:
            note(verb.upper(), url)
        return response

    return method
