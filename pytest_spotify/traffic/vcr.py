"""Cassettes of VCR.py, in its old forms too, and so ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.formats import Data
from pytest_spotify.formats.content_encoding import CodingError, decode
from pytest_spotify.traffic.entry import (
    NO_STATUS,
    Cursor,
    Omissions,
    TrafficEntry,
    is_spotify,
    parse_datetime,
)

_TOLD_BY_BYTES = "gzip, zstd"


def read_interaction(interaction: Cursor, index: int, omissions: Omissions) -> TrafficEntry | None:
    """Return an interaction with Spotify, or None for others and for what has no response."""
    sent, received = interaction["request"], interaction["response"]
    url = sent["uri"].head() if "uri" in sent else _old_url(sent)
    if not is_spotify(url):  # nothing is demanded of it
        return None
    # VCR.py wrote httpx responses another way until version 8.
    is_old_httpx = received.value is not None and "status_code" in received
    code = received["status_code" if is_old_httpx else "status"] if received.value is not None else received
    if isinstance(code.value, dict):
        code = code["code"]
    if code.value in NO_STATUS:
        omissions.responses += 1
        return None
    headers = _headers(received["headers"])
    request_headers = _headers(sent["headers"])
    body = received["content" if is_old_httpx else "body"]
    response = Response(
        status=code.status(),
        headers=headers,
        body=_decoded(body, _body(body), headers),
        are_headers_recorded=bool(headers),
    )
    omissions.media_types += bool(response.body and not headers)
    return TrafficEntry(
        index=index,
        exchange=Exchange(
            request=Request(
                method=sent["method"].head().upper(),
                url=url,
                headers=request_headers,
                body=_decoded(sent["body"], _request_body(sent["body"], url), request_headers),
            ),
            response=response,
        ),
        recorded_at=parse_datetime(interaction["recorded_at"].text("")),
    )


def read_interactions(document: Data, where: str) -> Iterator[TrafficEntry]:
    """Yield the exchanges with Spotify of a parsed cassette as it is written now. `where` is for messages."""
    omissions = Omissions()
    for index, interaction in enumerate(Cursor(document, where)["interactions"]):
        entry = read_interaction(interaction, index, omissions)
        if entry is not None:
            yield entry


def _old_url(sent: Cursor) -> str:
    """Join the parts that VCR.py kept before version 1.0."""
    host, protocol, port = sent["host"].text(), sent["protocol"], sent["port"]
    if not is_spotify(f"https://{host}"):
        return ""
    default = {"https": 443, "http": 80}.get(protocol.text())
    if default is None:
        protocol.refuse("http or https")
    if type(port.value) is not int or not 0 < port.value < 65536:
        port.refuse("a port number")
    shown = "" if port.value == default else f":{port.value}"
    return f"{protocol.value}://{host}{shown}{sent['path'].head()}"


def _headers(fields: Cursor) -> Headers:
    if fields.value is None:
        return Headers()
    if isinstance(fields.value, list):
        return Headers(_old_headers(fields))
    pairs = []
    for name, node in fields.items():
        values = list(node) if isinstance(node.value, list) else [node]
        pairs += [(name, _header_value(value)) for value in values]
    return Headers(pairs)


def _old_headers(fields: Cursor) -> Iterator[tuple[str, str]]:
    # Before 1.0: raw lines of a response, and pairs (themselves in a list) of a request.
    for field in fields:
        if isinstance(field.value, str):
            name, _, value = field.value.partition(":")
            yield name.strip(), value.strip()
        elif isinstance(field.value, dict):
            yield from _headers(field)
        else:
            parts = list(field)
            if len(parts) == 2 and isinstance(parts[0].value, str):
                yield parts[0].text(), _header_value(parts[1])
            else:
                yield from _old_headers(field)


def _header_value(node: Cursor) -> str:
    if isinstance(node.value, bytes):
        return node.value.decode("latin-1")
    if node.value is None:
        return ""
    return str(node.value) if type(node.value) in {int, float} else node.head()


def _body(body: Cursor) -> bytes:
    if not isinstance(body.value, dict):
        return body.content()
    for key in ("base64_string", "base64"):
        if body[key].value is not None:
            return body[key].base64_content()
    return body["string"].content()


def _request_body(body: Cursor, url: str) -> bytes:
    value = body.value
    is_container = isinstance(value, dict) and value.keys() <= {
        "string",
        "base64",
        "base64_string",
        "encoding",
    }
    if not isinstance(value, (dict, list)) or (value and is_container):
        return _body(body)
    # VCR.py keeps the object that aiohttp was given as `json=` or `data=`, and not which of the two it was.
    try:
        if isinstance(value, dict) and url.startswith("https://accounts."):
            return urlencode({str(key): str(part) for key, part in value.items()}).encode()
        return json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        body.refuse("text, bytes or a JSON value")


def _decoded(node: Cursor, body: bytes, headers: Headers) -> bytes:
    # If the field was dropped, the first bytes tell some codings.
    codings = headers.get("Content-Encoding") if headers else _TOLD_BY_BYTES
    if not codings:
        return body
    try:
        return decode(body, codings)
    except CodingError as error:
        raise UnreadableTraffic(f"{node.where}: {error}") from None
