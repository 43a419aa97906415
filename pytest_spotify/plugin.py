"""The pytest plugin: markers and hooks; no logic of its own. Options and ini keys are in `options`.

Nothing heavy is imported before a Spotify test needs it: people install this beside much else.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.options import pytest_addoption  # noqa: F401 - a hook
from pytest_spotify.outcome import OUTCOME
from pytest_spotify.run import RUN, Run, only_ours, run_of
from pytest_spotify.settings import settings_of

if TYPE_CHECKING:
    from pytest_spotify.bodies import BodyFile
    from pytest_spotify.collect import ContractFile

pytest_plugins = ["pytest_spotify.fixtures"]

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
    from pytest_spotify import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Refuse Spotify's hosts before anybody's code is imported; collect the bundled contracts if asked."""
    options = early_config.known_args_namespace
    if not options.spotify_live and not options.spotify_sandbox:
        _refuse_spotify_names(early_config)
    if options.spotify_suite:
        from pytest_spotify.loading import bundled_folder

        args.append(str(bundled_folder()))


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
        from pytest_spotify.output import Output

        config.pluginmanager.register(Output(run), "spotify-output")
    if not run.settings.live:
        _refuse_spotify_names(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ContractFile | BodyFile | None:
    """Collect contract files, wherever they lie in the tree, and the bodies that the ini file names."""
    if file_path.name.endswith(".contract.json"):
        from pytest_spotify.collect import contract_file

        return contract_file(file_path, parent)
    if kept := run_of(parent.config).settings.bodies:
        from pytest_spotify.bodies import body_file

        return body_file(file_path, parent, kept)
    return None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what uses a session of ours."""
    if _FIXTURES & set(getattr(item, "fixturenames", ())):
        item.add_marker("spotify")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Limit a live run to the operations that the ini file names."""
    operations = run_of(config).settings.operations
    if run_of(config).settings.live and operations:
        from pytest_spotify.selection import of_operations

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
    settings = run_of(session.config).settings
    if only_ours(session.items) or (settings.live and settings.operations):
        from pytest_spotify.selection import admit

        admit(session)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give an xdist worker the folder that all workers of the run share."""
    node.workerinput["spotify_folder"] = str(run_of(node.config).workers_folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Say or refuse, in the controller, what a worker would."""
    from pytest_spotify import workers

    run = run_of(node.config)
    workers.say(node.config, run.workers_folder)
    run.orphans = workers.orphans(run.workers_folder)


def pytest_report_collectionfinish(config: pytest.Config) -> str:
    """Say what kind of run this is, where there are Spotify tests."""
    return run_of(config).header


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard a marked test, and keep a replayed one on this machine."""
    if item.get_closest_marker("spotify") is None:
        return (yield)
    from pytest_spotify.guard import guarded
    from pytest_spotify.selection import isolated

    with ExitStack() as stack:
        lift = stack.enter_context(isolated(item))
        if isinstance(item, pytest.Function):
            stack.enter_context(guarded(item, lift))
        try:
            return (yield)
        except BaseException:
            # Interrupted: fixtures are torn down at the end of the session, and may ask Spotify still.
            item.config.add_cleanup(stack.pop_all().close)
            raise


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, live, a marked test that may not write or needs what the account lacks."""
    __tracebackhide__ = True
    marked = isinstance(item, pytest.Function) and item.get_closest_marker("spotify") is not None
    if marked and run_of(item.config).settings.live:
        from pytest_spotify.admission import admit

        admit(item)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Tell the guard which fixture is being set up for a marked test."""
    __tracebackhide__ = True
    guard = run_of(request.config).guard
    if guard is None:
        return (yield)
    with guard.setting_up(fixturedef):
        made = yield
    guard.was_set_up(fixturedef, made)
    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what a marked test exchanged, as part of its call."""
    __tracebackhide__ = True
    guard = run_of(item.config).guard
    if guard is None:
        return (yield)
    with guard.calling():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what its fixtures exchanged at last, and record a marked test that passed."""
    __tracebackhide__ = True
    result = yield
    guard = run_of(item.config).guard
    if guard is not None:
        guard.finish()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let our errors speak for themselves, and send what was learned to the summary."""
    report = yield
    if OUTCOME in item.stash:
        from pytest_spotify.reporting import complete

        complete(report, item, call)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what the run learned about the API."""
    categories = terminalreporter.stats.values()
    reports = [report for reports in categories for report in reports if hasattr(report, "spotify")]
    if reports:
        from pytest_spotify.reporting import summarize

        summarize(terminalreporter, reports, run_of(config))


def _refuse_spotify_names(config: pytest.Config) -> None:
    if config.getini("spotify_isolation") and not config.stash.get(_REFUSED, False):
        from pytest_spotify.isolation import refuse_spotify_names

        config.stash[_REFUSED] = True
        refuse_spotify_names()  # never lifted: it also covers what runs at exit
