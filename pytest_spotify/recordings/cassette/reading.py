"""A cassette of ours as a value, and how it is read back: sealed, then parsed. Knows nothing of replay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from pytest_spotify.errors import DamagedCassette
from pytest_spotify.exchange import Exchange
from pytest_spotify.formats.yaml_reader import Data, parse, read_bytes
from pytest_spotify.recordings.cassette.seal import KEY, has_valid_checksum
from pytest_spotify.recordings.traffic import read_entries
from pytest_spotify.text import truncate

RECORD_COMMAND = "pytest --spotify-live --record-mode=rewrite, with the item or test that uses it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """The exchanges of one case or test, and where and when they were recorded."""

    path: Path
    exchanges: Sequence[Exchange]
    provenance: Mapping[str, Data] = field(default_factory=lambda: MappingProxyType({}))


def load(path: str | Path, *, record: str = RECORD_COMMAND) -> Cassette:
    """Return a cassette whose seal holds. `record` is the command that records it anew, for the message."""
    path = Path(path)
    data = read_bytes(path)
    shown = truncate(str(path), 300)
    if not has_valid_checksum(data):
        raise DamagedCassette(
            f"{shown}: cut, or edited since it was recorded: its last line is not the sha256 of the rest\n"
            f"  record it again   {record}\n"
            f"  or keep the edit  pytest-spotify scan --reseal {shown}"
        )
    document = parse(data, shown)
    provenance = document.get(KEY) if isinstance(document, dict) else None
    if not isinstance(provenance, dict):
        raise DamagedCassette(
            f"{shown}: no {KEY!r} entry with where it was recorded; record it again: {record}"
        )
    return Cassette(
        path=path,
        exchanges=tuple(entry.exchange for entry in read_entries(document, shown)),
        provenance=MappingProxyType(
            {str(name): value for name, value in provenance.items() if name != "sha256"}
        ),
    )
