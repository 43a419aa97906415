"""What a run has selected: whether it can work at all, and what its header says."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin import workers
from pytest_spotify.plugin.bodies import BodyItem, refuse_senseless
from pytest_spotify.plugin.collect import ContractItem
from pytest_spotify.plugin.inventory import orphans, refuse_shared, sweep_folders
from pytest_spotify.plugin.marking import refuse_unknown
from pytest_spotify.plugin.run import Run, only_ours, run_of
from pytest_spotify.text import did_you_mean

_TAIL = 4096
_TOKENS = {"spotify_session": "user", "spotify_token": "user", "spotify_app_session": "app"}


def of_operations(
    items: Sequence[pytest.Item], operations: Collection[str]
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return the items that stay and those that are left out: cases of other operations."""
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        other = isinstance(item, ContractItem) and item.case.contract.operation not in operations
        (left if other else kept).append(item)
    return kept, left


def admit(session: pytest.Session) -> None:
    """Raise UsageError where no selected test could work, so that none is tried.

    An xdist worker leaves that, and the header, to its controller.
    """
    config, run = session.config, run_of(session.config)
    folder = workers.folder_of(config)
    if session.testsfailed:
        return  # what could not be collected is told, and ends the run
    refusal = ""
    try:
        _refuse_unknown_operations(run)
        refuse_unknown(only_ours(session.items), lambda: run.registry.contracts)
        if any(isinstance(item, BodyItem) for item in session.items):
            refuse_senseless(run)
        run.header = _header(only_ours(session.items), run)
        if not config.getoption("collectonly"):
            refuse_shared(only_ours(session.items))
            _refuse_hopeless(session.items, run)
            run.orphans = _orphans(session, run)
            if run.settings.record != "none":
                sweep_folders(only_ours(session.items))
    except (pytest.UsageError, SpotifyTestError) as error:
        refusal = str(error)
    if folder is not None:
        workers.leave(folder, header=run.header, refusal=refusal, orphans="\n".join(run.orphans))
    elif refusal:
        raise pytest.UsageError(refusal)


def _orphans(session: pytest.Session, run: Run) -> list[str]:
    """Return the recordings of no test, where this run has collected all there is."""
    chosen = any("::" in argument for argument in session.config.args)
    if run.partial or chosen or session.config.getoption("lf", default=False):
        return []
    return [run.shown(path) for path in orphans(session.items, run)]


def _refuse_unknown_operations(run: Run) -> None:
    """Raise where the ini key names what is no operation: it would quietly leave out every test of it."""
    known = run.registry.contracts  # also to be told now of a contract in the project that cannot be used
    for name in sorted(run.settings.operations) if run.settings.live else ():
        if name not in known:
            hint = did_you_mean(name, known)
            raise pytest.UsageError(f"ini spotify_operations: {name} is no operation{hint}")


def _refuse_hopeless(items: Sequence[pytest.Item], run: Run) -> None:
    """Raise where no selected test could work."""
    ours = only_ours(items)
    if run.settings.live:
        _refuse_their_rewrite(items, run)
        _demand_credentials(ours, run)
        return
    cases = [item for item in ours if isinstance(item, ContractItem)]
    if cases and not any(item.cassette.exists() for item in cases):
        raise pytest.UsageError(
            f"none of the {len(cases)} selected Spotify cases has a recording under access "
            f"{run.settings.access} in {run.settings.cassettes}.\n"
            "Record them: pytest --spotify-live --record-mode=once\n"
            "or try them without an account: pytest --spotify-sandbox"
        )


def _demand_credentials(ours: Sequence[pytest.Item], run: Run) -> None:
    senders: set[str] = set()
    for item in ours:
        if isinstance(item, ContractItem):
            senders.add(item.case.sender)
        names = getattr(item, "fixturenames", ())
        senders |= {_TOKENS[name] for name in names if name in _TOKENS}
    if not senders & {"user", "app"} or run.has("user"):
        return
    # With an app alone, its cases run and those that need a user are skipped and counted.
    if "user" in senders and not run.has("app"):
        run.demand("user")
    if "app" in senders:
        run.demand("app")


def _refuse_their_rewrite(items: Sequence[pytest.Item], run: Run) -> None:
    theirs = [
        item for item in items if item.get_closest_marker("vcr") and not item.get_closest_marker("spotify")
    ]
    if run.settings.record == "rewrite" and theirs:
        raise pytest.UsageError(
            f"--record-mode=rewrite would also delete the cassettes of {len(theirs)} tests that "
            f"pytest-recording records, the first {theirs[0].nodeid}: add `-m spotify` to select only ours"
        )


def _header(ours: Sequence[pytest.Item], run: Run) -> str:
    """Return the line that says what kind of run this is; never a credential, not even its length."""
    if not ours:
        return ""
    settings = run.settings
    parts = [settings.mode, f"access {settings.access}"]
    cases = [item for item in ours if isinstance(item, ContractItem)]
    if cases:
        operations = {item.case.contract.operation for item in cases}
        parts.append(f"{len(operations)} of {len(run.registry.contracts)} operations")
    if settings.live:
        parts.append(f"target {run.target_name}")
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
