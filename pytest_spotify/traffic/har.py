"""HAR 1.2 files, as browsers and proxies export them.

What a recorder dropped is left out, and a warning of the log says how much.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.formats.cursor import Cursor
from pytest_spotify.traffic.entry import TrafficEntry, is_spotify, parse_datetime

_log = logging.getLogger(__name__)  # where nobody set up logs, warnings go to standard error as they are


def read_har(document: Cursor) -> Iterator[TrafficEntry]:
    """Yield the exchanges of a HAR file."""
    lost = 0
    for index, entry in enumerate(document["log"]["entries"]):
        status = entry["response"]["status"].status()
        if status == 0:  # the browser was refused, or gave up
            continue
        sent = entry["request"]
        request = Request(
            method=sent["method"].text().upper(),
            url=sent["url"].text(),
            headers=_headers(sent["headers"]),
            body=_post_data(sent["postData"]),
        )
        content = entry["response"]["content"]
        response = Response(
            status=status, headers=_headers(entry["response"]["headers"]), body=_content(content)
        )
        if is_spotify(request.url) and (
            _lost(sent, request.body) or _lost_answer(content, request, response)
        ):
            lost += 1
            continue
        yield TrafficEntry(
            index=index,
            exchange=Exchange(request=request, response=response),
            recorded_at=parse_datetime(entry["startedDateTime"].text("")),
        )
    if lost:
        _log.warning(
            "%s: left out %s: the recorder dropped the body (export with contents, soon after the traffic: "
            "browsers forget them)",
            document.where,
            "1 exchange with Spotify" if lost == 1 else f"{lost} exchanges with Spotify",
        )


def _headers(fields: Cursor) -> Headers:
    if fields.value is None:
        return Headers()
    pairs = [(field["name"].text(), field["value"].text("")) for field in fields]
    # Browsers list HTTP/2's pseudo-header fields too (RFC 9113 section 8.3).
    return Headers([(name, value) for name, value in pairs if not name.startswith(":")])


def _post_data(data: Cursor) -> bytes:
    if data.value is None:
        return b""
    if data["text"].value:
        return data["text"].base64_content() if data["encoding"].value == "base64" else data["text"].content()
    if data["params"].value is None:
        return b""
    return urlencode([(field["name"].text(), field["value"].text("")) for field in data["params"]]).encode()


def _content(content: Cursor) -> bytes:
    # HAR 1.2: `text` is decoded from its content coding; `encoding` says how the bytes became text.
    if content.value is None or content["text"].value is None:
        return b""
    encoding = content["encoding"].text("").lower()
    if encoding == "base64":
        return content["text"].base64_content()
    if encoding:
        content["encoding"].refuse('"base64" or nothing')
    return content["text"].content()


def _lost(message: Cursor, body: bytes, size: str = "bodySize") -> bool:
    """Say whether a body has a size in the file, and is not there."""
    told = message[size].value if message.value is not None else None
    return not body and isinstance(told, (int, float)) and told > 0


def _lost_answer(content: Cursor, request: Request, response: Response) -> bool:
    """Say whether an answer had a body that is not in the file.

    Chrome leaves `text` out for what it forgot, beside the size or 0. Firefox, told to export no bodies,
    puts a comment beside the size or -1. Other recorders leave out the size as well.
    """
    if request.method in {"HEAD", "OPTIONS"} or response.status in {204, 205, 304} or response.status < 200:
        return False  # RFC 9110 section 6.4.1; a preflight's is nobody's business
    if content.value is None or content["text"].value is None:
        is_empty = "Content-Type" not in response.headers or response.headers.get("Content-Length") == "0"
        return not is_empty or _lost(content, b"", "size")
    return _lost(content, response.body, "size")
