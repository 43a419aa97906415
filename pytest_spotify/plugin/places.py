"""Where a marked test is recorded, and the command that records a test. Looks at names alone."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from pytest_spotify.access import Access
from pytest_spotify.plugin.marking import marking_of
from pytest_spotify.plugin.run import run_of

MARKED = ".spotify.yaml"  # how the names of marked tests' cassettes end


def access_of(item: pytest.Item) -> Access:
    """Return the access of a marked test: its mark's, else the run's."""
    return marking_of(item).access or run_of(item.config).settings.access


def root_of(item: pytest.Item) -> Path:
    """Return the folder that no cassette of a marked test leaves."""
    return item.path.parent / "cassettes"


def marked_cassette(item: pytest.Item) -> Path:
    """Return where a marked test is recorded, beside its module."""
    from pytest_spotify.cassettes import cassette_name

    # A class is part of the name: two classes of a module may have a test of the same name.
    test = item.nodeid.partition("::")[2] or item.name
    folder = root_of(item) / access_of(item) / cassette_name(item.path.stem)
    return folder / f"{cassette_name(test)}{MARKED}"


def record_command(item: pytest.Item) -> str:
    """Return the command that records a test, or records it anew."""
    return f"pytest {shlex.quote(item.nodeid)} --spotify-live --record-mode=rewrite"
