"""`pytest-spotify diff`: how recorded responses differ from earlier ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from pytest_spotify.access import ACCESSES
from pytest_spotify.api import Contracts
from pytest_spotify.cli.contract_options import check_operation, chosen_access
from pytest_spotify.cli.echo import echo, echo_data
from pytest_spotify.drift import compare
from pytest_spotify.drift.baseline import load_baseline, write_baseline
from pytest_spotify.drift.difference import Difference
from pytest_spotify.drift.sources import read_source
from pytest_spotify.errors import escape_unprintable


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API the app may use (default: SPOTIFY_ACCESS, else development).",
)
@click.option("--operation", metavar="NAME", help="The files are response bodies of this operation.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line for every difference.")
@click.option(
    "--accept",
    metavar="REASON",
    help="Add the differences to spotify-drift.toml as known, and drop from it what is gone.",
)
def diff(
    old: Path, new: Path, access: str | None, operation: str | None, *, as_json: bool, accept: str | None
) -> None:
    """Compare recorded responses by shape: cassettes, HAR files, response bodies, or folders of them.

    Values are not compared. Differences that spotify-drift.toml in the current folder accepts are left out.

    Exits with 0 where nothing breaking is new, 1 where something is, 2 for what cannot be read.
    """
    contracts = Contracts.bundled(chosen_access(access))
    if operation is not None:
        check_operation(operation, contracts)
    earlier, later = (read_source(path, contracts.registry, operation) for path in (old, new))
    differences = compare(earlier, (each.exchange for each in later), contracts.registry)
    root, baseline = Path.cwd(), load_baseline(Path.cwd())
    compared = {
        name
        for each in later
        if (name := contracts.operation(each.exchange.request.method, each.exchange.request.url))
    }
    if accept is not None:
        baseline = baseline.updated(
            differences, compared, reason=accept, day=datetime.now(UTC).date().isoformat()
        )
        write_baseline(root, baseline)
    unknown = baseline.unknown(differences)
    if as_json:
        for each in unknown:
            echo_data(json.dumps(each.to_json()))
    else:
        echo(escape_unprintable(difference_text(unknown)))
        if accepted := len(differences) - len(unknown):
            echo(f"{accepted} known, by spotify-drift.toml")
    sys.exit(int(any(each.severity == "breaking" for each in unknown)))


def difference_text(differences: Sequence[Difference]) -> str:
    """Return the differences by operation, each with what was, what is, since when and where it is said."""
    if not differences:
        return "no difference in shape"
    lines: list[str] = []
    for operation in dict.fromkeys(each.operation for each in differences):
        lines += ["", operation]
        for each in (one for one in differences if one.operation == operation):
            lines.append(f"  {each.severity:<8}  {each.pointer or '(response)'}")
            lines.append(f"      {each.change}: {each.before} -> {each.after}")
            if each.since:
                lines.append(f"      last seen as before on {each.since}")
            if each.announced:
                lines += [f"      announced: {each.announced}", f"      {each.source}"]
    count = len(differences)
    breaking = sum(each.severity == "breaking" for each in differences)
    lines += ["", f"{count} difference{'' if count == 1 else 's'}, {breaking} breaking"]
    return "\n".join(lines[1:])
