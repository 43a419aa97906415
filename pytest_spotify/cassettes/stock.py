"""Cassettes that VCR.py or pytest-recording wrote of marked tests, read as ours.

They have what the recorder was not told to filter: secrets and people are taken out here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pytest_spotify.access import Access
from pytest_spotify.cassettes import Cassette
from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import Exchange, Headers
from pytest_spotify.redaction import MASK
from pytest_spotify.redaction.redact import redact_exchanges
from pytest_spotify.traffic import TrafficEntry, is_api, read_traffic

_FORBIDDEN = str.maketrans(dict.fromkeys("<>?%*:|\"'/\\", "-"))


def stock_name(node_id: str) -> str:
    """Return the file name, without extension, that pytest-recording gives the cassette of a test."""
    _, *classes, name = node_id.split("::")
    return ".".join([*classes[-1:], name]).translate(_FORBIDDEN)


def node_of_stock_name(name: str) -> str:
    """Return the part of a node id behind the file that a stock cassette's name stands for."""
    start, bracket, parameters = name.partition("[")
    return f"{start.replace('.', '::')}{bracket}{parameters}"


def load_stock(path: Path, access: Access) -> Cassette:
    """Return a stock cassette as ours; raises UnreadableTraffic if it has no exchange with the Web API."""
    entries = [entry for entry in read_traffic(path) if is_api(entry.exchange.request.url)]
    if not entries:
        raise UnreadableTraffic(f"{path}: no exchange with the Web API in it")
    provenance: dict[str, str] = {"target": "spotify", "access": access}
    if recorded_at := _recorded_at(entries):
        provenance = {"recorded_at": recorded_at.isoformat(timespec="seconds"), **provenance}
    exchanges = redact_exchanges(_authorized(entry.exchange) for entry in entries)
    return Cassette(path=path, exchanges=exchanges, provenance=provenance)


def _recorded_at(entries: list[TrafficEntry]) -> datetime | None:
    return max((entry.recorded_at for entry in entries if entry.recorded_at), default=None)


def _authorized(exchange: Exchange) -> Exchange:
    """Return an exchange with the token that its recorder filtered out: without one it would be a 401."""
    request = exchange.request
    if "Authorization" in request.headers or exchange.response.status == 401:
        return exchange
    headers = Headers([*request.headers, ("Authorization", f"Bearer {MASK}")])
    return replace(exchange, request=replace(request, headers=headers))
