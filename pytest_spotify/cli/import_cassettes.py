"""`pytest-spotify import-cassettes`: make cassettes of marked tests from stock ones."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes import cassette_name
from pytest_spotify.cassettes.marked_names import MARKED_SUFFIX, marked_name
from pytest_spotify.cassettes.persister import write
from pytest_spotify.cassettes.stock import load_stock, node_of_stock_name
from pytest_spotify.cli.contract_options import chosen_access
from pytest_spotify.cli.echo import echo, echo_error
from pytest_spotify.errors import NotTraffic, SpotifyTestError
from pytest_spotify.files import walk
from pytest_spotify.traffic import is_api, may_be_traffic, read_traffic
from pytest_spotify.version import version


@click.command("import-cassettes")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API they were recorded from (default: SPOTIFY_ACCESS, else development).",
)
def import_cassettes(folder: Path, access: str | None) -> None:
    """Make cassettes of marked tests from those in FOLDER, as cassettes/<module>/<test>.yaml.

    So pytest-recording names them. Each is written as cassettes/<access>/<module>/<test>.spotify.yaml beside
    the module, without secrets; one that is there already stays, and the old files do as well.

    Exit status: 0 if all were imported or there already, 1 if one was not, 2 if there is none.
    """
    chosen = chosen_access(access)
    made, there, refused = 0, 0, 0
    for path in walk(folder):
        if path.name.endswith(MARKED_SUFFIX) or not _has_api_traffic(path):
            continue
        target = _target(path, chosen)
        if target.exists():
            there += 1
            continue
        try:
            _import(path, target, chosen)
        except SpotifyTestError as error:
            echo_error(error)
            refused += 1
        else:
            echo(f"{path}  ->  {target}")
            made += 1
    if not made + there + refused:
        raise click.UsageError(f"{folder}: no cassette with traffic of the Web API")
    echo(f"{made} imported, {there} there already, {refused} not imported")
    if made:
        echo("Mark their tests @pytest.mark.spotify, and they replay these.")
    sys.exit(1 if refused else 0)


def _import(path: Path, target: Path, access: Access) -> None:
    cassette = load_stock(path, access)
    provenance = {**cassette.provenance, "plugin": version()}
    write(target, cassette.exchanges, provenance, root=path.parent.parent)


def _target(path: Path, access: Access) -> Path:
    """Return the path of our cassette for the test that a stock cassette is named after."""
    module, root = path.parent, path.parent.parent
    return root / access / cassette_name(module.name) / marked_name(node_of_stock_name(path.stem))


def _has_api_traffic(path: Path) -> bool:
    """Return True for a cassette with an exchange of the Web API; one that cannot be read is told later."""
    if path.suffix not in (".yaml", ".yml") or not may_be_traffic(path):
        return False
    try:
        return any(is_api(entry.exchange.request.url) for entry in read_traffic(path))
    except NotTraffic:
        return False
    except SpotifyTestError:
        return True
