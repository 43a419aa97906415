"""Where the exchanges stand in a document: entries of a HAR file, interactions of a cassette."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NoReturn, TypeAlias

from pytest_spotify.errors import NotTraffic, UnreadableTraffic
from pytest_spotify.formats.cursor import Cursor
from pytest_spotify.formats.json_stream import JSONStream
from pytest_spotify.formats.yaml_reader import Data

Item: TypeAlias = tuple[Literal["entry", "interaction"], Cursor]

_OTHER_CASSETTE = " (this is a cassette of Ruby's VCR or of betamax)"
_BODY_HINT = "; a plain response body is checked with `pytest-spotify check --operation NAME FILE`"


def document_items(document: Data, where: str) -> Iterator[Item]:
    """Yield those of a parsed document; raises NotTraffic for any other document."""
    if isinstance(document, dict) and "log" in document:
        log = _checked(Cursor(document["log"], f"{where}, log"), dict, "an object")
        for node in _checked(log["entries"], list, "a list"):
            yield "entry", node
    elif isinstance(document, dict) and "interactions" in document:
        interactions = Cursor(document["interactions"], f"{where}, interactions")
        for node in _checked(interactions, list, "a list"):
            yield "interaction", node
    elif isinstance(document, list) and document and _is_interaction(document[0]):
        for node in Cursor(document, where):
            yield "interaction", node
    else:
        _refuse(where, document)


def stream_items(stream: JSONStream, where: str) -> Iterator[Item]:
    """Yield those of a JSON document that is read as they are taken; raises NotTraffic as above."""
    if stream.peek() == b"[":
        yield from _old_interactions(stream, where)
    else:
        others: dict[str, None] = {}
        is_traffic = False
        for name in stream.members():
            if is_traffic or name not in {"log", "interactions"}:
                stream.value()
                others[name] = None
                continue
            is_traffic = True
            if name == "interactions":
                for node in _elements(stream, f"{where}, interactions"):
                    yield "interaction", node
            else:
                yield from _log(stream, f"{where}, log")
        if not is_traffic:
            _refuse(where, others)
    stream.end()


def _log(stream: JSONStream, where: str) -> Iterator[Item]:
    if stream.peek() != b"{":
        _checked(Cursor(stream.value(), where), dict, "an object")
    has_entries = False
    for name in stream.members():
        if name == "entries" and not has_entries:
            has_entries = True
            for node in _elements(stream, f"{where}, entries"):
                yield "entry", node
        else:
            stream.value()
    if not has_entries:
        _checked(Cursor(None, f"{where}, entries"), list, "a list")


def _old_interactions(stream: JSONStream, where: str) -> Iterator[Item]:
    # VCR.py wrote no object around them before its version 1.0.
    index = -1
    for index, node in enumerate(_elements(stream, where)):
        if index == 0 and not _is_interaction(node.value):
            _refuse(where, [])
        yield "interaction", node
    if index < 0:
        _refuse(where, [])


def _elements(stream: JSONStream, where: str) -> Iterator[Cursor]:
    if stream.peek() != b"[":
        _checked(Cursor(stream.value(), where), list, "a list")
    for index, value in enumerate(stream.elements()):
        yield Cursor(value, f"{where} {index}")


def _checked(node: Cursor, kind: type, expected: str) -> Cursor:
    if not isinstance(node.value, kind):
        try:
            node.refuse(expected)
        except UnreadableTraffic as error:
            raise NotTraffic(str(error)) from None
    return node


def _is_interaction(value: Data) -> bool:
    return isinstance(value, dict) and "request" in value


def _refuse(where: str, document: Data) -> NoReturn:
    hint = _BODY_HINT if isinstance(document, (dict, list)) else ""
    if isinstance(document, dict) and "http_interactions" in document:
        hint = _OTHER_CASSETTE
    raise NotTraffic(f"{where}: neither a HAR file nor a VCR.py cassette{hint}")
