"""Entries of HAR 1.2 files, as browsers, proxies and Playwright write them.

http://www.softwareishard.com/blog/har-12-spec/: a size of -1 is one that is not known.
"""

from __future__ import annotations

from urllib.parse import urlencode

from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.traffic.archive import Attachments
from pytest_spotify.traffic.entry import (
    NO_STATUS,
    Cursor,
    Omissions,
    TrafficEntry,
    is_spotify,
    parse_datetime,
)

_NO_MEDIA_TYPE = {"", "x-unknown"}
_WITHOUT_BODY = {"GET", "HEAD", "OPTIONS"}


def read_entry(
    entry: Cursor, index: int, attachments: Attachments, omissions: Omissions
) -> TrafficEntry | None:
    """Return an entry of Spotify's, or None for others and for what lacks its response or the body of it."""
    sent, received = entry["request"], entry["response"]
    url = sent["url"].head()
    if not is_spotify(url):  # nothing is demanded of it
        return None
    if received.value is None or received["status"].value in NO_STATUS:
        omissions.responses += 1
        return None
    method = sent["method"].head().upper()
    status = received["status"].status()
    request_body = _request_body(sent, method, attachments)
    content = received["content"]
    headers = _headers(received["headers"])
    response_body = _content(content, attachments)
    if not response_body and _is_dropped(content, method, status, headers):
        omissions.response_bodies += 1
        return None
    omissions.request_bodies += request_body is None
    if not headers:
        headers = _media_type(content)
        omissions.media_types += bool(response_body and not headers)
    return TrafficEntry(
        index=index,
        exchange=Exchange(
            request=Request(
                method=method,
                url=url,
                headers=_headers(sent["headers"]),
                body=request_body or b"",
                is_body_recorded=request_body is not None,
            ),
            response=Response(
                status=status, headers=headers, body=response_body or b"", are_headers_recorded=bool(headers)
            ),
        ),
        recorded_at=parse_datetime(entry["startedDateTime"].text("")),
    )


def _headers(fields: Cursor) -> Headers:
    if fields.value is None:
        return Headers()
    pairs = [(field["name"].head(), field["value"].head("")) for field in fields]
    # Browsers list HTTP/2's pseudo-header fields too (RFC 9113 section 8.3).
    return Headers([(name, value) for name, value in pairs if not name.startswith(":")])


def _media_type(content: Cursor) -> Headers:
    """Return the one header field that a HAR file says a second time, beside the body."""
    name = content["mimeType"].head("") if content.value is not None else ""
    return Headers() if name in _NO_MEDIA_TYPE else Headers([("Content-Type", name)])


def _request_body(sent: Cursor, method: str, attachments: Attachments) -> bytes | None:
    """Return the body that was sent; None where the recorder dropped it, or where nobody knows of one."""
    data = sent["postData"]
    if data.value is not None:
        if data["text"].value:
            is_base64 = data["encoding"].value == "base64"
            return data["text"].base64_content() if is_base64 else data["text"].content()
        if data["params"].value:
            return urlencode(
                [(field["name"].text(), field["value"].text("")) for field in data["params"]]
            ).encode()
        if data["_file"].value is not None:
            return attachments.read(data["_file"])
    size = _size(sent, "bodySize")
    # Playwright, told to keep little, writes -1 and no body for every method (microsoft/playwright#19948).
    is_unknown = size < 0 and data.value is None and method not in _WITHOUT_BODY
    return None if size > 0 or is_unknown else b""


def _content(content: Cursor, attachments: Attachments) -> bytes | None:
    # HAR 1.2: `text` is decoded from its content coding; `encoding` says how the bytes became text.
    if content.value is None:
        return None
    if content["text"].value is None:
        return attachments.read(content["_file"]) if content["_file"].value is not None else None
    encoding = content["encoding"].text("").lower()
    if encoding == "base64":
        return content["text"].base64_content()
    if encoding:
        content["encoding"].refuse('"base64" or nothing')
    return content["text"].content()


def _is_dropped(content: Cursor, method: str, status: int, headers: Headers) -> bool:
    """Return True if a response that has no body in the file had one.

    Chrome leaves `text` out for what it forgot, beside the size or 0. Firefox, told to export no bodies,
    puts a comment beside the size or -1. Other recorders leave out the size as well.
    """
    if method in {"HEAD", "OPTIONS"} or status in {204, 205, 304} or status < 200:
        return False  # RFC 9110 section 6.4.1; a preflight's is nobody's business
    if content.value is None:
        return "Content-Type" in headers and headers.get("Content-Length") != "0"
    size = _size(content, "size")
    if size > 0 or content["_file"].value is not None:
        return True
    if content["text"].value is not None:
        return False
    if not headers:
        return size < 0 or bool(_media_type(content))
    return "Content-Type" in headers and headers.get("Content-Length") != "0"


def _size(message: Cursor, name: str) -> float:
    """Return a size in bytes; less than 0 where it is not known."""
    size = message[name].value
    return size if isinstance(size, (int, float)) else -1
