"""The options and ini keys of the plugin, and the settings that they come to.

Options beat the environment, which beats ini keys.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, cast

import pytest

from pytest_spotify.access import Access, parse_access
from pytest_spotify.errors import InvalidTarget, MissingCredentials, MissingExtra

REPORT_SUFFIXES = (".html", ".json", ".md")
RecordMode = Literal["none", "once", "rewrite", "all"]


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
    add(
        "--spotify-keep-going",
        action="store_true",
        help="Let a live run ask on after an outage, or where Spotify limits it for long.",
    )
    add(
        "--spotify-report",
        metavar="FILE",
        action="append",
        default=[],
        help="Write a report of the run: FILE.html, FILE.json or FILE.md; may be repeated.",
    )
    parser.addini("spotify_access", "Which Web API the app may use (default: development).", default="")
    parser.addini("spotify_cassette_dir", "Where contract items are recorded.", default="cassettes")
    parser.addini("spotify_bodies", "Bodies kept for mocks: GLOB = OPERATION [STATUS].", type="linelist")
    parser.addini("spotify_traffic", "HAR files and cassettes to check, as globs.", type="args", default=[])
    parser.addini("spotify_import", "Folder of stock cassettes that marked tests replay.", default="")
    parser.addini("spotify_cassette_max_age", "Days after which a recording is too old.", default="")
    parser.addini("spotify_operations", "Operations that a live run is limited to.", type="args", default=[])
    parser.addini(
        "spotify_isolation", "Refuse the network to Spotify tests in replay.", type="bool", default=True
    )


class Settings(NamedTuple):
    """The settings of one run; each run of pytest makes this class, and a dataclass takes thrice as long."""

    live: bool
    sandbox: bool
    record_mode: RecordMode
    allow_writes: bool
    strict: bool
    access: Access
    addresses: Mapping[str, str]
    max_requests: int
    keep_going: bool  # a live run is not stopped by an outage
    cassette_dir: Path
    operations: frozenset[str]  # that a live run is limited to
    max_age: int  # days; 0 is no limit
    body_fixtures: Sequence[BodyFixture]
    traffic_globs: Sequence[str]
    import_dir: str  # beside a module: where pytest-recording keeps its cassettes
    report_files: Sequence[Path]
    isolated: bool  # replay, and a Spotify test may reach this machine only

    @property
    def mode(self) -> str:
        """Return the run's mode in a word or two, for the header."""
        if not self.live:
            return "replay"
        return "live" if self.record_mode == "none" else f"live, recording ({self.record_mode})"


def usage_error(message: str) -> pytest.UsageError:
    """Return an error that ends the run, laid out as pytest prints it: after `ERROR: `."""
    from pytest_spotify.report.layout import terminal_width, wrap

    start = "ERROR: "
    return pytest.UsageError(wrap(start + message, terminal_width()).removeprefix(start))


def read_settings(config: pytest.Config) -> Settings:
    """Return the settings of a run; raises UsageError for what does not go together."""
    sandbox = bool(config.getoption("--spotify-sandbox"))
    live = sandbox or bool(config.getoption("--spotify-live"))
    writes = bool(config.getoption("--spotify-write"))
    if writes and not live:
        raise pytest.UsageError(
            "--spotify-write has no effect in replay: add --spotify-live, or --spotify-sandbox to try it out"
        )
    max_requests = int(config.getoption("--spotify-max-requests") or 0)
    if max_requests < 0:
        raise pytest.UsageError(
            f"--spotify-max-requests={max_requests}: expected 1 or more, or 0 for no limit"
        )
    return Settings(
        live=live,
        sandbox=sandbox,
        record_mode=_record_mode(config, live=live),
        allow_writes=writes,
        strict=bool(config.getoption("--spotify-strict")),
        access=_access(config),
        addresses=_addresses(config, live=live, sandbox=sandbox),
        max_requests=max_requests,
        keep_going=bool(config.getoption("--spotify-keep-going")),
        cassette_dir=Path(os.path.abspath(config.rootpath / str(config.getini("spotify_cassette_dir")))),
        operations=frozenset(cast("list[str]", config.getini("spotify_operations")) if live else ()),
        max_age=_max_age(config),
        isolated=not live and bool(config.getini("spotify_isolation")),
        report_files=_report_files(cast("list[str]", config.getoption("--spotify-report"))),
        traffic_globs=cast("list[str]", config.getini("spotify_traffic")),
        import_dir=str(config.getini("spotify_import")).strip(),
        body_fixtures=_body_fixtures(cast("list[str]", config.getini("spotify_bodies"))),
    )


class BodyFixture(NamedTuple):
    """Body files that a project uses for its mocks, below the root of the run, with their operation."""

    glob: str
    operation: str
    status: int


_BODY_FIXTURE = re.compile(
    r"(?P<glob>\S.*?)\s*=\s*(?P<operation>[a-z0-9-]+)(?:\s+(?P<status>[1-5][0-9]{2}))?"
)


def _body_fixtures(lines: Sequence[str]) -> list[BodyFixture]:
    fixtures = []
    for line in lines:
        match = _BODY_FIXTURE.fullmatch(line.strip())
        if match is None or Path(match["glob"]).is_absolute():
            raise pytest.UsageError(
                f"ini spotify_bodies: {line.strip()!r}: expected GLOB = OPERATION [STATUS], the glob from "
                "the root of the run, as in: tests/fixtures/playlist*.json = get-playlist"
            )
        fixtures.append(
            BodyFixture(glob=match["glob"], operation=match["operation"], status=int(match["status"] or 200))
        )
    return fixtures


def _report_files(names: Sequence[str]) -> list[Path]:
    """Return the files of a report as absolute paths; raises UsageError for one that cannot be written."""
    files = [Path(os.path.abspath(name)) for name in names]
    for name, file in zip(names, files, strict=True):
        if file.suffix not in REPORT_SUFFIXES:
            raise pytest.UsageError(f"--spotify-report={name}: expected FILE.html, FILE.json or FILE.md")
        if not file.parent.is_dir():
            raise pytest.UsageError(f"--spotify-report={name}: there is no folder {file.parent}")
    if any(file.suffix == ".html" for file in files):
        from pytest_spotify.report.page import load_template

        try:
            load_template()
        except MissingExtra as error:
            raise pytest.UsageError(str(error)) from None
    return files


def _max_age(config: pytest.Config) -> int:
    days = str(config.getini("spotify_cassette_max_age")).strip()
    if days and not (days.isascii() and days.isdigit()):
        raise pytest.UsageError(
            f"ini spotify_cassette_max_age = {days}: expected a number of days, or 0 for no limit"
        )
    return int(days or 0)


def _addresses(config: pytest.Config, *, live: bool, sandbox: bool) -> Mapping[str, str]:
    """Return the addresses of the options, else of the variables, as a `Target` takes them."""
    api_url, accounts_url = config.getoption("--spotify-api-url"), config.getoption("--spotify-accounts-url")
    if (api_url or accounts_url) and not live:
        raise pytest.UsageError("--spotify-api-url and --spotify-accounts-url need --spotify-live")
    if (api_url or accounts_url) and sandbox:
        raise pytest.UsageError("--spotify-sandbox starts a target of its own: leave out the addresses")
    if sandbox or not live:
        return {}
    from pytest_spotify.auth import environment
    from pytest_spotify.transport.target import resolve_target

    try:
        target = resolve_target(environment(os.environ), api_url, accounts_url)
    except (InvalidTarget, MissingCredentials) as error:
        raise pytest.UsageError(str(error)) from None
    return {} if target.is_spotify else {"api_url": target.api_url, "accounts_url": target.accounts_url}


def _record_mode(config: pytest.Config, *, live: bool) -> RecordMode:
    """Return the record mode of a live run; in replay the option is for pytest-recording only."""
    mode = config.getoption("--record-mode", default=None) if live else None
    if mode in (None, "none"):
        return "none"
    if mode in ("once", "rewrite", "all"):
        return cast("RecordMode", mode)
    raise pytest.UsageError(
        f"--record-mode={mode} cannot be used with --spotify-live: expected once, rewrite, all or none"
    )


def _access(config: pytest.Config) -> Access:
    from pytest_spotify.auth import environment

    try:
        variables = environment(os.environ)
    except MissingCredentials as error:
        raise pytest.UsageError(str(error)) from None
    for name, source in (
        (config.getoption("--spotify-access"), "--spotify-access"),
        (variables.get("SPOTIFY_ACCESS"), "SPOTIFY_ACCESS"),
        (config.getini("spotify_access"), "ini spotify_access"),
    ):
        if name:
            try:
                return parse_access(str(name))
            except ValueError as error:
                raise pytest.UsageError(f"{source}: {error}") from None
    return "development"
