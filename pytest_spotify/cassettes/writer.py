"""Exchanges as the text of a cassette in VCR.py's YAML format, laid out for people to read and diff."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import yaml

from pytest_spotify.cassettes import add_checksum
from pytest_spotify.cassettes.reader import KEY
from pytest_spotify.errors import UnrecordableTraffic
from pytest_spotify.exchange import Exchange, Headers
from pytest_spotify.formats import Data, json_text


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
