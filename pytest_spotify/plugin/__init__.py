"""The pytest plugin: markers and hooks; no logic of its own. Options and ini keys are in `options`.

Nothing heavy is imported before a Spotify test needs it: people install this beside much else.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.plugin.options import pytest_addoption, read_settings, usage_error  # noqa: F401 - a hook
from pytest_spotify.plugin.state import STATE, PluginState, get_state, spotify_items

pytest_plugins = ["pytest_spotify.plugin.fixtures"]

_BLOCKED: pytest.StashKey[bool] = pytest.StashKey()  # Spotify's hosts, in this process
_FIXTURES = {
    "spotify_session",
    "spotify_session_as",
    "spotify_app_session",
    "spotify_anonymous_session",
    "spotify_restore",
    "spotify_expect",
}


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that people implement."""
    from pytest_spotify.plugin import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Block Spotify's hosts before any test code is imported; collect the bundled contracts on request."""
    if early_config.pluginmanager.has_plugin("vcr"):  # else an internal error of pytest-recording's
        raise usage_error(
            "pytest-vcr is installed, and pytest-recording, on which pytest-spotify stands, does not run "
            "beside it: uninstall pytest-vcr (pytest-recording takes its marks), or leave it out: `-p no:vcr`"
        )
    options = early_config.known_args_namespace
    if not options.spotify_live and not options.spotify_sandbox:
        _block_spotify_hosts(early_config)
    if options.spotify_suite:
        from pytest_spotify.contracts.loader import bundled_contracts_dir

        args.append(str(bundled_contracts_dir()))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and make the state of the run."""
    config.addinivalue_line(
        "markers",
        "spotify(access, allow, needs, processes, retries, scopes, strict): "
        "its traffic is recorded, replayed and checked",
    )
    config.addinivalue_line("markers", "spotify_write: changes the account; live only with --spotify-write")
    try:
        settings = read_settings(config)
    except pytest.UsageError as error:
        raise usage_error(str(error)) from None
    state = config.stash[STATE] = PluginState(config, settings)
    config.add_cleanup(state.closing.close)
    if state.live is None:
        _block_spotify_hosts(config)
    else:
        from pytest_spotify.plugin.items.live_run import LiveRun

        config.pluginmanager.register(LiveRun(), "spotify-live-run")
    if not hasattr(config, "workerinput") and (settings.report_files or "GITHUB_ACTIONS" in os.environ):
        from pytest_spotify.plugin.reports.files import ReportFiles

        config.pluginmanager.register(ReportFiles(state), "spotify-report-files")
    if state.live is not None or any(name.startswith(("SPOTIFY_", "SPOTIPY_")) for name in os.environ):
        from pytest_spotify.plugin.output import OutputRedactor

        config.pluginmanager.register(OutputRedactor(state), "spotify-output")
    if "GITHUB_ACTIONS" in os.environ:
        from pytest_spotify.plugin.output import WorkflowCommandEscaper

        config.pluginmanager.register(WorkflowCommandEscaper(), "spotify-workflow-commands")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Collect contract files, wherever they lie in the tree, and the bodies that the ini file names."""
    if file_path.name.endswith(".contract.json"):
        from pytest_spotify.plugin.items.contract_items import contract_file

        return contract_file(file_path, parent)
    settings = get_state(parent.config).settings
    if settings.body_fixtures or settings.traffic_globs:
        from pytest_spotify.plugin.recorded import recorded_file

        return recorded_file(file_path, parent, settings)
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark tests that use our sessions, or `spotify_restore`."""
    if _FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker("spotify")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Limit a live run to the operations that the ini file names."""
    if operations := get_state(config).settings.operations:
        from pytest_spotify.plugin.items.preflight import partition_by_operation

        selected, deselected = partition_by_operation(items, operations)
        if deselected:
            config.hook.pytest_deselected(items=deselected)
            items[:] = selected


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note that not all collected tests run."""
    if items:
        get_state(items[0].config).deselected = True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """End a run that cannot work before any test has run."""
    config, settings = session.config, get_state(session.config).settings
    selected = spotify_items(session.items)
    if selected or settings.operations:
        from pytest_spotify.plugin.items.preflight import validate_session

        validate_session(session)
    if selected and not config.pluginmanager.has_plugin("spotify-around"):
        # Without Spotify tests, the hooks around them cost nothing.
        from pytest_spotify.plugin.marked import hooks

        config.pluginmanager.register(hooks, "spotify-around")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give an xdist worker the folder that all workers of the run share."""
    from pytest_spotify.plugin import xdist

    xdist.set_shared_dir(node.workerinput, get_state(node.config).shared_dir)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Print in the controller what the workers found, or end the run."""
    from pytest_spotify.plugin import xdist

    state = get_state(node.config)
    xdist.print_messages(node.config, state.shared_dir)
    state.unused_cassettes = xdist.unused_cassettes(state.shared_dir)


@pytest.hookimpl(wrapper=True)
def pytest_report_from_serializable(config: pytest.Config) -> Generator[None, Any, Any]:
    """Lay out the text of a failure that a worker of pytest-xdist has sent."""
    report = yield
    if getattr(report, "spotify_text", False):
        from pytest_spotify.plugin.items.failure_repr import lay_out

        lay_out(report, config)
    return report


def pytest_report_collectionfinish(config: pytest.Config) -> str | list[str]:
    """Return the header of a run with Spotify tests; with `-q` there is none, as pytest has none."""
    header = get_state(config).header
    if not header or config.get_verbosity() < 0:
        return []
    from pytest_spotify.report.layout import wrap

    return wrap(header, config.get_terminal_writer().fullwidth)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print the summary of what the run learned about the API."""
    categories = terminalreporter.stats.values()
    reports = [report for reports in categories for report in reports if hasattr(report, "spotify")]
    if reports:
        from pytest_spotify.plugin.items.reporting import summarize

        summarize(terminalreporter, reports, get_state(config))


def _block_spotify_hosts(config: pytest.Config) -> None:
    if config.getini("spotify_isolation") and not config.stash.get(_BLOCKED, False):
        from pytest_spotify.intercept.network import block_spotify_hosts

        config.stash[_BLOCKED] = True
        block_spotify_hosts()  # never lifted: it also covers what runs at exit
