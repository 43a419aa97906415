"""What a run has selected: whether it can work at all, and what its header says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin import xdist
from pytest_spotify.plugin.items.body_items import BodyItem, validate_body_globs
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.marked.marker import validate_marks
from pytest_spotify.plugin.preflight.cassettes import (
    reject_path_collisions,
    remove_stale_temp_files,
    unused_cassettes,
)
from pytest_spotify.plugin.state import PluginState, get_state, spotify_items
from pytest_spotify.text import did_you_mean

_TAIL = 4096
_TOKENS = {"spotify_session": "user", "spotify_token": "user", "spotify_app_session": "app"}


def partition_by_operation(
    items: Sequence[pytest.Item], operations: Collection[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the items that stay and those that are left out: cases of other operations."""
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        other = isinstance(item, ContractItem) and item.case.contract.operation not in operations
        (deselected if other else selected).append(item)
    return selected, deselected


def validate_session(session: pytest.Session) -> None:
    """Raise UsageError where no selected test could work, so that none is tried.

    An xdist worker leaves that, and the header, to its controller.
    """
    config, state = session.config, get_state(session.config)
    folder = xdist.shared_dir(config)
    if session.testsfailed:
        return  # what could not be collected is told, and ends the run
    message = ""
    try:
        _reject_unknown_operations(state)
        validate_marks(spotify_items(session.items), lambda: state.registry.contracts)
        if any(isinstance(item, BodyItem) for item in session.items):
            validate_body_globs(state)
        state.header = _header(spotify_items(session.items), state)
        if not config.getoption("collectonly"):
            reject_path_collisions(spotify_items(session.items))
            _require_any_cassette(session.items, state)
            state.unused_cassettes = _orphans(session, state)
            if state.settings.record_mode != "none":
                remove_stale_temp_files(spotify_items(session.items))
    except (pytest.UsageError, SpotifyTestError) as error:
        message = str(error)
    if folder is not None:
        xdist.write_message(
            folder, header=state.header, refusal=message, unused_cassettes="\n".join(state.unused_cassettes)
        )
    elif message:
        raise pytest.UsageError(message)


def _orphans(session: pytest.Session, state: PluginState) -> list[str]:
    """Return the recordings of no test, where this run has collected all there is."""
    chosen = any("::" in argument for argument in session.config.args)
    if state.deselected or chosen or session.config.getoption("lf", default=False):
        return []
    return [state.display_path(path) for path in unused_cassettes(session.items, state)]


def _reject_unknown_operations(state: PluginState) -> None:
    """Raise where the ini key names what is no operation: it would quietly leave out every test of it."""
    known = state.registry.contracts  # also to be told now of a contract in the project that cannot be used
    for name in sorted(state.settings.operations) if state.settings.live else ():
        if name not in known:
            hint = did_you_mean(name, known)
            raise pytest.UsageError(f"ini spotify_operations: {name} is no operation{hint}")


def _require_any_cassette(items: Sequence[pytest.Item], state: PluginState) -> None:
    """Raise where no selected test could work."""
    ours = spotify_items(items)
    if state.settings.live:
        _reject_rewrite_of_vcr_cassettes(items, state)
        _require_credentials(ours, state)
        return
    cases = [item for item in ours if isinstance(item, ContractItem)]
    if cases and not any(item.cassette.exists() for item in cases):
        raise pytest.UsageError(
            f"none of the {len(cases)} selected Spotify cases has a recording under access "
            f"{state.settings.access} in {state.settings.cassette_dir}.\n"
            "Record them: pytest --spotify-live --record-mode=once\n"
            "or try them without an account: pytest --spotify-sandbox"
        )


def _require_credentials(ours: Sequence[pytest.Item], state: PluginState) -> None:
    auth_kinds: set[str] = set()
    for item in ours:
        if isinstance(item, ContractItem):
            auth_kinds.add(item.case.auth)
        names = getattr(item, "fixturenames", ())
        auth_kinds |= {_TOKENS[name] for name in names if name in _TOKENS}
    if not auth_kinds & {"user", "app"} or state.has_token("user"):
        return
    # With an app alone, its cases run and those that need a user are skipped and counted.
    if "user" in auth_kinds and not state.has_token("app"):
        state.require_token("user")
    if "app" in auth_kinds:
        state.require_token("app")


def _reject_rewrite_of_vcr_cassettes(items: Sequence[pytest.Item], state: PluginState) -> None:
    theirs = [
        item for item in items if item.get_closest_marker("vcr") and not item.get_closest_marker("spotify")
    ]
    if state.settings.record_mode == "rewrite" and theirs:
        raise pytest.UsageError(
            f"--record-mode=rewrite would also delete the cassettes of {len(theirs)} tests that "
            f"pytest-recording records, the first {theirs[0].nodeid}: add `-m spotify` to select only ours"
        )


def _header(ours: Sequence[pytest.Item], state: PluginState) -> str:
    """Return the line that says what kind of run this is; never a credential, not even its length."""
    if not ours:
        return ""
    settings = state.settings
    parts = [settings.mode, f"access {settings.access}"]
    cases = [item for item in ours if isinstance(item, ContractItem)]
    if cases:
        operations = {item.case.contract.operation for item in cases}
        parts.append(f"{len(operations)} of {len(state.registry.contracts)} operations")
    if settings.live:
        parts.append(f"target {state.target_name}")
    elif origins := _origins([item.cassette for item in cases]):
        parts.append(f"recorded from {origins}")
    return f"spotify: {', '.join(parts)}"


def _origins(paths: Sequence[Path]) -> str:
    """Return which targets the cassettes were recorded from and when, read off their last lines."""
    days: dict[str, set[str]] = {}
    for path in paths:
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - _TAIL))
                tail = file.read().decode("utf-8", "replace")
        except OSError:
            continue
        target = re.search(r"^  target: \"?([^\"\n]+)", tail, re.MULTILINE)
        day = re.search(r"^  recorded_at: \"?([0-9-]{10})", tail, re.MULTILINE)
        if target and day:
            days.setdefault(target[1], set()).add(day[1])
    return " and ".join(f"{_named(target)} {_span(days[target])}" for target in sorted(days))


def _named(target: str) -> str:
    return {"sandbox": "the sandbox", "spotify": "Spotify"}.get(target, target)


def _span(days: set[str]) -> str:
    first, last = min(days), max(days)
    return f"on {first}" if first == last else f"from {first} to {last}"
