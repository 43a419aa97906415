"""The options that choose contracts: an access, an operation."""

from __future__ import annotations

import difflib
import os

import click

from pytest_spotify.access import Access, parse_access
from pytest_spotify.api import Contracts


def chosen_access(option: str | None) -> Access:
    """Return the access of a command: its option, else SPOTIFY_ACCESS, else development."""
    try:
        return parse_access(option or os.environ.get("SPOTIFY_ACCESS") or "development")
    except ValueError as error:
        raise click.UsageError(f"SPOTIFY_ACCESS: {error}") from None


def check_operation(name: str, contracts: Contracts) -> None:
    """Raise BadParameter for a name that no contract has, with those that are near."""
    if name in contracts.registry.contracts:
        return
    close = difflib.get_close_matches(name, list(contracts.registry.contracts), n=3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise click.BadParameter(f"no contract is named {name!r}{hint}", param_hint="--operation")
