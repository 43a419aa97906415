"""The pytest plugin: markers and hooks; no logic of its own. Options and ini keys are in `options`.

Nothing heavy is imported before a Spotify test needs it: people install this beside much else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.plugin.options import pytest_addoption  # noqa: F401 - a hook
from pytest_spotify.plugin.run import RUN, Run, only_ours, run_of
from pytest_spotify.plugin.settings import settings_of

if TYPE_CHECKING:
    from pytest_spotify.plugin.bodies import BodyFile
    from pytest_spotify.plugin.collect import ContractFile

pytest_plugins = ["pytest_spotify.plugin.fixtures"]

_REFUSED: pytest.StashKey[bool] = pytest.StashKey()  # Spotify's names, in this process
_FIXTURES = {
    "spotify_session",
    "spotify_session_as",
    "spotify_app_session",
    "spotify_anonymous_session",
    "spotify_restore",
}


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that people implement."""
    from pytest_spotify.plugin import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Refuse Spotify's hosts before anybody's code is imported; collect the bundled contracts if asked."""
    options = early_config.known_args_namespace
    if not options.spotify_live and not options.spotify_sandbox:
        _refuse_spotify_names(early_config)
    if options.spotify_suite:
        from pytest_spotify.contracts.loader import bundled_contracts_dir

        args.append(str(bundled_contracts_dir()))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and settle what kind of run this is."""
    config.addinivalue_line(
        "markers",
        "spotify(access, allow, needs, scopes, strict): its traffic is recorded, replayed and checked",
    )
    config.addinivalue_line("markers", "spotify_write: changes the account; live only with --spotify-write")
    run = config.stash[RUN] = Run(config, settings_of(config))
    config.add_cleanup(run.close)
    if run.settings.live or any(name.startswith(("SPOTIFY_", "SPOTIPY_")) for name in os.environ):
        from pytest_spotify.plugin.output import Output

        config.pluginmanager.register(Output(run), "spotify-output")
    if not run.settings.live:
        _refuse_spotify_names(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ContractFile | BodyFile | None:
    """Collect contract files, wherever they lie in the tree, and the bodies that the ini file names."""
    if file_path.name.endswith(".contract.json"):
        from pytest_spotify.plugin.collect import contract_file

        return contract_file(file_path, parent)
    if kept := run_of(parent.config).settings.bodies:
        from pytest_spotify.plugin.bodies import body_file

        return body_file(file_path, parent, kept)
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what uses a session of ours, or has the account put back."""
    if _FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker("spotify")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Limit a live run to the operations that the ini file names."""
    operations = run_of(config).settings.operations
    if run_of(config).settings.live and operations:
        from pytest_spotify.plugin.selection import of_operations

        kept, left = of_operations(items, operations)
        if left:
            config.hook.pytest_deselected(items=left)
            items[:] = kept


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note that this is not all that was collected."""
    if items:
        run_of(items[0].config).partial = True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a run that cannot work, before any test has run."""
    config, settings = session.config, run_of(session.config).settings
    ours = only_ours(session.items)
    if ours or (settings.live and settings.operations):
        from pytest_spotify.plugin.selection import admit

        admit(session)
    if ours and not config.pluginmanager.has_plugin("spotify-around"):
        # Other people's tests do not even pass by the hooks around ours.
        from pytest_spotify.plugin import around

        config.pluginmanager.register(around, "spotify-around")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give an xdist worker the folder that all workers of the run share."""
    from pytest_spotify.plugin import workers

    workers.share(node.workerinput, run_of(node.config).workers_folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Say or refuse, in the controller, what a worker would."""
    from pytest_spotify.plugin import workers

    run = run_of(node.config)
    workers.say(node.config, run.workers_folder)
    run.orphans = workers.orphans(run.workers_folder)


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    """Say what kind of run this is, where there are Spotify tests."""
    return run_of(config).header


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the run learned about the API."""
    categories = terminalreporter.stats.values()
    reports = [report for reports in categories for report in reports if hasattr(report, "spotify")]
    if reports:
        from pytest_spotify.plugin.reporting import summarize

        summarize(terminalreporter, reports, run_of(config))


def _refuse_spotify_names(config: pytest.Config) -> None:
    if config.getini("spotify_isolation") and not config.stash.get(_REFUSED, False):
        from pytest_spotify.intercept.network import block_spotify_hosts

        config.stash[_REFUSED] = True
        block_spotify_hosts()  # never lifted: it also covers what runs at exit
