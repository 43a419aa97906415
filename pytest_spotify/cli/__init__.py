"""The command `pytest-spotify`: one module a command, imported when it is called."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from pytest_spotify.errors import SpotifyTestError

COMMANDS = {
    "check": "Check recorded traffic or response bodies against the contracts.",
    "diff": "Compare recorded responses with earlier ones, by shape.",
    "doctor": "Show what a live run on this machine still needs.",
    "lint": "Check contract files.",
    "login": "Sign in once in the browser, and keep the tokens.",
    "logout": "Remove a stored sign-in.",
    "migrate": "Show what breaks when an app moves to development mode.",
    "openapi": "Write the contracts as one OpenAPI 3.1 document.",
    "operations": "List the operations of the Web API, or tell of one.",
    "sandbox": "Serve a local stand-in for Spotify.",
    "scan": "Search cassettes and other files for secrets.",
    "watch": "Run against Spotify by night, and be told of what has changed.",
}


_MODULES = {"logout": "login"}
"""The modules of commands that share one; any other is named as its command."""


class _Group(click.Group):
    """A group whose commands are modules beside this one."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{_MODULES.get(name, name)}"), name)
        return command

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytest-spotify")
def group() -> None:
    """Contract tests for the Spotify Web API."""


def main() -> None:
    """Run the command line; a user's mistake ends in one line and exit status 2.

    A name that the terminal cannot show is escaped; NO_COLOR (no-color.org) is respected.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        group(prog_name="pytest-spotify", color=False if os.environ.get("NO_COLOR") else None)
    except SpotifyTestError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)
