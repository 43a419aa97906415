"""The state of one pytest run, which its tests share; replay needs no more than this.

Built once in `pytest_configure` and held in `config.stash`. Parts that cost something (contracts, the
sandbox) are made when first used, so that a run without Spotify tests pays nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.errors import INSTALL_SANDBOX
from pytest_spotify.plugin.options import Settings

if TYPE_CHECKING:
    from pytest_spotify.contracts.registry import ContractRegistry
    from pytest_spotify.plugin.live import LiveServices
    from pytest_spotify.redaction.masking import KnownSecrets
    from pytest_spotify.sandbox import Sandbox

CLIENT_VARIABLES = {
    "client_id": ("SPOTIFY_CLIENT_ID", "SPOTIPY_CLIENT_ID"),
    "client_secret": ("SPOTIFY_CLIENT_SECRET", "SPOTIPY_CLIENT_SECRET"),
    "redirect_uri": ("SPOTIFY_REDIRECT_URI", "SPOTIPY_REDIRECT_URI"),
    "refresh_token": ("SPOTIFY_REFRESH_TOKEN",),
}
"""The environment variables in which clients look for credentials."""


class PluginState:
    """The parts that the tests of a run share. Closed at its end."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self.config = config
        self.settings = settings
        self.contract_files: list[Path] = []
        self.header = ""  # the kind of run, once it is known what is selected
        self.deselected = False  # something that was collected is left out
        self.unused_cassettes: list[str] = []
        self.closing = ExitStack()
        self.live = self._make_live() if settings.live else None

    @cached_property
    def registry(self) -> ContractRegistry:
        """Return the bundled contracts, with the project's in place of those for the same operation."""
        from pytest_spotify.contracts import loader, registry
        from pytest_spotify.files import real_path

        # Those in `contracts` count for a marked test too when only its own module is collected.
        bundled = loader.bundled_contracts_dir().resolve()
        collected = {real_path(path) for path in self.contract_files}
        paths = {path for path in collected if not path.is_relative_to(bundled)}
        user_contracts = sorted(paths | {*loader.project_contracts(self.config.rootpath)})
        access = self.settings.access
        return registry.load(user_contracts, access) if user_contracts else registry.bundled(access)

    @cached_property
    def sandbox(self) -> Sandbox:
        """Return the sandbox of this process, started; raises UsageError without the extra."""
        try:
            from pytest_spotify.sandbox import Sandbox
        except ModuleNotFoundError as error:
            raise pytest.UsageError(
                f"the sandbox needs {str(error.name).partition('.')[0]}: {INSTALL_SANDBOX}"
            ) from None
        return self.closing.enter_context(Sandbox(access=self.settings.access))

    @cached_property
    def known_secrets(self) -> KnownSecrets:
        """Return the registry of secrets that must never appear in output or cassettes."""
        from pytest_spotify.plugin.live import mask_in_job_log
        from pytest_spotify.redaction.masking import KnownSecrets

        known_secrets = KnownSecrets(partial(mask_in_job_log, self.config))
        known_secrets.add_provider(lambda: self._environment_secrets)
        return known_secrets

    @cached_property
    def shared_dir(self) -> Path:
        """Return the directory that the xdist workers of this run share, made by their controller."""
        from pytest_spotify.plugin.xdist import make_temp_dir

        return make_temp_dir(self.closing)

    @property
    def verbose(self) -> bool:
        """Return True if failures are shown in full (`-vv`)."""
        return self.config.get_verbosity() >= 2

    def display_path(self, path: Path) -> str:
        """Return a path as users know it: relative to the root directory if it lies there."""
        root = self.config.rootpath
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    def _make_live(self) -> LiveServices:
        from pytest_spotify.plugin.live import LiveServices

        return LiveServices(
            self.config,
            self.settings,
            closing=self.closing,
            known_secrets=self.known_secrets,
            get_sandbox=lambda: self.sandbox,
        )

    @cached_property
    def _environment_secrets(self) -> list[str]:
        from pytest_spotify.auth import environment
        from pytest_spotify.errors import SpotifyTestError
        from pytest_spotify.redaction.patterns import environment_secrets

        variables: Mapping[str, str] = os.environ
        with suppress(SpotifyTestError):  # raised again where it is needed; what is set is secret
            variables = environment(os.environ)
        return list(environment_secrets(variables).values())


STATE: pytest.StashKey[PluginState] = pytest.StashKey()


def get_state(config: pytest.Config) -> PluginState:
    """Return the state of a run."""
    return config.stash[STATE]


def spotify_items(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the items that are marked `spotify`."""
    return [item for item in items if item.get_closest_marker("spotify")]


@contextmanager
def client_variables(values: Mapping[str, str]) -> Iterator[None]:
    """Set the environment variables in which clients look for credentials, each under all its names."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            for variable in CLIENT_VARIABLES[name]:
                patch.setenv(variable, value)
        yield
