"""What one pytest run is: replay or live, under which access, against which target; and its shared parts.

Built once in `pytest_configure`, kept in `config.stash`. Parts that cost something (contracts, target,
tokens, sandbox) are made when first used, so that a run without Spotify tests pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_spotify.plugin.settings import Settings

if TYPE_CHECKING:
    from pytest_spotify.access import TokenKind
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.auth.user import AuthorizedUser
    from pytest_spotify.contracts.registry import ContractRegistry
    from pytest_spotify.plugin.account_state import AccountState
    from pytest_spotify.plugin.known import KnownSecrets
    from pytest_spotify.plugin.marked.traffic import MarkedTestTraffic
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.transport.live import LiveTransport
    from pytest_spotify.transport.target import Target

DUMMY_TOKEN = "pytest-spotify-dummy"
"""Stands for every credential in replay."""


class PluginState:
    """The parts that the tests of a run share. Closed at its end."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.contract_files: list[Path] = []
        self._closing = ExitStack()
        self._identities: dict[str, AuthorizedUser] = {}
        self.header = ""  # what kind of run this is, once it is known what is selected
        self.deselected = False  # something that was collected is left out
        self.unused_cassettes: list[str] = []  # recordings of no test
        self.guard: MarkedTestTraffic | None = None  # of the marked test that runs now

    @cached_property
    def registry(self) -> ContractRegistry:
        """Return the contracts: ours, with the project's in place of ours for the same operation."""
        from pytest_spotify.contracts import loader, registry

        # Those in `contracts` hold for a marked test too when only its own module is collected.
        theirs = {path.resolve() for path in self.contract_files}
        theirs |= {path.resolve() for path in loader.contract_files(self.config.rootpath / "contracts")}
        bundled = loader.bundled_contracts_dir().resolve()
        given = sorted(path for path in theirs if not path.is_relative_to(bundled))
        return registry.load(given, self.settings.access) if given else registry.bundled(self.settings.access)

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
        from pytest_spotify.transport.target import Target

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
        return self._temporary_folder()

    @cached_property
    def credentials(self) -> Credentials:
        """Return the sandbox's credentials, a hook's, or the environment's; dummies in replay."""
        from pytest_spotify.auth.credentials import Credentials
        from pytest_spotify.redaction.secret import Secret

        if not self.settings.live:
            return Credentials(
                client_id=DUMMY_TOKEN, client_secret=Secret(DUMMY_TOKEN), refresh_token=Secret(DUMMY_TOKEN)
            )
        if self.settings.sandbox:
            return Credentials(
                client_id=self.sandbox.client_id,
                client_secret=Secret(self.sandbox.client_secret),
                refresh_token=Secret(self.sandbox.refresh_token),
            )
        given = self.config.hook.pytest_spotify_credentials(config=self.config)
        return cast("Credentials", given) if given else Credentials.from_environment(self._environ)

    @cached_property
    def transport(self) -> LiveTransport:
        """Return what sends this process's requests."""
        from pytest_spotify.plugin import xdist
        from pytest_spotify.transport.budget import RequestBudget
        from pytest_spotify.transport.live import LiveTransport

        transport = LiveTransport(
            self.target,
            budget=RequestBudget(
                max_requests=self.settings.max_requests, folder=xdist.shared_dir(self.config)
            ),
            writes=self.settings.allow_writes,
        )
        self._closing.callback(transport.close)
        return transport

    @cached_property
    def account(self) -> AccountState:
        """Return what the signed-in account has, asked for when needed."""
        from pytest_spotify.plugin.account_state import AccountState
        from pytest_spotify.transport.session import SpotifySession

        return AccountState(
            SpotifySession(self.transport, authorization=self.token_source("user"), target=self.target)
        )

    def identity(self, profile: str = "default") -> AuthorizedUser:
        """Return one of the app's users: where tokens come from in a live run."""
        from pytest_spotify.auth.user import AuthorizedUser
        from pytest_spotify.plugin.masks import mask

        if profile not in self._identities:
            self._identities[profile] = AuthorizedUser(
                self._credentials_of(profile),
                self.target,
                folder=self._token_folder(),
                on_secrets=partial(mask, self.config),
            )
        return self._identities[profile]

    def has_token(self, token_kind: TokenKind, profile: str = "default") -> bool:
        """Say whether a live run can get a token of that kind without asking anybody."""
        return self.identity(profile).has_token(token_kind)

    def token_source(self, token_kind: TokenKind, profile: str = "default") -> TokenSource:
        """Return where tokens come from: a dummy in replay; a user's token serves an app's cases too."""
        from pytest_spotify.auth.source import TokenSource

        if not self.settings.live:
            return TokenSource.dummy()
        if token_kind == "app" and not self.has_token("app"):
            token_kind = "user"
        return self.identity(profile).token_source(token_kind)

    def require_token(self, token_kind: TokenKind) -> None:
        """Raise MissingCredentials, naming variables and the next command, where no such token can be had."""
        self.identity().require_token(token_kind)

    @cached_property
    def known_secrets(self) -> KnownSecrets:
        """Return what may not be shown or written."""
        from pytest_spotify.plugin.known import KnownSecrets

        return KnownSecrets(self.config, self._identities)

    def secrets(self) -> list[str]:
        """Return every secret that this run knows, for the search before something is written."""
        self.identity()
        return self.known_secrets.secrets()

    @property
    def verbose(self) -> bool:
        """Return whether failures are told in full (`-vv`)."""
        return self.config.get_verbosity() >= 2

    def display_path(self, path: Path) -> str:
        """Return a path as people know it: from the root of the run."""
        root = self.config.rootpath
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    def close(self) -> None:
        """Stop the sandbox and close connections."""
        self._closing.close()

    @cached_property
    def _environ(self) -> Mapping[str, str]:
        from pytest_spotify.auth.environment import environment

        return environment(os.environ)

    def _credentials_of(self, profile: str) -> Credentials:
        """Return the credentials with the refresh token of a profile in place of the default's."""
        from pytest_spotify.auth.credentials import DEFAULT_PROFILE, Credentials
        from pytest_spotify.redaction.secret import Secret

        ours = self.credentials
        if profile == DEFAULT_PROFILE:
            return ours
        if self.settings.sandbox:
            return replace(ours, refresh_token=Secret(self.sandbox.sign_in(profile)), profile=profile)
        theirs = Credentials.from_environment(self._environ, profile)
        return replace(theirs, client_id=ours.client_id, client_secret=ours.client_secret)

    def _token_folder(self) -> Path:
        """Return where tokens are kept: with the user's, or for this run alone.

        That is where they end with the sandbox, and where a CI machine has no folder of the user's: what the
        environment holds needs none.
        """
        from pytest_spotify.auth.store import default_folder, is_usable_for
        from pytest_spotify.plugin import xdist

        folder = default_folder()
        if self.settings.sandbox:
            return self._temporary_folder()
        if not is_usable_for(folder, self.credentials):
            shared = xdist.shared_dir(self.config)
            return shared / "tokens" if shared else self._temporary_folder()
        return folder

    def _temporary_folder(self) -> Path:
        """Return a new folder that is removed with the run."""
        import tempfile

        return Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="pytest-spotify-")))


STATE: pytest.StashKey[PluginState] = pytest.StashKey()


def get_state(config: pytest.Config) -> PluginState:
    """Return the run of a session."""
    return config.stash[STATE]


def spotify_items(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that are marked `spotify`."""
    return [item for item in items if item.get_closest_marker("spotify")]
