"""Exchanges as the text of a cassette in VCR.py's YAML format, laid out for people to read and diff.

The last line is a checksum: the sha256 of every byte before that line. A YAML file that is cut is often a
shorter, valid one; the checksum tells the two apart, and notices edits. It is no signature. Line ends that
git turned into CRLF do not change it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import yaml

from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import Exchange, Headers
from pytest_spotify.formats import json_text
from pytest_spotify.formats.yaml_reader import Data


def serialize(exchanges: Sequence[Exchange], provenance: Mapping[str, Data]) -> bytes:
    """Return the bytes of a cassette, with its checksum.

    Raises UnrecordableTraffic for a body that is neither text nor an image, and for text that is not Unicode.
    """
    document = {
        "interactions": [_interaction(exchange) for exchange in exchanges],
        "version": 1,
        KEY: {**{name: _one_line(value) for name, value in provenance.items()}, "sha256": ""},
    }
    try:
        text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=float("inf"))
        return add_checksum(text[: text.rindex("  sha256:")].encode())
    except UnicodeEncodeError:
        raise UnrecordableTraffic("half of a surrogate pair in an address or a header field") from None


class _OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


class _OneLineList(list[Any]):
    """A list that is written on one line."""


class _Literal(str):
    """Text that is written as a literal block."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """PyYAML's own dumper: libyaml's would turn a body with one emoji into a single escaped line."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Write equal values out each time."""
        return True

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """Escape all of a text that holds characters which are not safe to show."""
        self.allow_unicode = not json_text.UNSAFE.search(text)
        super().write_double_quoted(text, split)
        self.allow_unicode = True


# Text that PyYAML may write without quotes, if no YAML reader takes it for something else.
_PLAIN = re.compile("https?://[!-~]+|[A-Za-z/][A-Za-z0-9 /;=.+_-]*")


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    text.encode()  # PyYAML would write half of a surrogate pair as an escape that no reader accepts
    style = None if _PLAIN.fullmatch(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(
    _Literal, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
)
_Dumper.add_representer(
    _OneLine,
    lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True),
)
_Dumper.add_representer(
    _OneLineList,
    lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True),
)


def _interaction(exchange: Exchange) -> dict[str, Data]:
    request, response = exchange.request, exchange.response
    reason = next((status.phrase for status in HTTPStatus if status == response.status), "")
    return {
        "request": {
            "method": request.method,
            "uri": request.url,
            "headers": _headers(request.headers),
            "body": _body(request.body, request.headers, exchange) if request.body else None,
        },
        "response": {
            "status": _OneLine(code=response.status, message=reason),
            "headers": _headers(response.headers),
            "body": {"string": _body(response.body, response.headers, exchange)},
        },
    }


def _headers(headers: Headers) -> dict[str, Data]:
    fields: dict[str, Data] = {}
    for name, value in headers:
        fields.setdefault(name, _OneLineList()).append(value)
    return fields


def _body(body: bytes, headers: Headers, exchange: Exchange) -> Data:
    """Return the YAML value of a body: laid-out JSON, other text, or the bytes of an image."""
    media_type = headers.get("Content-Type").lower()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        if media_type.startswith("image/"):
            return body
        raise UnrecordableTraffic(
            f"{exchange.request.title}: a body that is not text "
            f"({media_type.partition(';')[0] or 'of no type'}); only images are recorded as bytes"
        ) from None
    if "json" in media_type or not media_type:
        try:
            return _Literal("\n".join(json_text.pretty(json_text.loads(body))))
        except ValueError:
            pass  # what is not JSON is written as it came
    return text


def _one_line(value: Data) -> Data:
    """Return a value of the provenance whose parts are written on one line."""
    if isinstance(value, Mapping):
        return _OneLine((str(key), _one_line(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return _OneLineList(map(_one_line, value))
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


KEY = "pytest-spotify"
KEY_LINE = f"\n{KEY}:".encode()
_LAST_LINE = re.compile(rb"  sha256: ([0-9a-f]{64})\n\Z")
_LENGTH = len(b"  sha256: \n") + 64
_ENTRIES = re.compile(rf"^{KEY}:\n(?:  [^\n]*\n)*\Z".encode(), re.MULTILINE)


def add_checksum(content: bytes) -> bytes:
    """Return the content, which ends with the entries of the key `pytest-spotify`, with its checksum."""
    return content + b"  sha256: " + hashlib.sha256(content).hexdigest().encode() + b"\n"


def has_valid_checksum(data: bytes) -> bool:
    """Return True if the last line is the checksum of the bytes before it."""
    data = data.replace(b"\r\n", b"\n")
    last_line = _LAST_LINE.fullmatch(data[-_LENGTH:])
    return last_line is not None and last_line[1] == hashlib.sha256(data[:-_LENGTH]).hexdigest().encode()


def is_complete(data: bytes) -> bool:
    """Return True if the bytes end with a whole provenance block, whatever its checksum.

    No cassette that was cut does: the block is last in a file, and its checksum last in the block.
    """
    data = data.replace(b"\r\n", b"\n")
    return _LAST_LINE.fullmatch(data[-_LENGTH:]) is not None and _ENTRIES.search(data) is not None


def refresh_checksum(data: bytes) -> bytes | None:
    """Return the bytes with their right checksum, or None if they are not a complete cassette."""
    return add_checksum(data.replace(b"\r\n", b"\n")[:-_LENGTH]) if is_complete(data) else None
