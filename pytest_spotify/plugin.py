"""The pytest plugin: options, ini keys, markers, fixtures and hooks; no logic of its own.

Nothing heavy is imported before a Spotify test needs it: people install this beside much else.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.outcome import OUTCOME
from pytest_spotify.run import RUN, Run, only_ours, run_of, settings_of

if TYPE_CHECKING:
    import requests

    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.secret import Secret
    from pytest_spotify.collect import ContractFile
    from pytest_spotify.contracts import Contracts
    from pytest_spotify.restore import Restore
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.target import Target

_FIXTURES = {"spotify_session", "spotify_app_session", "spotify_anonymous_session", "spotify_restore"}


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that people implement."""
    from pytest_spotify import hookspecs

    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare options and ini keys."""
    group = parser.getgroup("spotify", "contract tests for the Spotify Web API")
    add = group.addoption
    add("--spotify-live", action="store_true", help="Ask the real Web API instead of replaying cassettes.")
    add(
        "--spotify-sandbox",
        action="store_true",
        help="Live against a bundled sandbox that is started for the run; ignores SPOTIFY_* credentials.",
    )
    add("--spotify-write", action="store_true", help="Let a live run change the account.")
    add(
        "--spotify-access",
        metavar="ACCESS",
        help="development, development-older or extended (else SPOTIFY_ACCESS, else ini spotify_access).",
    )
    add("--spotify-strict", action="store_true", help="Fail for unknown fields and operations too.")
    add("--spotify-suite", action="store_true", help="Run the bundled contracts; alone, run only them.")
    add("--spotify-api-url", metavar="URL", help="Where a live run finds the Web API.")
    add("--spotify-accounts-url", metavar="URL", help="Where a live run finds the accounts service.")
    add("--spotify-max-requests", metavar="N", type=int, default=0, help="Requests a live run may send.")
    parser.addini("spotify_access", "Which Web API the app may use (default: development).", default="")
    parser.addini("spotify_cassette_dir", "Where contract items are recorded.", default="cassettes")
    parser.addini("spotify_operations", "Operations that a live run is limited to.", type="args", default=[])
    parser.addini(
        "spotify_isolation", "Refuse the network to Spotify tests in replay.", type="bool", default=True
    )


@pytest.hookimpl
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Add the bundled contracts to what is collected."""
    if early_config.known_args_namespace.spotify_suite:
        from pytest_spotify.loading import bundled_folder

        args.append(str(bundled_folder()))


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers and settle what kind of run this is."""
    config.addinivalue_line("markers", "spotify: traffic with Spotify is recorded, replayed and checked")
    config.addinivalue_line("markers", "spotify_write: changes the account; live only with --spotify-write")
    run = config.stash[RUN] = Run(config, settings_of(config))
    config.add_cleanup(run.close)
    if not run.settings.live and config.getini("spotify_isolation"):
        from pytest_spotify.isolation import refuse_spotify_names

        refuse_spotify_names()  # never lifted: it also covers what runs at exit


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ContractFile | None:
    """Collect contract files, wherever they lie in the tree."""
    if not file_path.name.endswith(".contract.json"):
        return None
    from pytest_spotify.collect import contract_file

    return contract_file(file_path, parent)


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


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a run that cannot work, before any test has run."""
    ours = only_ours(session.items)
    if ours and not session.config.getoption("collectonly"):
        from pytest_spotify.selection import refuse_hopeless

        refuse_hopeless(ours, session.items, run_of(session.config))


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> str | None:
    """Say what kind of run this is, where there are Spotify tests."""
    ours = only_ours(items)
    if not ours:
        return None
    from pytest_spotify.selection import header

    return header(ours, run_of(config))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Guard a marked test, and keep a replayed one on this machine."""
    if item.get_closest_marker("spotify") is None:
        return (yield)
    from pytest_spotify.guard import guarded
    from pytest_spotify.selection import isolated

    with ExitStack() as stack:
        stack.enter_context(isolated(item))
        if isinstance(item, pytest.Function):
            stack.enter_context(guarded(item))
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, live, a marked test that may not write or needs what the account lacks."""
    __tracebackhide__ = True
    marked = isinstance(item, pytest.Function) and item.get_closest_marker("spotify") is not None
    if marked and run_of(item.config).settings.live:
        from pytest_spotify.admission import admit

        admit(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what a marked test exchanged, as part of its call."""
    __tracebackhide__ = True
    if not isinstance(item, pytest.Function) or item.get_closest_marker("spotify") is None:
        return (yield)
    from pytest_spotify.guard import called

    with called(item):
        return (yield)


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
    reports = [
        report
        for category in terminalreporter.stats.values()
        for report in category
        if hasattr(report, "spotify")
    ]
    if reports:
        from pytest_spotify.reporting import summarize

        summarize(terminalreporter, reports, run_of(config))


@pytest.fixture
def spotify_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session with a user's token; `get("/me")` resolves against the API URL."""
    yield from _session(request, "user")


@pytest.fixture
def spotify_app_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session with the app's own token (client credentials)."""
    yield from _session(request, "app")


@pytest.fixture
def spotify_anonymous_session(request: pytest.FixtureRequest) -> Iterator[requests.Session]:
    """A session that sends no authorization at all."""
    yield from _session(request, None)


def _session(request: pytest.FixtureRequest, token_of: Any) -> Iterator[requests.Session]:
    from pytest_spotify.guard import session_of

    with session_of(request.node, token_of) as session:
        yield session


@pytest.fixture
def spotify_restore(pytestconfig: pytest.Config) -> Iterator[Restore]:
    """Remembers what a test changes of the account, and puts it back at its end; does nothing in replay."""
    from pytest_spotify.restore import restore_of

    restore = restore_of(run_of(pytestconfig))
    yield restore
    restore.put_back()


@pytest.fixture(scope="session")
def spotify_token(pytestconfig: pytest.Config) -> Secret:
    """A user's access token: `.reveal()` gives the text that a client library needs; a dummy in replay."""
    return run_of(pytestconfig).source("user").token().access_token


@pytest.fixture(scope="session")
def spotify_credentials(pytestconfig: pytest.Config) -> Credentials:
    """The app's credentials; dummies in replay."""
    return run_of(pytestconfig).credentials


@pytest.fixture(scope="session")
def spotify_contracts(pytestconfig: pytest.Config) -> Contracts:
    """The contracts of this run, to hold responses against."""
    from pytest_spotify.contracts import Contracts

    return Contracts(run_of(pytestconfig).rules)


@pytest.fixture(scope="session")
def spotify_target(pytestconfig: pytest.Config) -> Target:
    """The addresses of this run, `.api_url` and `.accounts_url`; Spotify's own in replay."""
    return run_of(pytestconfig).target


@pytest.fixture(scope="session")
def spotify_sandbox(pytestconfig: pytest.Config) -> Sandbox:
    """The local stand-in for Spotify, started on first use and stopped with the run."""
    return run_of(pytestconfig).sandbox
