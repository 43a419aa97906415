"""`pytest-spotify openapi`: the contracts of an access as one OpenAPI 3.1 document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes import load
from pytest_spotify.cli.contract_options import chosen_access
from pytest_spotify.cli.echo import echo_data
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.exchange import API_URL
from pytest_spotify.files import write_atomically
from pytest_spotify.openapi import openapi as document
from pytest_spotify.version import version

_MOST_EXAMPLE_BYTES = 20_000


@click.command()
@click.option(
    "--access",
    type=click.Choice(ACCESSES),
    help="Which Web API the app may use (default: SPOTIFY_ACCESS, else development).",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Default: standard output.")
@click.option(
    "--examples",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="FOLDER",
    help="Take examples from the cassettes in FOLDER, laid out as in cassettes/.",
)
@click.option(
    "--api-url", default=API_URL, show_default=True, metavar="URL", help="The server, such as a sandbox's."
)
def openapi(access: str | None, output: Path | None, examples: Path | None, api_url: str) -> None:
    """Write the contracts of the Web API as one OpenAPI 3.1 document (JSON).

    It has every operation, its parameters with their limits under the access, responses and scopes.
    """
    chosen = chosen_access(access)
    found = document(
        bundled(chosen),
        version=version(),
        examples=lambda contract, status: _examples(examples, chosen, contract, status),
        api_url=api_url.rstrip("/"),
    )
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if output is None:
        echo_data(text.removesuffix("\n"))
        return
    try:
        write_atomically(output, text.encode())
    except OSError as error:
        raise SpotifyTestError(f"{output}: cannot be written: {error.strerror}") from None


def _examples(folder: Path | None, access: Access, contract: Contract, status: int) -> Mapping[str, Any]:
    """Return the first recorded case of a contract with a status, saying what it was recorded from."""
    for name, case in contract.cases.items():
        path = folder and folder / access / contract.source.parent.name / contract.operation / f"{name}.yaml"
        if path is None or case.status != status or not path.is_file():
            continue
        cassette = load(path)
        body = cassette.exchanges[-1].response.body
        try:
            value = json.loads(body)
        except ValueError:
            continue
        if len(body) <= _MOST_EXAMPLE_BYTES:
            target = cassette.provenance.get("target", "an unknown target")
            day = str(cassette.provenance.get("recorded_at", ""))[:10]
            return {name: {"summary": f"recorded from {target} on {day}", "value": value}}
    return {}
