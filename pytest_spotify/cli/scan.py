"""`pytest-spotify scan`: search cassettes for secrets, and keep one that was edited on purpose."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pytest_spotify.auth import environment
from pytest_spotify.cassettes import (
    KEY_LINE,
    RECORD_COMMAND,
    edited_message,
    has_valid_checksum,
    is_complete,
    refresh_checksum,
)
from pytest_spotify.cassettes.persister import replace_cassette
from pytest_spotify.cli.cassette_folders import cassette_folders
from pytest_spotify.cli.echo import echo, echo_data, echo_error
from pytest_spotify.errors import DamagedCassette, UnreadableTraffic, truncate
from pytest_spotify.files import read_bytes, walk
from pytest_spotify.formats.content_encoding import missing
from pytest_spotify.formats.yaml_reader import parse
from pytest_spotify.redaction.patterns import environment_secrets
from pytest_spotify.redaction.scan import SecretFinding, find_secrets
from pytest_spotify.traffic.vcr import read_interactions

_LONG_LINE = 300


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--reseal",
    "edited",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Keep the edit of this cassette: write its checksum anew, if no secret is in it. May be repeated.",
)
def scan(paths: tuple[Path, ...], edited: tuple[Path, ...]) -> None:
    """Search files for secrets, in every usual encoding: cassettes, HAR files, any text.

    Folders are searched whole; without PATHS, those in which the plugin records: `cassettes`, here and below,
    and spotify_cassette_dir. Sought are the values of the SPOTIFY_* and SPOTIPY_* variables, and what looks
    like a token, a credential or an e-mail address. Values are never shown.

    A cassette that was cut or edited by hand is found too.

    Exit status: 0 nothing found, 1 something found, 2 usage or a file that cannot be read.
    """
    if not paths and not edited:
        paths = tuple(cassette_folders(Path()))
        if not paths:
            raise click.UsageError(
                "there is no folder `cassettes` here or below, and no ini file names another by "
                "spotify_cassette_dir; name the files or folders to search"
            )
        echo(f"Searching {', '.join(map(str, paths))}", err=True)
    secrets = environment_secrets(environment(os.environ))
    count, found, damaged, unreadable = 0, 0, False, False
    for path in _files((*paths, *edited)):
        count += 1
        try:
            data = read_bytes(path)
        except UnreadableTraffic as error:
            echo_error(error)
            unreadable = True
            continue
        findings = find_secrets(data, secrets, str(path))
        found += len(findings)
        for finding in findings:
            echo_data(_line(path, finding))
        if path in edited:
            if not findings:
                _refresh_checksum(path, data)
        elif KEY_LINE in data and not has_valid_checksum(data):
            damaged = True
            echo_error(_damage(path, data))
    files = f"{count} file{'' if count == 1 else 's'}"
    if missing():
        echo(
            f"Not opened: what is compressed with {' or '.join(missing())} (no package to read them).",
            err=True,
        )
    if found:
        echo(f"{found} found in {files}. First revoke what was exposed, then record again.", err=True)
    else:
        echo(f"{files} searched, nothing found.", err=True)
    if unreadable:
        sys.exit(2)
    sys.exit(1 if found or damaged else 0)


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Yield the files of the paths, each once, in order; links to folders are not followed."""
    seen: set[Path] = set()
    for path in paths:
        for file in walk(path) if path.is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _refresh_checksum(path: Path, data: bytes) -> None:
    """Write an edited cassette with the checksum that it should have."""
    complete = refresh_checksum(data)
    if complete is None:
        raise DamagedCassette(
            f"{_shown(path)}: not a complete cassette (no `pytest-spotify:` with its sha256 at the end); "
            "record it again"
        )
    _ = [*read_interactions(parse(complete, _shown(path)), _shown(path))]
    if complete != data:
        replace_cassette(path, complete, root=path.parent)
    echo(f"{_shown(path)}: checksum written", err=True)


def _damage(path: Path, data: bytes) -> str:
    if is_complete(data):
        return edited_message(path)
    return f"{_shown(path)}: cut since it was recorded; record it again: {RECORD_COMMAND}"


def _line(path: Path, finding: SecretFinding) -> str:
    # A column is of use in long lines only: browsers write a HAR file as one.
    column = f":{finding.column}" if finding.column > _LONG_LINE else ""
    return f"{_shown(path)}:{finding.line}{column}: {finding.form}"


def _shown(path: Path) -> str:
    return truncate(str(path), 300)
