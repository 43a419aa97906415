"""A scripted HTTP server on 127.0.0.1 that remembers, byte for byte, what it was sent."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

from pytest_spotify.clock import Clock


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    path: str
    fields: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Reply:
    """What to answer; `raw` replaces the whole answer with byte pieces written one by one."""

    status: int = 200
    fields: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: Iterable[bytes] | None = None


def as_json(document: object, status: int = 200, **fields: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Reply(status, {"Content-Type": "application/json", **named}, json.dumps(document).encode())


def shown(error: BaseException) -> str:
    """Return all that a report of an error could show: its text, its chain, and the locals of our frames."""
    parts = []
    link: BaseException | None = error
    while link is not None:
        parts.append(f"{link!r} {link}")
        trace = link.__traceback__
        while trace is not None:
            if f"{os.sep}tests{os.sep}" not in trace.tb_frame.f_code.co_filename:
                parts += [f"{name}={value!r}" for name, value in trace.tb_frame.f_locals.items()]
            trace = trace.tb_next
        link = link.__cause__ or link.__context__
    return "\n".join(parts)


def leaks(text: str, secrets: Iterable[str], size: int = 8) -> list[str]:
    """Return the pieces of secrets that a text holds."""
    pieces = {secret[at : at + size] for secret in secrets for at in range(len(secret) - size + 1)}
    return sorted(piece for piece in pieces if piece in text)


class FakeTime:
    """A clock that moves when somebody sleeps, and when the test says so."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.monotonic, self.wall = 500.0, now
        self.slept: list[float] = []
        self.clock = Clock(monotonic=lambda: self.monotonic, time=lambda: self.wall, sleep=self._sleep)

    def pass_by(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)


class LoopbackServer:
    """Answers with `answer(received)`, from threads of its own, and keeps `received`."""

    def __init__(self, answer: Callable[[Received], Reply], context: Any = None) -> None:
        self.received: list[Received] = []
        self._answer = answer
        self.connections: list[socket.socket] = []
        self._http = _Server(("127.0.0.1", 0), self._handler())
        self._secure = context is not None
        if context is not None:
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"{'https' if self._secure else 'http'}://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        # A kept connection would hold its handler's thread until the client went away.
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet for an answer: two would wait for each other's acknowledgement.
            wbufsize = -1

            def setup(self) -> None:
                super().setup()
                server.connections.append(self.connection)

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

            def answer_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                received = Received(self.command, self.path, self.headers.items(), body)
                server.received.append(received)
                reply = server._answer(received)
                if reply.raw is not None:
                    self.close_connection = True
                    for piece in reply.raw:
                        self.wfile.write(piece)
                        self.wfile.flush()
                    return
                self.send_response(reply.status)
                for name, value in reply.fields.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            def __getattr__(self, name: str) -> Callable[[], None]:
                if name.startswith("do_"):
                    return self.answer_any
                raise AttributeError(name)

        return Handler


class _Server(ThreadingHTTPServer):
    # Joined on close, so that no handler thread outlives its test.
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""
