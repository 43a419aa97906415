"""Writing a cassette: whole or not at all, inside its folder, through no link, with no secret in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pytest_spotify.cassettes import edited_message, has_valid_checksum, is_complete, load
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.errors import DamagedCassette, LeakFound, SpotifyTestError, UnrecordableTraffic, truncate
from pytest_spotify.exchange import Exchange
from pytest_spotify.files import read_bytes, remove_stale_temp_files, write_atomically
from pytest_spotify.formats import Data
from pytest_spotify.redaction.scan import find_secrets

_CHANGING = ("recorded_at", "plugin")  # with each recording, whatever Spotify answers


def write(
    path: str | Path,
    exchanges: Sequence[Exchange],
    provenance: Mapping[str, Data],
    *,
    root: str | Path,
    secrets: Mapping[str, str] | Iterable[str] = (),
) -> None:
    """Write a cassette, replacing the old one in one step; on any error the old one stays byte for byte.

    The exchanges are written as they are (`redact_exchanges` comes before). Raises LeakFound if they hold a
    secret or what looks like one, and DamagedCassette if the old file was edited by hand: the edit would be
    lost.
    """
    path = Path(path)
    if path.is_file() and is_complete(old := read_bytes(path)) and not has_valid_checksum(old):
        raise DamagedCassette(edited_message(path))
    data = serialize(exchanges, provenance)
    findings = find_secrets(data, secrets, str(path))
    if findings:
        lines = "".join(f"\n  {finding.place}: {finding.form}" for finding in findings[:10])
        raise LeakFound(f"{truncate(str(path), 300)}: not written, it would hold a secret:{lines}")
    replace_cassette(path, data, root=root)


def has_recorded(path: Path, exchanges: Sequence[Exchange], provenance: Mapping[str, Data]) -> bool:
    """Return True if a cassette holds these exchanges, made alike but for the time and the version."""
    try:
        old = load(path, strict=True).provenance
        made = {name: old[name] for name in _CHANGING if name in old}
        return serialize(exchanges, {**provenance, **made}) == read_bytes(path).replace(b"\r\n", b"\n")
    except (SpotifyTestError, OSError):
        return False


def replace_cassette(path: str | Path, data: bytes, *, root: str | Path) -> None:
    """Swap the bytes of a file in one step, under the same rules of place as `write`."""
    path, root = Path(path), Path(root)
    try:
        folder = _folder(path, root)
        remove_stale_temp_files(folder, deep=False)
        write_atomically(folder / path.name, data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UnrecordableTraffic(f"{truncate(str(path), 300)}: cannot be written: {reason}") from None


def _folder(path: Path, root: Path) -> Path:
    """Make the folder of a file and return it; raises UnrecordableTraffic if it is outside the root."""
    inside, top = Path(os.path.abspath(path)), Path(os.path.abspath(root))
    if ".." in path.parts or not inside.is_relative_to(top) or inside == top:
        raise UnrecordableTraffic(f"{truncate(str(path), 300)}: not inside {truncate(str(root), 300)}")
    folder = top
    folder.mkdir(parents=True, exist_ok=True)
    if folder.is_symlink():
        raise UnrecordableTraffic(f"{truncate(str(folder), 300)}: a link; expected a folder")
    *parents, name = inside.relative_to(top).parts
    for part in parents:
        _refuse_other_case(folder, part)
        folder = folder / part
        folder.mkdir(exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise UnrecordableTraffic(f"{truncate(str(folder), 300)}: a link or a file; expected a folder")
    _refuse_other_case(folder, name)
    if os.path.lexists(folder / name) and not stat.S_ISREG((folder / name).lstat().st_mode):
        raise UnrecordableTraffic(f"{truncate(str(path), 300)}: a link or a folder; expected a file")
    return folder


def _refuse_other_case(folder: Path, name: str) -> None:
    # On file systems without case, both would be one file.
    for other in os.listdir(folder):
        if other != name and other.casefold() == name.casefold():
            raise UnrecordableTraffic(
                f"{truncate(str(folder / name), 300)}: {truncate(other)!r} is there already, "
                "and some file systems cannot tell the two apart"
            )
