"""The network block: in replay Spotify's names always, all other hosts during a Spotify test.

In a live run Spotify's names are refused, while a marked test runs, to clients that are not intercepted.

Sockets belong to the process, so the state is the module's. `docs/isolation.md` lists what it covers
and what no process can see.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pytest_spotify.errors import NetworkBlocked
from pytest_spotify.intercept import refusals

SPOTIFY_NAMES = frozenset({"api.spotify.com", "accounts.spotify.com"})


def block_spotify_hosts() -> Callable[[], None]:
    """Refuse Spotify's two names in the whole process, until the function that is returned is called.

    Never calling it covers threads that outlive their test and what runs at exit. Costs a check of
    each connection and each name.
    """
    token = object()
    _refusals.append(token)
    _wrap()

    def unblock() -> None:
        if token in _refusals:
            _refusals.remove(token)
            _unwrap()

    return unblock


@contextmanager
def block_network(test: str) -> Iterator[None]:
    """Refuse every address and name but this machine's own, in all threads, while a test runs.

    The first call adds an audit hook, which Python cannot remove again (PEP 578).
    """
    _add_audit_hook()
    _blocks.append(test)
    _wrap()
    try:
        yield
    finally:
        _blocks.remove(test)
        _unwrap()


@contextmanager
def block_unseen_clients(test: str) -> Iterator[None]:
    """Refuse Spotify's names to clients that are not intercepted, in all threads, while a live test runs.

    The run's own connections, which send what was intercepted, are made by `transport.client` alone.
    """
    _add_audit_hook()
    _live_tests.append(test)
    _wrap()
    try:
        yield
    finally:
        _live_tests.remove(test)
        _unwrap()


_refusals: list[object] = []
_blocks: list[str] = []  # the tests that block, innermost last
_live_tests: list[str] = []


def _check(how: str, host: object) -> None:
    """Raise NetworkBlocked if a host may not be reached now."""
    __tracebackhide__ = True
    name = _name(host)
    tests = _blocks[-1:]
    if tests and not _is_this_machine(name):
        if how == "gethostbyaddr" and name == socket.gethostname().lower():
            # socket.getfqdn, which http.server calls, asks so and expects to be refused.
            raise socket.herror(1, "this machine's own name is not looked up while a Spotify test replays")
        raise NetworkBlocked(refusals.during_test(name, tests[0], _client(name)))
    if name not in SPOTIFY_NAMES:
        return
    if _live_tests:
        if _is_own_connection():
            return
        raise NetworkBlocked(refusals.unseen(name, _live_tests[-1], _client(name)))
    if _refusals:
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
        raise NetworkBlocked(refusals.in_replay(name, test))


def _client(name: str) -> str:
    if name not in SPOTIFY_NAMES:
        return ""
    from pytest_spotify.intercept.callers import calling_library

    return calling_library()


def _is_own_connection() -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") != "pytest_spotify.transport.client":
        frame = frame.f_back
    return frame is not None


def _name(host: object) -> str:
    if host is None:
        return ""
    text = bytes(host).decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)
    return text.lower().removesuffix(".")


@functools.lru_cache(maxsize=1024)
def _is_this_machine(name: str) -> bool:
    if name in ("", "localhost"):  # no name at all stands for this machine where a server binds
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return address.is_loopback or address.is_unspecified


# Python resolves a name given to `connect` before it tells audit hooks, so that a hook alone would
# let the question out; and a function that was imported by its name is seen by the hook alone.
_FUNCTIONS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
_METHODS = ("connect", "connect_ex", "sendto", "sendmsg")
_wrapped: dict[tuple[Any, str], tuple[Any, Any]] = {}


def _wrap() -> None:
    for owner, names in ((socket, _FUNCTIONS), (socket.socket, _METHODS)):
        for name in names:
            # Again, if somebody put back what was there before ours: pytest-recording's `block_network` does.
            if not _is_wrapped(owner, name):
                _wrap_one(owner, name, _checking(name, getattr(owner, name)))
    if events := sys.modules.get("asyncio.base_events"):
        loop = events.BaseEventLoop
        if not _is_wrapped(loop, "getaddrinfo"):
            _wrap_one(loop, "getaddrinfo", _checking_loop(loop.getaddrinfo))


def _is_wrapped(owner: Any, name: str) -> bool:
    wrapper, _ = _wrapped.get((owner, name), (None, None))
    return wrapper is not None and vars(owner).get(name) is wrapper


def _wrap_one(owner: Any, name: str, wrapper: Any) -> None:
    _wrapped[owner, name] = wrapper, vars(owner).get(name)
    setattr(owner, name, wrapper)


def _checking_loop(real: Callable[..., Any]) -> Callable[..., Any]:
    """Return the look-up of event loops, which ask in a thread where nobody knows any more who asks."""

    @functools.wraps(real)
    def getaddrinfo(self: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        _check("getaddrinfo", host)
        return real(self, host, *args, **kwargs)

    return getaddrinfo


def _unwrap() -> None:
    if not _refusals and not _blocks and not _live_tests:
        for (owner, name), (_, own) in _wrapped.items():
            if not _is_wrapped(owner, name):
                continue  # somebody else's by now, to whom ours is the original: it lets all pass
            if own is None:
                delattr(owner, name)  # inherited from `_socket.socket`
            else:
                setattr(owner, name, own)
        _wrapped.clear()


def _checking(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    if name in _FUNCTIONS:

        @functools.wraps(real)
        def function(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            _check(name, kwargs.get("host", args[0] if args else None))
            return real(*args, **kwargs)

        return function

    @functools.wraps(real)
    def method(self: socket.socket, *args: Any) -> Any:
        __tracebackhide__ = True
        place = slice(3, 4) if name == "sendmsg" else slice(-1, None)
        _check_address(name, *args[place])
        return real(self, *args)

    return method


def _check_address(how: str, address: Any = None) -> None:
    __tracebackhide__ = True
    # What is no tuple is a Unix socket's path, or None or data on a socket that is connected.
    if isinstance(address, tuple) and address:
        _check(how, address[0])


@functools.cache
def _add_audit_hook() -> None:
    sys.addaudithook(_audit)


_EVENTS = {
    "socket.connect",
    "socket.sendto",
    "socket.sendmsg",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
}


def _audit(event: str, args: tuple[Any, ...]) -> None:
    # Every file opened and every module imported comes by here, so what is no matter of ours goes first.
    if (_blocks or _live_tests) and event in _EVENTS:
        __tracebackhide__ = True
        how = event.removeprefix("socket.")
        if how in _METHODS:
            _check_address(how, args[1])
        elif how == "getnameinfo":
            _check_address(how, args[0])
        else:
            _check(how, args[0])
