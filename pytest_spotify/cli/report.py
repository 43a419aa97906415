"""`pytest-spotify report`: the reports of the shards of a run as one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from pytest_spotify.cli.echo import echo
from pytest_spotify.cli.migrate import used_operations
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.files import read_bytes
from pytest_spotify.report.run_report import VERSION, merge
from pytest_spotify.report.write import SUFFIXES, write_report


@click.group()
def report() -> None:
    """Work on the reports that `pytest --spotify-report=FILE.json` writes."""


@report.command("merge")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE.json...")
@click.option(
    "--output",
    "outputs",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="FILE.html, FILE.json or FILE.md; may be repeated.",
)
def merge_reports(files: tuple[Path, ...], outputs: tuple[Path, ...]) -> None:
    """Write the reports of the shards of a run as the report of the whole run."""
    for output in outputs:
        if output.suffix not in SUFFIXES:
            raise click.BadParameter(f"{output}: expected {', '.join(SUFFIXES)}", param_hint="--output")
    reports = [read_report(file) for file in files]
    try:
        merged = merge(reports, bundled(reports[0]["run"]["access"]))
    except ValueError as error:
        raise SpotifyTestError(str(error)) from None
    for output in outputs:
        try:
            write_report(output, merged)
        except OSError as error:
            raise SpotifyTestError(f"{output}: cannot be written: {error.strerror}") from None
        echo(f"wrote {output}: {merged['verdict']['sentence']}")


@report.command()
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json")
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True), metavar="PATH..."
)
def untested(file: Path, paths: tuple[Path, ...]) -> None:
    """List the operations that your code uses and no test of a run has touched.

    PATH is Python source, recorded traffic, or a folder of both, as for `migrate`. Exits with 0 where each
    operation was tested, 1 where one was not, 2 for a file that cannot be read.
    """
    content = read_report(file)
    registry = bundled(content["run"]["access"])
    tested = {name for row in content["checks"] if row["outcome"] == "passed" for name in row["operations"]}
    used = used_operations(paths, registry)
    missing = sorted(used.keys() - tested)
    for name in missing:
        echo(f"{name}   {registry.contracts[name].title}\n    used in {used[name]}")
    echo(f"\n{len(used)} operations used, {len(missing)} of them not tested" if missing else "all are tested")
    sys.exit(int(bool(missing)))


def read_report(file: Path) -> dict[str, Any]:
    """Return the report in a file; raises SpotifyTestError for any other file."""
    try:
        content: dict[str, Any] = json.loads(read_bytes(file))
        if content["version"] == VERSION and content["run"]["access"] and "coverage" in content:
            return content
    except (ValueError, KeyError, TypeError):
        pass
    raise SpotifyTestError(f"{file}: no report of pytest-spotify; --spotify-report=FILE.json writes one")
