"""The header of a run: what kind of run it is, and where its recordings come from."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_spotify.auth import environment, spotipy_notice
from pytest_spotify.cassettes import KEY_LINE
from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.files import open_file
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.live import LiveServices
from pytest_spotify.plugin.state import PluginState

_TAIL = 4096  # of a cassette, in which its provenance stands
_TARGET = re.compile(rb"^  target: \"?([^\"\n\r]+)", re.MULTILINE)
_DAY = re.compile(rb"^  recorded_at: \"?([0-9-]{10})", re.MULTILINE)


def header(items: Sequence[pytest.Item], state: PluginState, live: LiveServices | None) -> str:
    """Return the line that says what kind of run this is; never a credential, not even its length."""
    if not items:
        return ""
    settings = state.settings
    parts = [settings.mode, f"access {settings.access}"]
    cases = [item for item in items if isinstance(item, ContractItem)]
    if cases:
        operations = {item.case.contract.operation for item in cases}
        parts.append(f"{len(operations)} of {len(state.registry.contracts)} operations")
    if live is not None:
        parts.append(f"target {live.target_name}")
        if not settings.sandbox and (notice := spotipy_notice(environment(os.environ))):
            parts.append(notice)
    elif origins := _origins([item.cassette for item in cases]):
        parts.append(f"recorded from {origins}")
    mode = state.config.getoption("--record-mode", default=None)
    if live is None and mode not in (None, "none"):
        parts.append(f"--record-mode={mode} records nothing of Spotify without --spotify-live")
    return f"spotify: {', '.join(parts)}"


def _origins(paths: Sequence[Path]) -> str:
    """Return the targets and days of the recordings, read from the last lines of the cassettes."""
    days: dict[str, set[str]] = {}
    for path in paths:
        try:
            with open_file(path) as file:
                file.seek(-min(_TAIL, file.seek(0, os.SEEK_END)), os.SEEK_END)
                tail = file.read()
                provenance = tail[tail.rfind(KEY_LINE) :]  # a body has thousands of lines
        except (OSError, UnreadableTraffic):
            continue
        if (target := _TARGET.search(provenance)) and (day := _DAY.search(provenance)):
            days.setdefault(target[1].decode("utf-8", "replace"), set()).add(day[1].decode())
    return " and ".join(f"{_named(target)} {_span(days[target])}" for target in sorted(days))


def _named(target: str) -> str:
    return {"sandbox": "the sandbox", "spotify": "Spotify"}.get(target, target)


def _span(days: set[str]) -> str:
    first, last = min(days), max(days)
    return f"on {first}" if first == last else f"from {first} to {last}"
