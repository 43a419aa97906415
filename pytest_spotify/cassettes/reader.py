"""Cassettes as `writer` writes them, read without a YAML parser, which takes four times as long.

The lines of such a file have one form each, and a body is a block that is cut out. Whatever has another form
is left to the YAML parser: request bodies, images, texts with escapes, what somebody edited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.formats import Data
from pytest_spotify.formats.json_text import UNSAFE
from pytest_spotify.formats.yaml_scalars import NOT_TEXT

KEY = "pytest-spotify"  # its entries are the last of a cassette
_PLAIN = r"[A-Za-z/](?:[A-Za-z0-9 /;=.+_-]*[A-Za-z0-9/;=.+_-])?"
_TEXT = rf'(?:{_PLAIN}|"(?:[^"\\\n]|\\["\\])*")'
_FIELD = rf"[A-Za-z][A-Za-z0-9-]*: \[{_TEXT}(?:, {_TEXT})*\]"
_HEAD = re.compile(
    rf"""    method: ([A-Z]+)
    uri: (https://(?:api|accounts)\.spotify\.com(?:/[!-~]*[!-9;-~])?)
    headers:(?: {{}}|((?:\n      {_FIELD})*))
    body: null
  response:
    status: {{code: ([1-9][0-9]{{2}}), message: {_TEXT}}}
    headers:((?:\n      {_FIELD})+)
    body:
      string: (""|\|-)"""
)
_PROVENANCE = re.compile(rf"version: 1\n{KEY}:\n((?:  [a-z0-9_]+: (?:{_TEXT}|{{}})\n)+  sha256: .*\n)")
_ONE_TEXT = re.compile(_TEXT)

_START, _NEXT, _END = b"interactions:\n- request:\n", b"\n- request:\n", b"\nversion: 1\n"
_BLOCK, _INDENT = b"\n      string: |-\n        ", b"\n        "
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\n"


Recorded: TypeAlias = tuple[Sequence[Exchange], Mapping[str, Data]]  # and its provenance


def read_written(data: bytes) -> Recorded | None:
    """Return the exchanges and the provenance of a cassette, or None if only a YAML parser can tell."""
    end = data.rfind(_END)
    if end < 0 or not data.startswith(_START):
        return None
    try:
        others = data.translate(None, _PRINTABLE).decode()  # characters of several bytes stay whole
        if UNSAFE.search(others):  # no escape, so no text of the writer's: some are line ends to YAML
            return None
        exchanges = tuple(_exchange(part) for part in data[len(_START) : end].split(_NEXT))
        return exchanges, _provenance(data[end + 1 :].decode())
    except (UnicodeDecodeError, _OtherFormError):
        return None


class _OtherFormError(Exception):
    """A part of the file has another form than the writer's."""


def _exchange(part: bytes) -> Exchange:
    head, block, body = part.partition(_BLOCK)
    match = _HEAD.fullmatch((head + block.rstrip()).decode())
    if match is None:
        raise _OtherFormError
    method, url, sent, status, received, form = match.groups()
    headers = _headers(received)
    if (form == "|-") != bool(block) or "Content-Encoding" in headers:
        raise _OtherFormError
    return Exchange(
        request=Request(method=method, url=url, headers=_headers(sent or "")),
        response=Response(status=int(status), headers=headers, body=_literal(body) if block else b""),
    )


def _headers(lines: str) -> Headers:
    fields = _fields(lines).items()
    return Headers([(name, _text(value)) for name, values in fields for value in _ONE_TEXT.findall(values)])


def _fields(lines: str) -> dict[str, str]:
    """Return the values of lines `name: value`, as they are written, by name."""
    fields = [line.strip().partition(": ") for line in lines.splitlines() if line]
    values = {_text(name): value for name, _, value in fields}
    if len(values) != len(fields):
        raise _OtherFormError
    return values


def _text(text: str) -> str:
    if text[0] == '"':
        return re.sub(r'\\(["\\])', r"\1", text[1:-1]) if "\\" in text else text[1:-1]
    if text in NOT_TEXT:
        raise _OtherFormError
    return text


def _literal(block: bytes) -> bytes:
    """Return the text of a literal block (YAML 1.2.2 section 8.1.2) without its indent."""
    text = block.replace(_INDENT, b"\n")
    lines_after_first = text.count(b"\n")
    if text[:1] in b" \n" or text.endswith(b"\n") or len(block) - len(text) != 8 * lines_after_first:
        raise _OtherFormError
    return text


def _provenance(lines: str) -> Mapping[str, Data]:
    match = _PROVENANCE.fullmatch(lines)
    if match is None:
        raise _OtherFormError
    fields = _fields(match[1])
    del fields["sha256"]
    return {name: {} if value == "{}" else _text(value) for name, value in fields.items()}
