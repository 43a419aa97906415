"""Known drift: `spotify-drift.toml`, whose entries name a difference, a reason and a day."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_spotify.drift.difference import Difference
from pytest_spotify.errors import SpotifyTestError, truncate
from pytest_spotify.files import read_bytes, write_atomically

BASELINE_FILE = "spotify-drift.toml"
_KEYS = {"id", "reason", "day"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_HEAD = "# Drift that is known: `pytest-spotify diff --accept REASON` adds entries and drops what is gone.\n"


class InvalidBaseline(SpotifyTestError):
    """A file of known drift that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A difference that is known, why, and since when (a day)."""

    id: str
    reason: str
    day: str

    @property
    def operation(self) -> str:
        """Return the operation that the id names."""
        return self.id.partition(" ")[0]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The differences that are known, by their id."""

    accepted: Mapping[str, Accepted] = field(default_factory=dict)

    def unknown(self, differences: Iterable[Difference]) -> list[Difference]:
        """Return the differences that are not accepted."""
        return [each for each in differences if each.id not in self.accepted]

    def gone(self, differences: Iterable[Difference], operations: Collection[str]) -> list[Accepted]:
        """Return what is accepted and was not found again in operations that were compared."""
        found = {each.id for each in differences}
        return [
            each for each in self.accepted.values() if each.operation in operations and each.id not in found
        ]

    def updated(
        self, differences: Sequence[Difference], operations: Collection[str], *, reason: str, day: str
    ) -> Baseline:
        """Return the baseline with all differences, and without those that are gone."""
        gone = {each.id for each in self.gone(differences, operations)}
        kept = {name: each for name, each in self.accepted.items() if name not in gone}
        new = {each.id: Accepted(id=each.id, reason=reason, day=day) for each in self.unknown(differences)}
        return Baseline(kept | new)


def load_baseline(root: Path) -> Baseline:
    """Return what a project accepts, nothing without the file; raises InvalidBaseline with what is wrong."""
    path = root / BASELINE_FILE
    if not path.exists():
        return Baseline()
    try:
        document = tomllib.loads(read_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidBaseline(f"{path}: not TOML: {truncate(str(error))}") from None
    entries = document.get("accepted", [])
    if document.keys() - {"accepted"} or not isinstance(entries, list):
        raise InvalidBaseline(f"{path}: expected nothing but [[accepted]] tables")
    accepted = [_entry(path, number, entry) for number, entry in enumerate(entries, 1)]
    return Baseline({each.id: each for each in accepted})


def write_baseline(root: Path, baseline: Baseline) -> None:
    """Write the file in one step, sorted; without entries it is removed."""
    path = root / BASELINE_FILE
    if not baseline.accepted:
        path.unlink(missing_ok=True)
        return
    tables = [
        f"\n[[accepted]]\nid = {_quoted(each.id)}\nreason = {_quoted(each.reason)}\nday = {each.day}\n"
        for _, each in sorted(baseline.accepted.items())
    ]
    write_atomically(path, "".join([_HEAD, *tables]).encode())


def _entry(path: Path, number: int, entry: Any) -> Accepted:
    good = isinstance(entry, dict) and entry.keys() == _KEYS
    if good and isinstance(entry["id"], str) and isinstance(entry["reason"], str) and entry["reason"].strip():
        day = str(entry["day"])
        if _DAY.fullmatch(day):
            return Accepted(id=entry["id"], reason=entry["reason"], day=day)
    raise InvalidBaseline(f"{path}, entry {number}: expected id and reason (texts) and day (as 2026-11-27)")


def _quoted(text: str) -> str:
    # A basic string of TOML 1.0 escapes what JSON escapes, and DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
