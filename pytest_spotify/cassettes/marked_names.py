"""The names of the cassettes of marked tests."""

from __future__ import annotations

import re

from pytest_spotify.cassettes import cassette_name

MARKED_SUFFIX = ".spotify.yaml"


def readable_name(test: str) -> str:
    """Return `TestLibrary.test_saved-2` for `TestLibrary::test_saved[2]`, or an empty text.

    Empty if the result is the name of no file everywhere, or that of another test too on a file system
    without case.
    """
    match = re.fullmatch(r"((?:\w+::)*)([a-z0-9_]+)(?:\[([a-z0-9_.-]+)\])?", test, re.ASCII)
    if match is None:
        return ""
    name = match[1].replace("::", ".") + match[2] + (f"-{match[3]}" if match[3] else "")
    return name if cassette_name(name.lower()) == name.lower() else ""


def marked_name(test: str) -> str:
    """Return the name of the cassette file of a test, the part of its node id behind the file."""
    return f"{readable_name(test) or cassette_name(test)}{MARKED_SUFFIX}"
