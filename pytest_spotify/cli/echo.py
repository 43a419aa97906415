"""What commands print, safe for the log of a CI job.

The runner of GitHub Actions takes a line that begins with `::`, and `##[` anywhere in a line, for a command
(docs.github.com, "Workflow commands for GitHub Actions"; actions/runner, `ActionCommand.cs`). Text of a file
or of a response must not give one.
"""

from __future__ import annotations

import os
import re

import click

from pytest_spotify.redaction.masking import in_github_actions

_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|#(#\[)", re.MULTILINE)


def echo(text: str = "", *, err: bool = False) -> None:
    """Print text and a line feed, on standard error if `err` is true."""
    click.echo(without_workflow_commands(text) if in_github_actions(os.environ) else text, err=err)


def without_workflow_commands(text: str) -> str:
    """Return text that gives the runner no command; escaped so that JSON stays what it is."""
    return _COMMAND.sub(lambda match: f"\\u0023{match[2]}" if match[2] else f"{match[1]}\\u003a", text)
