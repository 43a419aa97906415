"""What one pytest run is: replay or live, under which access, against which target; and its shared parts.

Built once in `pytest_configure`, kept in `config.stash`. Parts that cost something (contracts, target,
tokens, sandbox) are made when first used, so that a run without Spotify tests pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from pytest_spotify.access import Access, access_named

if TYPE_CHECKING:
    from pytest_spotify.account import Account
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.rules import Rules
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.target import Target
    from pytest_spotify.transport import LiveTransport

DUMMY = "pytest-spotify-dummy"
"""Stands for every credential in replay."""

RecordMode = Literal["none", "once", "rewrite", "all"]
TokenOf = Literal["user", "app"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options, environment and ini keys of a run, resolved: options beat environment beats ini."""

    live: bool
    sandbox: bool
    record: RecordMode
    writes: bool
    strict: bool
    access: Access
    api_url: str | None
    accounts_url: str | None
    max_requests: int
    cassettes: Path
    operations: frozenset[str]

    @property
    def mode(self) -> str:
        """Return the run's mode in a word or two, for the header."""
        if not self.live:
            return "replay"
        return "live" if self.record == "none" else f"live, recording ({self.record})"


def settings_of(config: pytest.Config) -> Settings:
    """Return the settings of a run; raises UsageError for what does not go together."""
    sandbox = bool(config.getoption("--spotify-sandbox"))
    live = sandbox or bool(config.getoption("--spotify-live"))
    writes = bool(config.getoption("--spotify-write"))
    if writes and not live:
        raise pytest.UsageError(
            "--spotify-write has no effect in replay: add --spotify-live, or --spotify-sandbox to try it safely"
        )
    urls = (config.getoption("--spotify-api-url"), config.getoption("--spotify-accounts-url"))
    if any(urls) and not live:
        raise pytest.UsageError("--spotify-api-url and --spotify-accounts-url need --spotify-live")
    if any(urls) and sandbox:
        raise pytest.UsageError("--spotify-sandbox starts a target of its own: leave out the addresses")
    return Settings(
        live=live,
        sandbox=sandbox,
        record=_record_mode(config, live=live),
        writes=writes,
        strict=bool(config.getoption("--spotify-strict")),
        access=_access(config),
        api_url=urls[0],
        accounts_url=urls[1],
        max_requests=int(config.getoption("--spotify-max-requests") or 0),
        cassettes=config.rootpath / str(config.getini("spotify_cassette_dir")),
        operations=frozenset(cast("list[str]", config.getini("spotify_operations"))),
    )


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
    option = config.getoption("--spotify-access")
    for name, source in (
        (option, "--spotify-access"),
        (os.environ.get("SPOTIFY_ACCESS"), "SPOTIFY_ACCESS"),
        (config.getini("spotify_access"), "spotify_access"),
    ):
        if name:
            try:
                return access_named(str(name))
            except ValueError as error:
                raise pytest.UsageError(f"{source}: {error}") from None
    return "development"


class Run:
    """The parts that the tests of a run share. Closed at its end."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.contract_files: list[Path] = []
        self._closing = ExitStack()
        self._sources: dict[TokenOf, TokenSource] = {}

    @cached_property
    def rules(self) -> Rules:
        """Return the contracts: ours, with the collected ones in place of ours for the same operation."""
        from pytest_spotify import loading, rules

        ours = loading.bundled_folder()
        given = [path for path in self.contract_files if not path.resolve().is_relative_to(ours.resolve())]
        return rules.load(given, self.settings.access) if given else rules.bundled(self.settings.access)

    @cached_property
    def sandbox(self) -> Sandbox:
        """Return the sandbox of this process, started; raises UsageError without the extra."""
        try:
            from pytest_spotify.sandbox import Sandbox
        except ModuleNotFoundError as error:
            raise pytest.UsageError(
                f"the sandbox needs {error.name}; pip install 'pytest-spotify[sandbox]'"
            ) from None
        return self._closing.enter_context(Sandbox(access=self.settings.access))

    @cached_property
    def target(self) -> Target:
        """Return what requests are sent to; Spotify itself in replay."""
        from pytest_spotify.target import Target

        if not self.settings.live:
            return Target.spotify()
        if self.settings.sandbox:
            return Target(api_url=self.sandbox.api_url, accounts_url=self.sandbox.accounts_url)
        given = {"api_url": self.settings.api_url, "accounts_url": self.settings.accounts_url}
        return Target(**{name: url for name, url in given.items() if url})

    @property
    def target_name(self) -> str:
        """Return what a recording says of its target."""
        if self.settings.sandbox:
            return "sandbox"
        return "spotify" if self.target.is_spotify else self.target.api_url

    @cached_property
    def credentials(self) -> Credentials:
        """Return the sandbox's credentials, a hook's, or the environment's; dummies in replay."""
        from pytest_spotify.auth.credentials import Credentials
        from pytest_spotify.auth.secret import Secret

        if not self.settings.live:
            return Credentials(client_id=DUMMY, client_secret=Secret(DUMMY), refresh_token=Secret(DUMMY))
        if self.settings.sandbox:
            return Credentials(
                client_id=self.sandbox.client_id,
                client_secret=Secret(self.sandbox.client_secret),
                refresh_token=Secret(self.sandbox.refresh_token),
            )
        given = self.config.hook.pytest_spotify_credentials(config=self.config)
        return cast("Credentials", given) if given else Credentials.from_environment(os.environ)

    @cached_property
    def transport(self) -> LiveTransport:
        """Return what sends this process's requests."""
        from pytest_spotify.limits import Limits
        from pytest_spotify.transport import LiveTransport

        transport = LiveTransport(
            self.target,
            limits=Limits(max_requests=self.settings.max_requests, folder=self._shared_folder()),
            writes=self.settings.writes,
        )
        self._closing.callback(transport.close)
        return transport

    @cached_property
    def account(self) -> Account:
        """Return what the signed-in account has, asked for when needed."""
        from pytest_spotify.account import Account
        from pytest_spotify.session import SpotifySession

        return Account(SpotifySession(self.transport, authorization=self.source("user"), target=self.target))

    def has(self, token_of: TokenOf) -> bool:
        """Say whether a live run can get a token of that kind without asking anybody."""
        return not self.credentials.missing(token_of, signed_in=self._signed_in())

    def source(self, token_of: TokenOf) -> TokenSource:
        """Return where tokens come from: a dummy in replay; a user's token serves an app's cases too."""
        from pytest_spotify.auth.source import TokenSource

        if not self.settings.live:
            return TokenSource.dummy()
        if token_of == "app" and not self.has("app"):
            token_of = "user"
        if token_of not in self._sources:
            make = TokenSource.user if token_of == "user" else TokenSource.app
            self._sources[token_of] = make(
                self.credentials, service=self._accounts_service(), store=self._store
            )
        return self._sources[token_of]

    def demand(self, token_of: TokenOf) -> None:
        """Raise MissingCredentials, naming variables and the next command, where no such token can be had."""
        self.credentials.demand(token_of, signed_in=self._signed_in())

    def secrets(self) -> list[str]:
        """Return every secret that this run knows, for the search before something is written."""
        if not self.settings.live:
            return []
        credentials = self.credentials
        known = [credentials.client_secret, credentials.refresh_token]
        known += [secret for source in self._sources.values() for secret in source.known()]
        return [credentials.client_id, *(secret.reveal() for secret in known if secret)]

    def close(self) -> None:
        """Stop the sandbox and close connections."""
        self._closing.close()

    def _signed_in(self) -> bool:
        if self.settings.sandbox or not self.credentials.client_id:
            return False
        return self._store.get("user") is not None

    @cached_property
    def _store(self) -> Any:
        from pytest_spotify.auth.store import TokenStore, default_folder

        folder = default_folder()
        if self.settings.sandbox:  # its tokens end with it
            folder = self._temporary_folder()
        return TokenStore(folder, accounts_url=self.target.accounts_url, client_id=self.credentials.client_id)

    def _accounts_service(self) -> Any:
        from pytest_spotify.auth.grants import AccountsService

        return AccountsService(
            self.target.accounts_url,
            client_id=self.credentials.client_id,
            client_secret=self.credentials.client_secret,
        )

    def _temporary_folder(self) -> Path:
        import tempfile

        return Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="pytest-spotify-")))

    def _shared_folder(self) -> Path | None:
        """Return a folder that all xdist workers of the run share, or None without workers."""
        shared = getattr(self.config, "workerinput", {}).get("spotify_folder")
        return Path(shared) if shared else None


RUN: pytest.StashKey[Run] = pytest.StashKey()


def run_of(config: pytest.Config) -> Run:
    """Return the run of a session."""
    return config.stash[RUN]


def only_ours(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that are marked `spotify`."""
    return [item for item in items if item.get_closest_marker("spotify")]
