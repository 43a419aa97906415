"""A web server in a thread of its own. It does not depend on what it serves."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from ipaddress import ip_address

import uvicorn
from starlette.applications import Starlette

from pytest_spotify.errors import ServiceError

_START_SECONDS = 10
_TICK_SECONDS = 0.1  # uvicorn counts ten ticks to renew its Date header
_SHUTDOWN_SECONDS = 1  # for requests that are under way


class HttpServer:
    """Listens on one address from `start` to `stop`; both may be called twice."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.origin = ""

    @property
    def running(self) -> bool:
        """Return True if requests are answered."""
        return self._thread is not None

    def start(self, app: Starlette) -> None:
        """Listen, and return once requests are answered; ServiceError where the port is not to be had."""
        listener = self._listen()
        self.origin = f"http://{_reachable(self._host)}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="pytest-spotify sandbox", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            self.stop()
            raise ServiceError(f"The sandbox did not start within {_START_SECONDS} seconds.")

    def stop(self) -> None:
        """Close every connection and end the thread."""
        if self._server is not None and self._thread is not None:
            self._server.end()
            self._thread.join()
        self._server = self._thread = None

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # With the protocol named, asyncio turns off Nagle's algorithm, which costs 40 ms an answer here.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
        except OSError as problem:
            listener.close()
            raise ServiceError(
                f"The sandbox cannot listen on {self._host}, port {self._port}: {problem.strerror}. "
                "Use another port, or port 0 for any that is free."
            ) from None
        return listener


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is ready, whether or not it got so far, and ends at once.

    uvicorn's own sleeps until its next tick and then as long again: a sixth of a second a run of tests.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Have the server end, from another thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended already
                self._loop.call_soon_threadsafe(self._ending.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        counter = 0
        while not await self.on_tick(counter):
            counter += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        deadline = time.monotonic() + _SHUTDOWN_SECONDS
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        for task in self.server_state.tasks:
            task.cancel()


def _reachable(host: str) -> str:
    """Return a host for addresses on this machine; whoever listens everywhere is met on the loopback."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "[::1]" if address.version == 6 else "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host
