"""Cassettes: recorded exchanges in VCR.py's format, with a checksum. `docs/recording.md` describes them.

The last line of a file is a checksum: the sha256 of every byte before that line. A YAML file that is cut is
often a shorter, valid one; the checksum tells the two apart, and notices edits. It is no signature. Line ends
that git turned into CRLF do not change it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pytest_spotify.cassettes.reader import KEY, Recorded, read_written
from pytest_spotify.errors import DamagedCassette, truncate
from pytest_spotify.exchange import Exchange
from pytest_spotify.files import read_bytes
from pytest_spotify.formats import Data

KEY_LINE = f"\n{KEY}:".encode()
_LAST_LINE = re.compile(rb"  sha256: ([0-9a-f]{64})\n\Z")
_LENGTH = len(b"  sha256: \n") + 64
_ENTRIES = re.compile(rf"^{KEY}:\n(?:  [^\n]*\n)*\Z".encode(), re.MULTILINE)
RECORD_COMMAND = "pytest --spotify-live --record-mode=rewrite, with the item or test that uses it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """The exchanges of one case or test, and where and when they were recorded.

    `edited_by_hand` is true if the file is complete, but its checksum is of another content.
    """

    path: Path
    exchanges: Sequence[Exchange]
    provenance: Mapping[str, Data] = field(default_factory=lambda: MappingProxyType({}))
    edited_by_hand: bool = False


def _any_record_command() -> str:
    """Return the command that records any cassette again."""
    return RECORD_COMMAND


def load(
    path: str | Path, *, record_command: Callable[[], str] = _any_record_command, strict: bool = False
) -> Cassette:
    """Return a cassette. `record_command` returns the command that records it again, for messages.

    Raises DamagedCassette if the file is cut or, with `strict`, edited by hand; UnreadableTraffic if it is
    not YAML.
    """
    path = Path(path)
    data = read_bytes(path)
    valid = has_valid_checksum(data)
    if not valid and not is_complete(data):
        raise DamagedCassette(
            f"{truncate(str(path), 300)}: cut: expected the `{KEY}` entries and their sha256 at the end\n"
            f"  record it again   {record_command()}"
        )
    if not valid and strict:
        raise DamagedCassette(edited_message(path, record_command()))
    written = read_written(_with_line_feeds(data)) if valid else None
    exchanges, provenance = written or _read_yaml(data, path, record_command)
    return Cassette(
        path=path,
        exchanges=exchanges,
        provenance=MappingProxyType(provenance),
        edited_by_hand=not valid,
    )


def _read_yaml(data: bytes, path: Path, record_command: Callable[[], str]) -> Recorded:
    """Return the exchanges and the provenance of any cassette with a provenance."""
    from pytest_spotify.formats.yaml_reader import parse
    from pytest_spotify.traffic.vcr import read_interactions

    shown = truncate(str(path), 300)
    document = parse(data, shown)
    provenance = document.get(KEY) if isinstance(document, dict) else None
    if not isinstance(provenance, dict):
        raise DamagedCassette(
            f"{shown}: no {KEY!r} entry with where it was recorded; record it again: {record_command()}"
        )
    exchanges = tuple(entry.exchange for entry in read_interactions(document, shown))
    return exchanges, {str(name): value for name, value in provenance.items() if name != "sha256"}


def edited_message(path: Path, record: str = RECORD_COMMAND) -> str:
    """Return the message for a cassette that was edited by hand where only a recorded one will do."""
    shown = truncate(str(path), 300)
    return (
        f"{shown}: edited by hand since it was recorded: its last line is not the sha256 of the rest\n"
        f"  keep the edit     pytest-spotify scan --reseal {shown}\n"
        f"  or record again   delete the file, then {record}"
    )


MAX_LENGTH = 80

_KEPT = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9_])?")
_DIGEST = re.compile(r"-[0-9a-f]{8}\Z")
# Windows gives these names to devices, whatever extension follows.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def cassette_name(text: str) -> str:
    """Return a file name for a case or a test, without extension.

    A text that is safe stays as it is; any other loses its unsafe characters and gains a digest of the whole,
    so that no two texts share a name, not even on file systems without case.
    """
    safe = _KEPT.fullmatch(text) and len(text) <= MAX_LENGTH and text.partition(".")[0] not in _RESERVED
    if safe and not _DIGEST.search(text):
        return text
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_]+", "-", plain)[: MAX_LENGTH - 9].strip("-")
    return f"{slug or 'case'}-{digest}"


def has_valid_checksum(data: bytes) -> bool:
    """Return True if the last line is the checksum of the bytes before it."""
    data = _with_line_feeds(data)
    last_line = _LAST_LINE.fullmatch(data[-_LENGTH:])
    return last_line is not None and last_line[1] == hashlib.sha256(data[:-_LENGTH]).hexdigest().encode()


def is_complete(data: bytes) -> bool:
    """Return True if the bytes end with a whole provenance block, whatever its checksum.

    No cassette that was cut does: the block is last in a file, and its checksum last in the block.
    """
    data = _with_line_feeds(data)
    return _LAST_LINE.fullmatch(data[-_LENGTH:]) is not None and _ENTRIES.search(data) is not None


def refresh_checksum(data: bytes) -> bytes | None:
    """Return the bytes with their right checksum, or None if they are not a complete cassette."""
    return add_checksum(_with_line_feeds(data)[:-_LENGTH]) if is_complete(data) else None


def add_checksum(content: bytes) -> bytes:
    """Return the content, which ends with the entries of the key `pytest-spotify`, with its checksum."""
    return content + b"  sha256: " + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _with_line_feeds(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n") if b"\r" in data else data  # looking for one byte is quick
