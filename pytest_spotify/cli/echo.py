"""What commands print: laid out to the terminal's width, and safe for the log of a CI job.

The runner of GitHub Actions takes a line that begins with `::`, and `##[` anywhere in a line, for a command
(docs.github.com, "Workflow commands for GitHub Actions"; actions/runner, `ActionCommand.cs`). Text of a file
or of a response must not give one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from pytest_spotify.errors import escape_unprintable
from pytest_spotify.redaction.workflow_commands import in_github_actions, without_workflow_commands
from pytest_spotify.report.layout import terminal_width, wrap


def echo(text: str = "", *, err: bool = False, colours: Mapping[str, str] | None = None) -> None:
    """Print text, no line wider than the terminal, and a line feed; on standard error if `err` is true.

    What a terminal would not print is escaped. A line that begins with one of the words `colours` has this
    word in its colour.
    """
    lines = wrap(escape_unprintable(text), terminal_width()).split("\n")
    echo_data("\n".join(_in_colour(line, colours or {}) for line in lines), err=err)


def echo_error(message: object) -> None:
    """Print an error on standard error; a line feed in it, as file names may have, is escaped."""
    echo(f"Error: {message}".replace("\n", "\\n"), err=True, colours={"Error:": "red"})


def echo_data(text: str, *, err: bool = False) -> None:
    """Print text for programs, with a line feed and no other change."""
    click.echo(without_workflow_commands(text) if in_github_actions(os.environ) else text, err=err)


def _in_colour(line: str, colours: Mapping[str, str]) -> str:
    word = line.split(" ", 1)[0]
    return click.style(word, fg=colours[word], bold=True) + line[len(word) :] if word in colours else line
