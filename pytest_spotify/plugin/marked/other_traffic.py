"""What a marked test does past its interception: sends nothing, has a mock respond, starts a process.

All of it is noted in the result of the test, so that no client goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from pytest_spotify.errors import NothingSent
from pytest_spotify.intercept.interception import url_matcher
from pytest_spotify.intercept.network import SPOTIFY_NAMES
from pytest_spotify.intercept.unseen import loaded_native_clients, watch_local_responses, watch_processes
from pytest_spotify.plugin.marked import spotify_mark
from pytest_spotify.plugin.marked.traffic import MarkedTestTraffic
from pytest_spotify.plugin.state import get_state


class OtherTraffic:
    """The traffic of a marked test that is not intercepted in Python. Safe to use from the test's threads."""

    def __init__(self, test: MarkedTestTraffic, *, isolated: bool) -> None:
        self._test, self._result, self._node_id = test, test.result, test.item.nodeid
        self._is_spotify_url = url_matcher(test.hosts)
        self._by_proxy = spotify_mark(test.item).processes
        self._isolated = isolated
        self._processes: list[str] = []

    @contextmanager
    def open(self) -> Iterator[None]:
        """Watch clients and processes, or lead processes to a proxy that intercepts for them."""
        with ExitStack() as stack:
            stack.enter_context(watch_local_responses(self._add_local_response, self._is_spotify_url))
            stack.enter_context(watch_processes(self._processes.append))
            if self._by_proxy:
                self._open_proxy(stack)
            yield

    def finish(self) -> None:
        """Note native clients; raise NothingSent if nothing was sent, and the test or the run is strict."""
        __tracebackhide__ = True
        if not (self._by_proxy and self._test.has_sent):
            self._result.unseen_clients += [f"{name} is loaded" for name in loaded_native_clients()]
            self._result.unseen_clients += [f"{name}, started by {self._node_id}" for name in self._processes]
        if self._test.has_sent or self._result.local_responses or self._result.outcome != "passed":
            return
        self._result.sent_nothing.append(self._node_id)
        if self._test.strict:
            raise NothingSent(
                "the test is marked `spotify`, and sent Spotify no request that could be checked\n\n"
                "expected   at least one request, by a client that is intercepted (docs/clients.md)\n"
                f"test       {self._node_id}\n"
                "next       remove the mark; or, if a process or a native client sends: "
                "@pytest.mark.spotify(processes=True)"
            )

    def _open_proxy(self, stack: ExitStack) -> None:
        import certifi

        from pytest_spotify.intercept.proxy import intercepting_proxy

        if live := get_state(self._test.item.config).live:
            _ = live.transport  # made now, so that it is not led to the proxy
        proxy = intercepting_proxy(
            self._test.handle, self._is_spotify_url, hosts=SPOTIFY_NAMES, tunnels=not self._isolated
        )
        variables = stack.enter_context(proxy)
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.setattr(certifi, "where", lambda: variables["SSL_CERT_FILE"])  # libcurl's bindings ask it

    def _add_local_response(self, method: str, url: str, client: str) -> None:
        self._result.local_responses.append(f"{method} {url}  by {client}")
