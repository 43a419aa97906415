"""The search of bytes for secrets: in every encoding, in encoded runs and in compressed parts."""

from __future__ import annotations

import codecs
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pytest_spotify.errors import truncate
from pytest_spotify.formats.content_encoding import MAX_DECODED, decodings
from pytest_spotify.redaction import DecodedText, decoded_texts, encoded_runs
from pytest_spotify.redaction.patterns import MIN_SECRET, find_suspected_secrets, looks_random, lower

_PIECE = 8
_MAX_DEPTH = 5
_MAX_DECODED_IN_ALL = 256 * 1024 * 1024
# The fewest bytes worth decompressing: they would have to hold a piece of a secret.
_MIN_COMPRESSED = 12

_Place = tuple[int, int]
"""A line and a column, from 1."""
_Places = Callable[[int], _Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFinding:
    """The place of a secret, the first of its line, and its encoding. Never the secret."""

    place: str
    form: str
    line: int
    column: int


def find_secrets(
    data: bytes | str, secrets: Mapping[str, str] | Iterable[str], where: str
) -> list[SecretFinding]:
    """Return a finding for each line that holds a secret in any encoding, or text that looks like one.

    Secrets may come by name; a finding then says which it is. Those under 8 characters are not searched for.
    """
    named = (
        list(secrets.items()) if isinstance(secrets, Mapping) else [("a secret", value) for value in secrets]
    )
    search = _Search(named)
    search.run(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
    shown = truncate(where, 300)
    findings = sorted(
        (line, f"{what}, {form}", column) for (line, what), (form, column) in search.found.items()
    )
    return [
        SecretFinding(place=f"{shown}, line {line}", form=form, line=line, column=column)
        for line, form, column in findings
    ]


class _Search:
    """One search: the secrets, the findings, and how much may still be decompressed."""

    def __init__(self, secrets: Iterable[tuple[str, str]]) -> None:
        self.found: dict[tuple[int, str], tuple[str, int]] = {}
        self._budget = _MAX_DECODED_IN_ALL
        self._whole: list[tuple[str, str]] = []
        self._pieces: list[tuple[str, str, str]] = []
        for name, value in secrets:
            secret = value.encode("utf-8", "surrogatepass").decode("latin-1")
            if len(secret) < MIN_SECRET:
                continue
            self._whole.append((name, lower(secret)))
            if len(secret) >= 2 * _PIECE:
                pieces = (("the beginning of ", secret[:_PIECE]), ("the end of ", secret[-_PIECE:]))
                self._pieces += [(name, part, piece) for part, piece in pieces if looks_random(piece)]

    def run(self, data: bytes) -> None:
        """Search the bytes of a file, decoded too if they begin with a byte order mark."""
        self._lines(data, ())
        if not self._compressed(data, lambda _: (1, 1), (), 0) and data.startswith(_COMPRESSED):
            form = f"damaged, over {MAX_DECODED} bytes, or without its package"
            self.found[1, "a compressed file"] = form, 1
        for mark, encoding in _MARKS:
            if data.startswith(mark):
                self._lines(data.decode(encoding, "replace").encode("utf-8", "surrogatepass"), (encoding,))
                break

    def _lines(self, data: bytes, path: tuple[str, ...]) -> None:
        starts = array("I")  # of the lines, filled once a place is wanted: of few files

        def place(position: int) -> _Place:
            if not starts:
                starts.extend(match.end() for match in re.finditer(b"^|\n", data))
            line = bisect_right(starts, position)
            return line, position - starts[line - 1] + 1

        self._text(data, place, path, 0)

    def _text(self, data: bytes, place_of: _Places, path: tuple[str, ...], depth: int) -> None:
        """Search a text with each encoding undone, then the encoded runs in the last of them."""
        reading = None
        for reading in decoded_texts(data.decode("latin-1")):
            place = _through(reading, place_of)
            self._match(reading.text, place, (*path, reading.form))
            if not reading.joined:
                for at, kind in find_suspected_secrets(reading.text):
                    line, column = place(at)
                    self.found.setdefault((line, kind), (_spelled((*path, reading.form)), column))
        if reading is None or depth >= _MAX_DEPTH:
            return
        place_there = _through(reading, place_of)
        for form, position, variants in encoded_runs(reading.text):
            for decoded in variants:
                self._decoded(decoded, _always(place_there, position), (*path, form), depth + 1)

    def _decoded(self, data: bytes, place_of: _Places, path: tuple[str, ...], depth: int) -> None:
        """Search the bytes of a decoded run or of a compressed part."""
        if _is_text(data):
            self._text(data, place_of, path, depth)
        else:
            text = data.decode("latin-1")
            self._match(text, place_of, path)
            if "\0" in text:
                self._match(text.replace("\0", ""), place_of, (*path, "UTF-16"))
        self._compressed(data, place_of, path, depth)

    def _compressed(self, data: bytes, place_of: _Places, path: tuple[str, ...], depth: int) -> bool:
        """Search compressed bytes, and return True if they could be decompressed."""
        if depth >= _MAX_DEPTH or len(data) < _MIN_COMPRESSED or _is_text(data):
            return False
        opened = False
        for coding, decoded in decodings(data, limit=max(min(MAX_DECODED, self._budget), 0)):
            opened = True
            self._budget -= len(decoded)
            self._decoded(decoded, place_of, (*path, coding), depth + 1)
        return opened

    def _match(self, text: str, place_of: _Places, path: tuple[str, ...]) -> None:
        lowered, form = lower(text), _spelled(path)
        for name, needle in self._whole:
            if needle in lowered:
                self._note(map(place_of, _places(lowered, needle)), name, "", form)
        for name, part, needle in self._pieces:
            if needle in text:
                self._note(map(place_of, _places(text, needle)), name, part, form)

    def _note(self, places: Iterable[_Place], name: str, part: str, form: str) -> None:
        for line, column in places:
            # A whole secret is reported once, not again as its beginning or in a further encoding.
            if (line, name) not in self.found:
                self.found.setdefault((line, f"{part}{name}"), (form, column))


def _through(reading: DecodedText, place_of: _Places) -> _Places:
    """Return the function from a position in a decoded text to a place in the file."""
    return lambda at: place_of(reading.position(at))


def _always(place_of: _Places, position: int) -> _Places:
    """Return the function to the place of one position, whatever the position in what is decoded there."""
    return lambda _: place_of(position)


def _places(text: str, needle: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _is_text(data: bytes) -> bool:
    sample = data[:2048]
    return len(sample.translate(None, _TEXT_BYTES)) <= 0.05 * len(sample)


def _spelled(path: tuple[str, ...]) -> str:
    forms = [form for form in path if form != "plain"] or ["plain"]
    return " in ".join(reversed(forms))


_COMPRESSED = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")  # gzip (RFC 1952), zstd (RFC 8878)
# The longer first: UTF-32's little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_TEXT_BYTES = bytes(range(0x20, 0x7F)) + b"\t\r\n"
