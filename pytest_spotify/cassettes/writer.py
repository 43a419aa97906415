"""Exchanges as the text of a cassette in VCR.py's YAML format, written for people to read and diff.

Written by hand because libyaml turns a body with one emoji into one escaped line. Knows nothing of files.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from pytest_spotify.cassettes.checksum import KEY, add_checksum
from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import Exchange, Headers
from pytest_spotify.formats import json_text
from pytest_spotify.formats.yaml_reader import Data

# Text that YAML reads as itself, within [ ] too; what else it could mean is left out below.
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9/;=.+_-]*(?: [A-Za-z0-9/;=.+_-]+)*")
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9/?&=%.+_,~:@!$'()*;-]*[A-Za-z0-9/=]")
_OTHER_MEANING = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
_ESCAPED = re.compile(json_text.UNSAFE.pattern + r'|["\\]')


def serialize(exchanges: Sequence[Exchange], provenance: Mapping[str, Data]) -> bytes:
    """Return the bytes of a sealed cassette."""
    lines = ["interactions:" if exchanges else "interactions: []"]
    for exchange in exchanges:
        lines += _interaction(exchange)
    lines += ["version: 1", f"{KEY}:"]
    lines += [f"  {_scalar(name)}: {_flow(value)}" for name, value in provenance.items() if name != "sha256"]
    try:
        return add_checksum("\n".join([*lines, ""]).encode())
    except UnicodeEncodeError:
        raise UnrecordableTraffic("half of a surrogate pair in an address or a header field") from None


def _interaction(exchange: Exchange) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    reason = next((status.phrase for status in HTTPStatus if status == response.status), "")
    yield "- request:"
    yield f"    method: {_scalar(request.method)}"
    yield f"    uri: {request.url if _PLAIN_URL.fullmatch(request.url) else _quoted(request.url)}"
    yield from _headers(request.headers)
    yield from _body(request.body, request.headers, exchange, "    body: ", empty="null")
    yield "  response:"
    yield f"    status: {{code: {response.status}, message: {_scalar(reason)}}}"
    yield from _headers(response.headers)
    yield "    body:"
    yield from _body(response.body, response.headers, exchange, "      string: ", empty='""')


def _headers(headers: Headers) -> Iterator[str]:
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name, []).append(_scalar(value))
    yield "    headers:" if fields else "    headers: {}"
    for name, values in fields.items():
        yield f"      {_scalar(name)}: [{', '.join(values)}]"


def _body(body: bytes, headers: Headers, exchange: Exchange, key: str, *, empty: str) -> Iterator[str]:
    if not body:
        yield key + empty
        return
    media_type = headers.get("Content-Type").lower()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if not media_type.startswith("image/"):
            raise UnrecordableTraffic(
                f"{exchange.request.method} {exchange.request.url.partition('?')[0]}: a body that is no text "
                f"({media_type.partition(';')[0] or 'of no type'}); only images are kept as bytes"
            ) from None
        yield f"{key}!!binary {base64.b64encode(body).decode()}"
        return
    if "json" in media_type or not media_type:
        try:
            value = json_text.loads(body)
        except ValueError:
            pass  # what is no JSON stays as it came
        else:
            yield f"{key}|-"
            indent = " " * (len(key) - len(key.lstrip()) + 2)
            yield from (indent + line for line in json_text.pretty(value))
            return
    yield key + _quoted(text)


def _flow(value: Data) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if value is None or isinstance(value, (bool, int, float)):
        return json_text.dumps(value)
    return _scalar(str(value))


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _OTHER_MEANING else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in '"\\':
        return f"\\{character}"
    number = ord(character)
    if 0xD800 <= number <= 0xDFFF:
        return character  # no text: refused when it is encoded
    return (
        f"\\x{number:02x}"
        if number < 0x100
        else f"\\u{number:04x}"
        if number < 0x10000
        else f"\\U{number:08x}"
    )
