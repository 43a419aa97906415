"""A server between a live run and the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from pytest_spotify.exchange import Headers, Request
from pytest_spotify.sandbox import Sandbox
from pytest_spotify.transport.client import HttpClient
from tests.support.loopback_server import LoopbackServer, Received, Reply


class Between:
    """A server between a run and the sandbox, which may change each answer of the Web API to a GET."""

    def __init__(self, sandbox: Sandbox, change: Callable[[Reply], Reply]) -> None:
        self._upstream, self._change = sandbox.api_url.removesuffix("/v1"), change
        self._client = HttpClient()
        self.changed = 0
        self.server = LoopbackServer(self.answer)
        self.options = [
            "--spotify-live",
            "--spotify-keep-going",
            f"--spotify-api-url={self.server.url}/v1",
            f"--spotify-accounts-url={sandbox.accounts_url}",
            "--junitxml=junit.xml",
        ]

    def answer(self, received: Received) -> Reply:
        # Not intercepted in a marked test, unlike other clients of this process.
        request = Request(
            method=received.method,
            url=f"{self._upstream}{received.path}",
            headers=Headers(received.fields),
            body=received.body,
        )
        response = self._client.send(request)
        own = ("content-length", "date", "server")
        fields = {name: value for name, value in response.headers if name.lower() not in own}
        body = response.body.replace(self._upstream.encode(), self.server.url.encode())
        reply = Reply(response.status, fields, body)
        changed = self._change(reply)
        self.changed += changed is not reply
        return changed

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.server.__exit__()
        self._client.close()
