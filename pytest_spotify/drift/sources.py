"""The exchanges of files and folders: cassettes, HAR files, and response bodies as projects keep them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.drift.difference import Recorded
from pytest_spotify.errors import NotTraffic, UnreadableTraffic
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request, Response
from pytest_spotify.files import walk
from pytest_spotify.formats import strict_json
from pytest_spotify.traffic import TrafficFile, is_api, may_be_traffic, read_body

_JSON = Headers({"Content-Type": "application/json; charset=utf-8"})


class Source:
    """The exchanges with the Web API in a file or a folder, in order.

    `unidentified` has the bodies whose operation is not known; `operation` is that of all bodies, where it is
    given.
    """

    def __init__(self, path: Path, registry: ContractRegistry, operation: str | None = None) -> None:
        self._path, self._registry, self._operation = path, registry, operation
        self.unidentified: list[Path] = []

    def __iter__(self) -> Iterator[Recorded]:
        """Yield the exchanges. Raises UnreadableTraffic for a file that is neither traffic nor a body."""
        if not self._path.is_dir():
            yield from self._file(self._path)
            return
        for path in walk(self._path):
            if may_be_traffic(path) or path.suffix == ".json":
                with contextlib.suppress(NotTraffic):
                    yield from self._file(path)

    def _file(self, path: Path) -> Iterator[Recorded]:
        if self._operation is None and may_be_traffic(path):
            for entry in TrafficFile(path):
                if is_api(entry.exchange.request.url):
                    recorded_at = entry.recorded_at
                    day = recorded_at.astimezone(UTC).date().isoformat() if recorded_at else ""
                    yield Recorded(entry.exchange, day)
            return
        if path.suffix != ".json":
            raise NotTraffic(f"{path}: neither recorded traffic nor a response body (.json)")
        yield from self._body(path)

    def _body(self, path: Path) -> Iterator[Recorded]:
        data = read_body(path)
        url = self._url(strict_json.loads(data))
        if url is None:
            self.unidentified.append(path)
            return
        request = Request(method="GET", url=url)
        yield Recorded(Exchange(request=request, response=Response(status=200, headers=_JSON, body=data)))

    def _url(self, body: Any) -> str | None:
        """Return the URL that a body answers: its operation's, or the one that it names itself."""
        if self._operation is not None:
            return API_URL + self._registry.contracts[self._operation].path
        parts = [body, *body.values()] if isinstance(body, dict) else []
        links = (part.get("href") for part in parts if isinstance(part, dict))
        for link in links:
            if isinstance(link, str) and self._registry.contract_for("GET", link):
                return link
        return None


def read_source(path: Path, registry: ContractRegistry, operation: str | None = None) -> list[Recorded]:
    """Return the exchanges of a file or a folder; raises UnreadableTraffic if there is none."""
    source = Source(path, registry, operation)
    found = list(source)
    if found:
        return found
    bodies = len(source.unidentified)
    hint = f"; of {bodies} response bodies the operation is not known" if bodies > 1 else ""
    hint = "; its operation is not known" if bodies == 1 else hint
    named = ": name it with --operation" if bodies else ""
    raise UnreadableTraffic(f"{path}: no exchange with the Web API to compare{hint}{named}")
