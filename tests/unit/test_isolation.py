"""What a process may reach while a Spotify test replays.

No address and no name in here is anybody's (RFC 5737, RFC 3849, RFC 6761).
"""

from __future__ import annotations

import _socket
import asyncio
import importlib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from pytest_spotify.errors import ConnectionFailed, NetworkBlocked
from pytest_spotify.exchange import API_URL, Request
from pytest_spotify.intercept.network import block_network, block_spotify_hosts, block_unseen_clients
from pytest_spotify.transport.client import HttpClient
from tests.support.network_probes import (
    NAME,
    PROBES,
    UDP,
    V4,
    by_aiohttp,
    by_async_httpx,
    by_asyncio,
    by_httpx,
    by_requests,
    by_socket,
)

every_probe = pytest.mark.parametrize("probe", PROBES.values(), ids=PROBES)


@every_probe
def test_everything_else_is_refused(probe: Callable[[], Any]) -> None:
    """Whatever way the code takes, it gets our error: not as an Exception, and at the first try."""
    with block_network("tests/test_it.py::test_it"), pytest.raises(NetworkBlocked) as caught:
        probe()
    assert not isinstance(caught.value, Exception)


def test_async_httpx_by_address() -> None:
    """Anyio wraps what ends its tasks in a group, which is no Exception either."""
    with block_network("test"), pytest.raises(BaseExceptionGroup) as caught:
        asyncio.run(by_async_httpx(V4))
    assert caught.group_contains(NetworkBlocked)
    assert not isinstance(caught.value, Exception)


def test_the_message() -> None:
    """The message names the test, the host, the command that records, and the way to lift the rule."""
    with block_network("tests/test_it.py::test_it[a b]"), pytest.raises(NetworkBlocked) as caught:
        socket.getaddrinfo(NAME, 80)
    assert str(caught.value) == (
        "network access to spotify-test.invalid blocked: replayed Spotify tests may only use localhost "
        "(test: tests/test_it.py::test_it[a b])\n"
        "To record its requests to Spotify: "
        "pytest 'tests/test_it.py::test_it[a b]' --spotify-live --record-mode=rewrite\n"
        "To let it reach other hosts, replay them too (pytest.mark.vcr), or set "
        "`spotify_isolation = false` in the ini file."
    )


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1.example.invalid",
        "localhost.invalid",
        "127.0.0.1@192.0.2.1",
        "128.0.0.1",
        "126.255.255.255",
        "::2",
        "fe80::1",
        "::ffff:192.0.2.1",
        "169.254.169.254",
        "10.0.0.1",
        "<broadcast>",
        "127.1",
        "0177.0.0.1",
    ],
)
def test_what_only_looks_like_loopback(host: str) -> None:
    """Loopback is matched exactly: no prefix, no private network, no shorthand of an address."""
    with block_network("test"), pytest.raises(NetworkBlocked):
        socket.getaddrinfo(host, 80)


class _Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def blocked() -> Iterator[None]:
    with block_network("test"):
        yield


@pytest.mark.usefixtures("blocked")
@pytest.mark.parametrize("bound", ["127.0.0.1", "127.0.0.9", "localhost", "0.0.0.0", ""])
def test_a_server_on_this_machine(bound: str) -> None:
    """A server can be made and reached, whatever it is bound to; http.server looks up its own name."""
    with ThreadingHTTPServer((bound, 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        host = bound if bound.startswith("127") else "localhost"
        with requests.Session() as session, httpx.Client() as client:
            url = f"http://{host}:{server.server_port}/"
            assert session.get(url).text == client.get(url).text == "here"
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("blocked")
def test_what_stays_on_this_machine(tmp_path: Path) -> None:
    """Socket pairs, Unix sockets, event loops, subprocesses and loopback datagrams go on."""
    one, other = socket.socketpair()
    with one, other:
        one.sendmsg([b"a"], [])
        assert other.recv(1) == b"a"
    if hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as calling:
            listening.bind(str(tmp_path / "s"))
            listening.listen()
            calling.connect(str(tmp_path / "s"))
    with socket.socket(type=UDP) as receiver, socket.socket(type=UDP) as sender:
        receiver.bind(("127.0.0.1", 0))
        for send in (
            lambda address: sender.sendto(b"a", address),
            lambda address: sender.sendmsg([b"a"], (), 0, address),
            lambda address: (sender.connect(address), sender.sendmsg([b"a"])),
        ):
            send(receiver.getsockname())
            assert receiver.recv(1) == b"a"
    for address in ("::1", "::ffff:127.0.0.1", "127.255.255.254", "0.0.0.0", "::"):
        assert socket.getaddrinfo(address, 80, flags=socket.AI_NUMERICHOST)
    assert socket.getaddrinfo(None, 80)
    assert socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST)[0] == "127.0.0.1"
    assert socket.getfqdn()
    assert subprocess.run([sys.executable, "-c", "print(1)"], stdout=subprocess.PIPE, check=True).stdout

    async def run() -> int | None:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        return await process.wait()

    assert asyncio.run(run()) == 0


def test_a_wrong_call_gets_pythons_own_error() -> None:
    """What is no address at all is left to Python to refuse."""
    with block_network("test"), socket.socket() as sock:
        for address in ("192.0.2.1", 1, ()):
            with pytest.raises(TypeError):
                sock.connect(address)
        with pytest.raises(TypeError):
            sock.connect()
        with pytest.raises(TypeError):
            sock.sendmsg([b"a"], (("no", "ancillary", "data"),))
        with pytest.raises(TypeError):
            socket.getaddrinfo()


def test_the_block_counts() -> None:
    """A block within a block ends without lifting the outer one, and names the innermost test."""
    with block_network("outer"):
        with block_network("inner"), pytest.raises(NetworkBlocked, match=r"\(test: inner\)"):
            socket.getaddrinfo(NAME, 80)
        with pytest.raises(NetworkBlocked, match=r"\(test: outer\)"):
            socket.getaddrinfo(NAME, 80)


@pytest.fixture
def refused() -> Iterator[None]:
    lift = block_spotify_hosts()
    yield
    lift()


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_a_block_that_was_taken_away_is_put_back(method: str) -> None:
    """A test is blocked though pytest-recording's `block_network` has restored what was there before ours."""
    unblock = block_spotify_hosts()
    setattr(socket.socket, method, getattr(_socket.socket, method))
    try:
        with block_network("test"), pytest.raises(NetworkBlocked):
            by_socket(method, (NAME, 80))
    finally:
        unblock()
        delattr(socket.socket, method)


@pytest.mark.usefixtures("refused")
@pytest.mark.parametrize("name", ["api.spotify.com", "accounts.spotify.com", "API.Spotify.COM."])
def test_spotifys_names_are_refused(name: str) -> None:
    """Either name, in any spelling, is refused however it is asked for."""
    for probe in (
        lambda: socket.getaddrinfo(name, 443),
        lambda: socket.getaddrinfo(host=name.encode(), port=443),
        lambda: socket.gethostbyname(name),
        lambda: socket.gethostbyname_ex(name),
        lambda: socket.gethostbyaddr(name),
        lambda: socket.create_connection((name, 443)),
        lambda: by_socket("connect", (name, 443)),
        lambda: by_socket("connect_ex", (name, 443)),
        lambda: by_socket("sendto", b"?", (name, 53), kind=UDP),
        lambda: by_socket("sendmsg", [b"?"], (), 0, (name, 53), kind=UDP),
        lambda: by_requests(name),
        lambda: by_httpx(name),
        lambda: asyncio.run(by_async_httpx(name)),
        lambda: asyncio.run(by_aiohttp(name)),
        lambda: asyncio.run(by_asyncio(name)),
    ):
        with pytest.raises(NetworkBlocked):
            probe()


@pytest.mark.usefixtures("refused")
def test_other_names_are_not() -> None:
    """Names that only contain Spotify's, and all others, are Python's to resolve."""
    for name in ("api.spotify.com.invalid", "xapi.spotify.com", "spotify.com", "open.spotify.com"):
        with pytest.raises(socket.gaierror):  # a name where only an address is asked for: no query is sent
            socket.getaddrinfo(name, 443, flags=socket.AI_NUMERICHOST)
    assert socket.getaddrinfo("192.0.2.1", 443, flags=socket.AI_NUMERICHOST)


@pytest.mark.usefixtures("refused")
def test_the_message_for_spotifys_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the test, where one runs, and the commands that ask Spotify."""
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_it.py::test_it[a b] (setup)")
    with pytest.raises(NetworkBlocked) as caught:
        socket.getaddrinfo("api.spotify.com", 443)
    assert str(caught.value) == (
        "network access to api.spotify.com blocked: only a live run may use it "
        "(test: tests/test_it.py::test_it[a b])\n"
        "To record and replay what it sends, mark it: @pytest.mark.spotify\n"
        "To let it through: pytest 'tests/test_it.py::test_it[a b]' --spotify-live\n"
        "To switch this off: `spotify_isolation = false` in the ini file."
    )
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.raises(NetworkBlocked) as caught:
        socket.getaddrinfo("api.spotify.com", 443)
    assert str(caught.value).startswith(
        "network access to api.spotify.com blocked: only a live run may use it (outside"
    )
    assert "To let it through: pytest --spotify-live\n" in str(caught.value)


def test_a_client_that_is_not_intercepted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a live run Spotify's names are refused, with the library by which the user's code looks them up."""
    library = tmp_path / "site-packages" / "otherclient.py"
    library.parent.mkdir()
    library.write_text(
        "import asyncio, socket\n\ndef get(host):\n    socket.create_connection((host, 443))\n"
    )
    monkeypatch.syspath_prepend(library.parent)
    otherclient = importlib.import_module("otherclient")
    monkeypatch.delitem(sys.modules, "otherclient")

    with block_unseen_clients("test_it.py::test_it"), pytest.raises(NetworkBlocked) as caught:
        otherclient.get("api.spotify.com")

    assert str(caught.value).splitlines()[0] == (
        "network access to api.spotify.com blocked: otherclient is not intercepted, "
        "so that its requests would be neither checked nor recorded (test: test_it.py::test_it)"
    )


def test_a_live_run_refuses_no_other_name_and_not_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other names are looked up, and the run's own client, which sends what was intercepted, gets through."""
    looked_up: list[object] = []

    def look_up(host: object, *_: object, **__: object) -> list[Any]:
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(_socket, "getaddrinfo", look_up)  # below what the block wraps
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with block_unseen_clients("test"):
        with pytest.raises(ConnectionFailed):
            HttpClient().send(Request(method="GET", url=f"{API_URL}/me"))
        with pytest.raises(socket.gaierror):
            socket.create_connection((NAME, 443))
        with pytest.raises(NetworkBlocked):
            socket.create_connection(("api.spotify.com", 443))
    assert looked_up == ["api.spotify.com", NAME]


WITHOUT_IMPORTS = """
import socket, sys
from pytest_spotify.errors import NetworkBlocked
from pytest_spotify.intercept.network import block_network, block_spotify_hosts

server = socket.create_server(("127.0.0.1", 0))
block_spotify_hosts()
sys.meta_path.clear()  # no import works from here on
with socket.socket() as client:
    client.connect(server.getsockname())
with block_network("test"), socket.socket() as client:
    client.connect(server.getsockname())
for host in ("api.spotify.com", "accounts.spotify.com"):
    try:
        socket.getaddrinfo(host, 443)
    except NetworkBlocked:
        print("blocked")
"""


def test_the_block_imports_nothing_when_it_is_asked():
    """Late in a process's life, or where a test replaces files, nothing can be imported any more."""
    command = [sys.executable, "-W", "ignore", "-c", WITHOUT_IMPORTS]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("blocked\nblocked\n", "")
