"""The command `pytest-spotify`: one module a command, imported when it is called."""

from __future__ import annotations

import io
import os
import sys
from importlib import import_module

import click

from pytest_spotify.cli.echo import echo, echo_error
from pytest_spotify.errors import SpotifyTestError, did_you_mean, truncate

COMMANDS = {
    "check": "Check recorded traffic or response bodies against the contracts.",
    "diff": "Compare recorded responses with earlier ones, by shape.",
    "doctor": "Show what a live run on this machine still needs.",
    "import-cassettes": "Make cassettes of marked tests from those of pytest-recording.",
    "lint": "Check contract files.",
    "login": "Sign in once in the browser, and keep the tokens.",
    "logout": "Remove a stored sign-in.",
    "migrate": "Show what breaks when an app moves to development mode.",
    "new": "Make a contract file, drafted from responses or copied from ours.",
    "openapi": "Write the contracts as one OpenAPI 3.1 document.",
    "operations": "List the operations of the Web API, or tell of one.",
    "report": "Merge the reports of the shards of a run.",
    "sandbox": "Serve a local stand-in for Spotify.",
    "scan": "Search cassettes and other files for secrets.",
    "token": "Print an access token, for a shell.",
    "watch": "Run against Spotify by night, and be told of what has changed.",
}


class _Group(click.Group):
    """A group whose commands are modules beside this one."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = name.replace("-", "_")
        command: click.Command = getattr(import_module(f"{__name__}.{module}"), module)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = arguments[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(
                f"no such command {truncate(name)!r}{did_you_mean(name, COMMANDS)}", context
            )
        return super().resolve_command(context, arguments)

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pytest-spotify")
def group() -> None:
    """Contract tests for the Spotify Web API."""


def main() -> None:
    """Run the command line; a user's mistake ends in a few lines and exit status 2.

    A name that the terminal cannot show is escaped; NO_COLOR (no-color.org) is respected.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    colour = False if os.environ.get("NO_COLOR") else None
    try:
        # Not standalone: click would print the errors itself, whatever a file put into them.
        status = group(prog_name="pytest-spotify", color=colour, standalone_mode=False)
    except click.ClickException as error:
        text = io.StringIO()
        error.show(file=text)
        echo(text.getvalue().rstrip("\n"), err=True, colours={"Error:": "red"})
        status = error.exit_code
    except click.Abort:
        echo("Aborted!", err=True)
        status = 1
    except SpotifyTestError as error:
        echo_error(error)
        status = 2
    sys.exit(status)
