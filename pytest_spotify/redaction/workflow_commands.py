"""Commands to the runner of GitHub Actions in what a run prints: masks for its secrets, and none by accident.

The log of a job hides a secret only in the exact encodings that it was given. It knows repository secrets as
they stand, but neither their other encodings nor a token that is granted in the run.
Documentation: docs.github.com, "Workflow commands for GitHub Actions", masking a value in a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from pytest_spotify.redaction import encodings_of

_SHORTEST = 6
"""Shorter texts would mask half of the log."""


def in_github_actions(environ: Mapping[str, str]) -> bool:
    """Return True in a job of GitHub Actions. Anywhere else masks would show what they are to hide."""
    return bool(environ.get("GITHUB_ACTIONS"))


_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|#(#\[)", re.MULTILINE)


def without_workflow_commands(text: str) -> str:
    """Return text that gives the runner no command; escaped so that JSON stays what it is."""
    return _COMMAND.sub(lambda match: f"\\u0023{match[2]}" if match[2] else f"{match[1]}\\u003a", text)


def emit_masks(texts: Iterable[str], *, descriptor: int) -> None:
    """Write the mask of each form of each text to the runner, past whatever captures Python's streams."""
    encodings = {encoded for text in texts for encoded in encodings_of(text).values()}
    for encoded in sorted(encodings, key=len, reverse=True):
        if len(encoded) < _SHORTEST:
            break
        # A command counts at the start of a line only, and other output may stand in this one.
        os.write(descriptor, f"\n::add-mask::{_escaped(encoded)}\n".encode())


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
