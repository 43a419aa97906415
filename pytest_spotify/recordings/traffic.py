"""Recorded traffic as exchanges: HAR 1.2 files and VCR.py cassettes, YAML or JSON, old forms too.

Strict: a file that is not wholly understood is refused, with the place and what was expected there. Of
Spotify it knows the addresses alone: a body that came from there must be whole, one from elsewhere need not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Headers, Request, Response
from pytest_spotify.formats.coding import CodingError, decode
from pytest_spotify.formats.document import Data, parse, printable, read_bytes
from pytest_spotify.formats.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One exchange of a file. `index` counts every entry of the file from 0."""

    index: int
    exchange: Exchange
    recorded_at: datetime | None = None


def read_traffic(path: str | Path) -> list[Entry]:
    """Return the exchanges of a file; requests that got no answer are counted and left out."""
    return parse_traffic(read_bytes(Path(path)), printable(str(path), 300))


def parse_traffic(data: bytes, path: object) -> list[Entry]:
    """Return the exchanges in the bytes of a file. `path` is for messages."""
    return entries(parse(data, path), path)


def entries(document: Data, path: object) -> list[Entry]:
    """Return the exchanges in a parsed document."""
    if isinstance(document, dict) and "log" in document:
        return list(_har(Node(document, f"{path}")))
    if isinstance(document, dict) and "interactions" in document:
        return list(_vcr(Node(document["interactions"], f"{path}, interactions")))
    if isinstance(document, list) and document and isinstance(document[0], dict) and "request" in document[0]:
        return list(_vcr(Node(document, f"{path}")))
    hint = ""
    if isinstance(document, dict) and "http_interactions" in document:
        hint = " (this is a cassette of Ruby's VCR or of betamax)"
    elif isinstance(document, (dict, list)):
        hint = "; a plain response body is checked with `pytest-spotify check --operation NAME FILE`"
    raise UnreadableTraffic(f"{path}: neither a HAR file nor a VCR.py cassette{hint}")


def _har(document: Node) -> Iterator[Entry]:
    for index, entry in enumerate(document["log"]["entries"]):
        status = entry["response"]["status"].status()
        if status == 0:  # the browser was refused, or gave up
            continue
        sent = entry["request"]
        request = Request(
            method=sent["method"].text().upper(),
            url=sent["url"].text(),
            headers=_har_headers(sent["headers"]),
            body=_har_post_data(sent["postData"]),
        )
        headers = _har_headers(entry["response"]["headers"])
        body = _har_content(entry["response"]["content"], request, status)
        yield Entry(
            index=index,
            exchange=Exchange(request=request, response=Response(status=status, headers=headers, body=body)),
            recorded_at=_date(entry["startedDateTime"].text("")),
        )


def _har_headers(fields: Node) -> Headers:
    if fields.value is None:
        return Headers()
    pairs = [(field["name"].text(), field["value"].text("")) for field in fields]
    # Browsers list HTTP/2's pseudo-header fields too (RFC 9113 section 8.3).
    return Headers([(name, value) for name, value in pairs if not name.startswith(":")])


def _har_post_data(data: Node) -> bytes:
    if data.value is None:
        return b""
    if data["text"].value:
        return data["text"].base64_content() if data["encoding"].value == "base64" else data["text"].content()
    if data["params"].value is None:
        return b""
    return urlencode([(field["name"].text(), field["value"].text("")) for field in data["params"]]).encode()


def _har_content(content: Node, request: Request, status: int) -> bytes:
    # HAR 1.2: `text` is decoded from its content coding; `encoding` says how the bytes became text.
    if content.value is None:
        return b""
    encoding = content["encoding"].text("").lower()
    if content["text"].value is not None:
        if encoding == "base64":
            return content["text"].base64_content()
        if encoding:
            content["encoding"].refuse('"base64" or nothing')
        return content["text"].content()
    size = content["size"].value
    dropped = (
        type(size) in {int, float}
        and size > 0
        and status != 304
        and request.method not in {"HEAD", "OPTIONS"}
    )
    if dropped and _is_spotify(request.url):
        content.refuse(f"the body of {size} bytes (the recorder dropped it: export the file with contents)")
    return b""


def _vcr(interactions: Node) -> Iterator[Entry]:
    for index, interaction in enumerate(interactions):
        sent, received = interaction["request"], interaction["response"]
        url = sent["uri"].text() if "uri" in sent else _old_url(sent)
        request_headers = _vcr_headers(sent["headers"])
        request = Request(
            method=sent["method"].text().upper(),
            url=url,
            headers=request_headers,
            body=_decoded(sent["body"], _vcr_request_body(sent["body"], url), request_headers, url),
        )
        headers = _vcr_headers(received["headers"])
        # VCR.py wrote httpx responses another way until version 8.
        is_old_httpx = "status_code" in received
        code = received["status_code" if is_old_httpx else "status"]
        body = received["content" if is_old_httpx else "body"]
        response = Response(
            status=(code["code"] if isinstance(code.value, dict) else code).status(),
            headers=headers,
            body=_decoded(body, _vcr_body(body), headers, url),
        )
        if response.status:
            yield Entry(
                index=index,
                exchange=Exchange(request=request, response=response),
                recorded_at=_date(interaction["recorded_at"].text("")),
            )


def _old_url(sent: Node) -> str:
    """Join the parts that VCR.py kept before version 1.0."""
    protocol, port = sent["protocol"].text(), sent["port"].value
    default = {"https": 443, "http": 80}.get(protocol)
    if default is None:
        sent["protocol"].refuse("http or https")
    if type(port) is not int or not 0 < port < 65536:
        sent["port"].refuse("a port number")
    shown = "" if port == default else f":{port}"
    return f"{protocol}://{sent['host'].text()}{shown}{sent['path'].text()}"


def _vcr_headers(fields: Node) -> Headers:
    if fields.value is None:
        return Headers()
    if isinstance(fields.value, list):
        return Headers(_old_headers(fields))
    pairs = []
    for name, node in fields.items():
        values = list(node) if isinstance(node.value, list) else [node]
        pairs += [(name, _header_value(value)) for value in values]
    return Headers(pairs)


def _old_headers(fields: Node) -> Iterator[tuple[str, str]]:
    # Before 1.0: raw lines of a response, and pairs (themselves in a list) of a request.
    for field in fields:
        if isinstance(field.value, str):
            name, _, value = field.value.partition(":")
            yield name.strip(), value.strip()
        elif isinstance(field.value, dict):
            yield from _vcr_headers(field)
        else:
            parts = list(field)
            if len(parts) == 2 and isinstance(parts[0].value, str):
                yield parts[0].text(), _header_value(parts[1])
            else:
                yield from _old_headers(field)


def _header_value(node: Node) -> str:
    if isinstance(node.value, bytes):
        return node.value.decode("latin-1")
    if node.value is None:
        return ""
    return str(node.value) if type(node.value) in {int, float} else node.text()


def _vcr_body(body: Node) -> bytes:
    if not isinstance(body.value, dict):
        return body.content()
    for key in ("base64_string", "base64"):
        if body[key].value is not None:
            return body[key].base64_content()
    return body["string"].content()


def _vcr_request_body(body: Node, url: str) -> bytes:
    value = body.value
    is_container = isinstance(value, dict) and value.keys() <= {
        "string",
        "base64",
        "base64_string",
        "encoding",
    }
    if not isinstance(value, (dict, list)) or (value and is_container):
        return _vcr_body(body)
    # VCR.py keeps the object that aiohttp was given as `json=` or `data=`, and not which of the two it was.
    try:
        if isinstance(value, dict) and url.startswith("https://accounts."):
            return urlencode({str(key): str(part) for key, part in value.items()}).encode()
        return json.dumps(value, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError):
        body.refuse("text, bytes or a JSON value")


def _decoded(node: Node, body: bytes, headers: Headers, url: str) -> bytes:
    try:
        return decode(body, headers.get("Content-Encoding"))
    except CodingError as error:
        # Recorders keep the field over bytes that are decoded already; elsewhere those may be anything.
        if not _is_spotify(url):
            return body
        raise UnreadableTraffic(f"{node.where}: {error}") from None


def _is_spotify(url: str) -> bool:
    return url.lower().startswith((f"{API_URL}/", f"{ACCOUNTS_URL}/"))


def _date(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
