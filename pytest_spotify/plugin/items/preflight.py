"""The check of a run's items before any of them runs, and their cassette files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from pytest_spotify.cassettes import cassette_name
from pytest_spotify.cassettes.marked_names import MARKED_SUFFIX
from pytest_spotify.errors import MissingCredentials, SpotifyTestError, did_you_mean
from pytest_spotify.files import remove_stale_temp_files as sweep
from pytest_spotify.plugin import xdist
from pytest_spotify.plugin.items import SpotifyItem
from pytest_spotify.plugin.items.contract_cases import expand_cases
from pytest_spotify.plugin.items.contract_items import ContractItem
from pytest_spotify.plugin.items.header import header
from pytest_spotify.plugin.live import LiveServices
from pytest_spotify.plugin.marked import marked_cassette_path, validate_marks
from pytest_spotify.plugin.options import Settings, usage_error
from pytest_spotify.plugin.recorded.body_items import BodyItem, validate_body_globs
from pytest_spotify.plugin.recorded.traffic_items import TrafficItem, validate_traffic_globs
from pytest_spotify.plugin.state import PluginState, get_state, spotify_items

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
    """Raise UsageError if no selected test could work, so that none is tried.

    An xdist worker leaves that, and the header, to its controller.
    """
    config, state = session.config, get_state(session.config)
    folder = xdist.shared_dir(config)
    if session.testsfailed:
        return  # the collection errors end the run
    message = ""
    items, live = spotify_items(session.items), get_state(config).live
    try:
        _reject_unknown_operations(state)
        validate_marks(items, lambda: state.registry.contracts)
        if any(isinstance(item, BodyItem) for item in items):
            validate_body_globs(state)
        if any(isinstance(item, TrafficItem) for item in items):
            validate_traffic_globs(state)
        state.header = header(items, state, live)
        if not config.getoption("collectonly"):
            reject_path_collisions(items)
            if live is None:
                _require_any_cassette(items, state)
            else:
                _reject_rewrite_of_vcr_cassettes(session.items, state.settings)
                _reject_blocked_network(state)
                _require_credentials(items, state, live)
            if state.settings.record_mode != "none":
                remove_stale_temp_files(items)
            state.unused_cassettes = _find_unused(session, state)
    except (pytest.UsageError, SpotifyTestError) as error:
        message = str(error)
    if folder is not None:
        xdist.write_message(
            folder, header=state.header, refusal=message, unused_cassettes="\n".join(state.unused_cassettes)
        )
    elif message:
        raise usage_error(message)


def _find_unused(session: pytest.Session, state: PluginState) -> list[str]:
    """Return the cassettes of no test, if this run has collected all tests."""
    chosen = any("::" in argument for argument in session.config.args)
    if state.deselected or chosen or session.config.getoption("lf", default=False):
        return []
    return [state.display_path(path) for path in find_unused_cassettes(session.items, state)]


def _reject_unknown_operations(state: PluginState) -> None:
    """Raise UsageError if the ini key names an unknown operation: it would silently deselect its tests."""
    known = state.registry.contracts  # a contract of the project that cannot be used is reported now
    for name in sorted(state.settings.operations):
        if name not in known:
            hint = did_you_mean(name, known)
            raise pytest.UsageError(f"ini spotify_operations: unknown operation {name}{hint}")


def _require_any_cassette(items: Sequence[pytest.Item], state: PluginState) -> None:
    """Raise UsageError if no selected contract case has a cassette."""
    cases = [item for item in items if isinstance(item, ContractItem)]
    if cases and not any(item.cassette.exists() for item in cases):
        raise pytest.UsageError(
            f"none of the {len(cases)} selected Spotify cases has a recording under access "
            f"{state.settings.access} in {state.settings.cassette_dir}. To record them, or to try them "
            "without an account:\n"
            f"  {_command(state, '--spotify-live --record-mode=once')}\n"
            f"  {_command(state, '--spotify-sandbox')}"
        )


def _command(state: PluginState, options: str) -> str:
    """Return the command of this run with other options."""
    line = shlex.join(str(each) for each in state.config.invocation_params.args)
    line = re.sub(r"(?:^| )(?:--spotify-live|--spotify-sandbox|--record-mode[ =]\w+)(?= |$)", "", line)
    return f"pytest {line.strip()} {options}" if line.strip() else f"pytest {options}"


def _reject_blocked_network(state: PluginState) -> None:
    """Raise UsageError if an option of another plugin keeps a live run from its target."""
    get = state.config.getoption
    live = "--spotify-sandbox" if state.settings.sandbox else "--spotify-live"
    for option, allowed in (("--block-network", "--allowed-hosts"), ("--disable-socket", "--allow-hosts")):
        if get(option, default=False) and not get(allowed, default=None):
            raise pytest.UsageError(
                f"{option} lets no request of {live} out: leave it out of this run "
                "(a Spotify test that replays reaches this machine only, without it)"
            )


def _require_credentials(items: Sequence[pytest.Item], state: PluginState, live: LiveServices) -> None:
    """Raise UsageError if the selected items need a token that cannot be had."""
    try:
        _require_tokens(items, live)
    except MissingCredentials as error:
        cases = any(isinstance(item, ContractItem) for item in items)
        options = [*(["--spotify-live -k no-token"] if cases else []), "--spotify-sandbox"]
        raise pytest.UsageError(
            f"{error}\n\n"
            "`pytest-spotify doctor` shows what is there and what is missing. Without credentials:\n"
            + "\n".join(f"  {_command(state, each)}" for each in options)
        ) from None


def _require_tokens(items: Sequence[pytest.Item], live: LiveServices) -> None:
    kinds: set[str] = set()
    for item in items:
        if isinstance(item, ContractItem):
            kinds.add(item.case.auth)
        names = getattr(item, "fixturenames", ())
        kinds |= {_TOKENS[name] for name in names if name in _TOKENS}
    if not kinds & {"user", "app"} or live.has_token("user"):
        return
    # With an app alone, its cases run and those that need a user are skipped and counted.
    if "user" in kinds and not live.has_token("app"):
        live.require_token("user")
    if "app" in kinds:
        live.require_token("app")


def _reject_rewrite_of_vcr_cassettes(items: Sequence[pytest.Item], settings: Settings) -> None:
    vcr_items = [
        item for item in items if item.get_closest_marker("vcr") and not item.get_closest_marker("spotify")
    ]
    if settings.record_mode == "rewrite" and vcr_items:
        raise pytest.UsageError(
            f"--record-mode=rewrite would also delete the cassettes of {len(vcr_items)} tests that "
            f"pytest-recording records, the first {vcr_items[0].nodeid}: add `-m spotify` to leave them out"
        )


def cassette_path_for(item: pytest.Item) -> Path | None:
    """Return the path of an item's cassette, or None if it has none."""
    if isinstance(item, ContractItem):
        return item.cassette
    return None if isinstance(item, SpotifyItem) else marked_cassette_path(item)


def reject_path_collisions(items: Sequence[pytest.Item]) -> None:
    """Raise UsageError if two tests would write one file, also if file names are case-insensitive."""
    seen: dict[str, pytest.Item] = {}
    for item in items:
        path = cassette_path_for(item)
        if path is None:
            continue
        other = seen.setdefault(str(path).casefold(), item)
        if other.nodeid != item.nodeid:
            raise pytest.UsageError(
                f"{other.nodeid} and {item.nodeid} would share a recording, "
                f"{get_state(item.config).display_path(path)}: rename one of them"
            )


def remove_stale_temp_files(items: Sequence[pytest.Item]) -> None:
    """Remove temporary files that a killed run left in the cassette folders of these tests."""
    for folder in {path.parent for item in items if (path := cassette_path_for(item)) is not None}:
        sweep(folder, deep=False)


def find_unused_cassettes(items: Sequence[pytest.Item], state: PluginState) -> list[Path]:
    """Return the cassettes under the run's access that no test uses.

    Those of cases are considered if every contract was collected, those of marked tests in the folders that
    were collected. The result is meaningful only if nothing was deselected.
    """
    spotify = spotify_items(items)
    owned = {path for item in spotify if (path := cassette_path_for(item)) is not None}
    candidates = (*_of_cases(spotify, state), *_of_modules(items, owned, state))
    return sorted({path for path in candidates if path not in owned})


def _of_modules(items: Sequence[pytest.Item], owned: set[Path], state: PluginState) -> Iterator[Path]:
    """Yield the cassettes of collected modules and of modules that no longer exist."""
    for folder in {path.parent for path in owned if path.name.endswith(MARKED_SUFFIX)}:
        yield from folder.glob(f"*{MARKED_SUFFIX}")
    collected = {item.path for item in items}
    for folder in {path.parent for path in collected}:
        recorded = folder / "cassettes" / state.settings.access
        if recorded.is_dir():
            there = {cassette_name(path.stem) for path in folder.iterdir() if path not in collected}
            for path in recorded.glob(f"*/*{MARKED_SUFFIX}"):
                if path.parent.name not in there:
                    yield path


def _of_cases(items: Sequence[pytest.Item], state: PluginState) -> Iterator[Path]:
    cases = {(item.case.contract.operation, item.name) for item in items if isinstance(item, ContractItem)}
    access = state.settings.access
    if cases and all(
        (contract.operation, case.name) in cases
        for contract in state.registry.contracts.values()
        for case in expand_cases(contract, access)
    ):
        paths = (state.settings.cassette_dir / access).rglob("*.yaml")
        yield from (path for path in paths if not path.name.endswith(MARKED_SUFFIX))
