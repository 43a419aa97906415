"""The responses that a contract is drafted from, and the request of each, if it is known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pytest_spotify.errors import NotTraffic, UnreadableTraffic
from pytest_spotify.exchange import API_URL, Exchange
from pytest_spotify.redaction.patterns import is_secret_name
from pytest_spotify.traffic import is_api, may_be_traffic, read_body, read_traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One success response. `parameters` are those of its request; None for a body of its own."""

    status: int
    body: Any = field(repr=False)
    parameters: Mapping[str, str] | None = None


def read_samples(path: Path, method: str, template: str) -> list[Sample]:
    """Return the success responses to a method and path template in a file of traffic, or a plain body.

    Raises UnreadableTraffic for a file that has none.
    """
    if may_be_traffic(path):
        try:
            exchanges = [entry.exchange for entry in read_traffic(path)]
        except NotTraffic:
            pass
        else:
            samples = [sample for exchange in exchanges for sample in sample_of(exchange, method, template)]
            if not samples:
                raise UnreadableTraffic(
                    f"{path}: no success response to {method} {template} with a JSON body"
                )
            return samples
    return [Sample(status=200, body=json.loads(read_body(path)))]


def sample_of(exchange: Exchange, method: str, template: str) -> Iterator[Sample]:
    """Yield the sample in an exchange, if it is a success response to a method and path template."""
    request, response = exchange.request, exchange.response
    if request.method.upper() != method or not is_api(request.url) or not 200 <= response.status < 300:
        return
    parts = urlsplit(request.url)
    path = parts.path.removeprefix(urlsplit(API_URL).path).rstrip("/")
    match = re.fullmatch(re.sub(r"\\{([a-z_]+)\\}", r"(?P<\1>[^/]+)", re.escape(template)), path)
    if match is None:
        return
    try:
        body = json.loads(response.body)
    except ValueError:
        return
    query = {name: value for name, value in parse_qsl(parts.query) if not is_secret_name(name)}
    parameters = {name: unquote(value) for name, value in match.groupdict().items()} | query
    yield Sample(status=response.status, body=body, parameters=parameters)
