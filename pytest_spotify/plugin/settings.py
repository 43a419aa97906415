"""What the options, the environment and the ini keys of a run say, resolved: the first beat the last.

Knows nothing of contracts, credentials or what a run does with its settings.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import pytest

from pytest_spotify.access import Access, parse_access
from pytest_spotify.errors import InvalidTarget, MissingCredentials

RecordMode = Literal["none", "once", "rewrite", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one run."""

    live: bool
    sandbox: bool
    record_mode: RecordMode
    allow_writes: bool
    strict: bool
    access: Access
    addresses: Mapping[str, str]
    max_requests: int
    cassette_dir: Path
    operations: frozenset[str]
    max_age: int  # days; 0 is no limit
    body_fixtures: Sequence[BodyFixture]

    @property
    def mode(self) -> str:
        """Return the run's mode in a word or two, for the header."""
        if not self.live:
            return "replay"
        return "live" if self.record_mode == "none" else f"live, recording ({self.record_mode})"


def settings_of(config: pytest.Config) -> Settings:
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
        cassette_dir=Path(os.path.abspath(config.rootpath / str(config.getini("spotify_cassette_dir")))),
        operations=frozenset(cast("list[str]", config.getini("spotify_operations"))),
        max_age=_max_age(config),
        body_fixtures=_body_fixtures(cast("list[str]", config.getini("spotify_bodies"))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFixture:
    """Bodies that a project keeps for its mocks: files below the root of the run, and whose answers."""

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


def _max_age(config: pytest.Config) -> int:
    given = str(config.getini("spotify_cassette_max_age")).strip()
    if given and not (given.isascii() and given.isdigit()):
        raise pytest.UsageError(
            f"ini spotify_cassette_max_age = {given}: expected a number of days, or 0 for no limit"
        )
    return int(given or 0)


def _addresses(config: pytest.Config, *, live: bool, sandbox: bool) -> Mapping[str, str]:
    """Return the addresses that were given, as a `Target` takes them."""
    options = {"api_url": "--spotify-api-url", "accounts_url": "--spotify-accounts-url"}
    given = {name: str(url) for name, option in options.items() if (url := config.getoption(option))}
    if not given:
        return given
    if not live:
        raise pytest.UsageError("--spotify-api-url and --spotify-accounts-url need --spotify-live")
    if sandbox:
        raise pytest.UsageError("--spotify-sandbox starts a target of its own: leave out the addresses")
    from pytest_spotify.transport.target import Target

    try:
        Target(**given)
    except InvalidTarget as error:
        raise pytest.UsageError(str(error)) from None
    return given


def _record_mode(config: pytest.Config, *, live: bool) -> RecordMode:
    """Return what a live run writes; in replay the option speaks of other people's cassettes only."""
    asked = config.getoption("--record-mode", default=None) if live else None
    if asked in (None, "none"):
        return "none"
    if asked in ("once", "rewrite", "all"):
        return cast("RecordMode", asked)
    raise pytest.UsageError(
        f"--record-mode={asked} cannot be used with --spotify-live: expected once, rewrite, all or none"
    )


def _access(config: pytest.Config) -> Access:
    from pytest_spotify.auth.environment import environment

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
