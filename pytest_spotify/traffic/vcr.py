"""Cassettes of VCR.py, in its old forms too, and so ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlencode

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.formats.content_encoding import CodingError, decode
from pytest_spotify.formats.cursor import Cursor
from pytest_spotify.traffic.entry import TrafficEntry, is_spotify, parse_datetime


def read_vcr(interactions: Cursor) -> Iterator[TrafficEntry]:
    """Yield the exchanges of a cassette."""
    for index, interaction in enumerate(interactions):
        sent, received = interaction["request"], interaction["response"]
        url = sent["uri"].text() if "uri" in sent else _old_url(sent)
        request_headers = _headers(sent["headers"])
        request = Request(
            method=sent["method"].text().upper(),
            url=url,
            headers=request_headers,
            body=_decoded(sent["body"], _request_body(sent["body"], url), request_headers, url),
        )
        headers = _headers(received["headers"])
        # VCR.py wrote httpx responses another way until version 8.
        is_old_httpx = "status_code" in received
        code = received["status_code" if is_old_httpx else "status"]
        body = received["content" if is_old_httpx else "body"]
        response = Response(
            status=(code["code"] if isinstance(code.value, dict) else code).status(),
            headers=headers,
            body=_decoded(body, _body(body), headers, url),
        )
        if response.status:
            yield TrafficEntry(
                index=index,
                exchange=Exchange(request=request, response=response),
                recorded_at=parse_datetime(interaction["recorded_at"].text("")),
            )


def _old_url(sent: Cursor) -> str:
    """Join the parts that VCR.py kept before version 1.0."""
    protocol, port = sent["protocol"].text(), sent["port"].value
    default = {"https": 443, "http": 80}.get(protocol)
    if default is None:
        sent["protocol"].refuse("http or https")
    if type(port) is not int or not 0 < port < 65536:
        sent["port"].refuse("a port number")
    shown = "" if port == default else f":{port}"
    return f"{protocol}://{sent['host'].text()}{shown}{sent['path'].text()}"


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
    return str(node.value) if type(node.value) in {int, float} else node.text()


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


def _decoded(node: Cursor, body: bytes, headers: Headers, url: str) -> bytes:
    try:
        return decode(body, headers.get("Content-Encoding"))
    except CodingError as error:
        # Recorders keep the field over bytes that are decoded already; elsewhere those may be anything.
        if not is_spotify(url):
            return body
        raise UnreadableTraffic(f"{node.where}: {error}") from None
