"""What one pytest run is: replay or live, under which access, against which target; and its shared parts.

Built once in `pytest_configure`, kept in `config.stash`. Parts that cost something (contracts, target,
tokens, sandbox) are made when first used, so that a run without Spotify tests pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from pytest_spotify.settings import Settings

if TYPE_CHECKING:
    from pytest_spotify.account import Account
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.guard import Guard
    from pytest_spotify.rules import Rules
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.target import Target
    from pytest_spotify.transport import LiveTransport

DUMMY = "pytest-spotify-dummy"
"""Stands for every credential in replay."""

TokenOf = Literal["user", "app"]


class Run:
    """The parts that the tests of a run share. Closed at its end."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.contract_files: list[Path] = []
        self._closing = ExitStack()
        self._sources: dict[TokenOf, TokenSource] = {}
        self._learned: set[str] = set()
        self.header = ""  # what kind of run this is, once it is known what is selected
        self.guard: Guard | None = None  # of the marked test that runs now

    @cached_property
    def rules(self) -> Rules:
        """Return the contracts: ours, with the project's in place of ours for the same operation."""
        from pytest_spotify import loading, rules

        # Those in `contracts` hold for a marked test too when only its own module is collected.
        theirs = {path.resolve() for path in self.contract_files}
        theirs |= {path.resolve() for path in loading.contract_files(self.config.rootpath / "contracts")}
        bundled = loading.bundled_folder().resolve()
        given = sorted(path for path in theirs if not path.is_relative_to(bundled))
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
        return Target(**self.settings.addresses)

    @property
    def target_name(self) -> str:
        """Return what a recording says of its target."""
        if self.settings.sandbox:
            return "sandbox"
        return "spotify" if self.target.is_spotify else self.target.api_url

    @cached_property
    def workers_folder(self) -> Path:
        """Return the folder that the xdist workers of this run share, made by their controller."""
        return self.temporary_folder()

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
        from pytest_spotify import workers
        from pytest_spotify.limits import Limits
        from pytest_spotify.transport import LiveTransport

        transport = LiveTransport(
            self.target,
            limits=Limits(max_requests=self.settings.max_requests, folder=workers.folder_of(self.config)),
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
        return [credentials.client_id, *self._learned, *(secret.reveal() for secret in known if secret)]

    def learn(self, secrets: Iterable[str]) -> None:
        """Remember tokens that a client in a test got by itself, to keep them out of what is written."""
        self._learned |= {secret for secret in secrets if secret}

    def shown(self, path: Path) -> str:
        """Return a path as people know it: from the root of the run."""
        root = self.config.rootpath
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

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
            folder = self.temporary_folder()
        return TokenStore(folder, accounts_url=self.target.accounts_url, client_id=self.credentials.client_id)

    def _accounts_service(self) -> Any:
        from pytest_spotify.auth.grants import AccountsService

        return AccountsService(
            self.target.accounts_url,
            client_id=self.credentials.client_id,
            client_secret=self.credentials.client_secret,
        )

    def temporary_folder(self) -> Path:
        """Return a new folder that is removed with the run."""
        import tempfile

        return Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="pytest-spotify-")))


RUN: pytest.StashKey[Run] = pytest.StashKey()


def run_of(config: pytest.Config) -> Run:
    """Return the run of a session."""
    return config.stash[RUN]


def only_ours(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that are marked `spotify`."""
    return [item for item in items if item.get_closest_marker("spotify")]
