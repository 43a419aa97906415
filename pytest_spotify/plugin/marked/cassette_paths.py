"""Where a marked test is recorded, and the command that records a test. Looks at names alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pytest_spotify.access import Access
from pytest_spotify.plugin.marked.marker import spotify_mark
from pytest_spotify.plugin.state import get_state

MARKED_SUFFIX = ".spotify.yaml"  # how the names of marked tests' cassettes end


def access_for(item: pytest.Item) -> Access:
    """Return the access of a marked test: its mark's, else the run's."""
    return spotify_mark(item).access or get_state(item.config).settings.access


def cassette_root(item: pytest.Item) -> Path:
    """Return the folder that no cassette of a marked test leaves."""
    return item.path.parent / "cassettes"


def marked_cassette_path(item: pytest.Item) -> Path:
    """Return where a marked test is recorded, beside its module."""
    from pytest_spotify.cassettes import cassette_name

    # A class is part of the name: two classes of a module may have a test of the same name.
    test = item.nodeid.partition("::")[2] or item.name
    folder = cassette_root(item) / access_for(item) / cassette_name(item.path.stem)
    return folder / f"{cassette_name(test)}{MARKED_SUFFIX}"


def record_command(item: pytest.Item) -> str:
    """Return the command that records a test, or records it anew."""
    return f"pytest {shlex.quote(item.nodeid)} --spotify-live --record-mode=rewrite"
