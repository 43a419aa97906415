"""Workflow commands of GitHub Actions, which show a failure beside the line that it concerns.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from pytest_spotify.errors import truncate


def annotation(file: str, line: str, title: str, message: str) -> str:
    """Return the command for an error; `line` is a number, or empty for the file as a whole."""
    properties = {"file": file, "line": line, "title": title}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::error {given}::{_data(truncate(message, 500))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(truncate(text, 300)).replace(":", "%3A").replace(",", "%2C")
