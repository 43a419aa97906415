"""The options that say whose sign-in a command is about, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from pytest_spotify.access import Access, parse_access
from pytest_spotify.api import Contracts
from pytest_spotify.auth import environment
from pytest_spotify.auth.credentials import (
    DEFAULT_PROFILE,
    Credentials,
    login_command,
    refresh_token_variable,
)
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.errors import InvalidTarget, MissingCredentials
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL
from pytest_spotify.files import real_path
from pytest_spotify.redaction.masking import emit_masks, in_github_actions
from pytest_spotify.transport.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOptions:
    """Options shared by login, logout and doctor: environment, profile and target."""

    environ: Mapping[str, str]
    profile: str
    target: Target

    @property
    def credentials(self) -> Credentials:
        """Return the credentials; raises MissingCredentials for a malformed variable."""
        return Credentials.from_environment(self.environ, self.profile)

    @property
    def access(self) -> Access:
        """Return the access that the environment names; raises MissingCredentials for another word."""
        try:
            return parse_access(self.environ.get("SPOTIFY_ACCESS") or "development")
        except ValueError as error:
            raise MissingCredentials(f"SPOTIFY_ACCESS names {error}.") from None

    @property
    def login_command(self) -> str:
        """Return the command that signs the profile in at the target."""
        command = login_command(self.profile)
        if self.target.is_spotify:
            return command
        return f"{command} --api-url={self.target.api_url} --accounts-url={self.target.accounts_url}"

    def identity(self, credentials: Credentials, folder: Path | None = None) -> AuthorizedUser:
        """Return the user of the credentials at the target; tokens are in `folder`, if one is given."""
        return AuthorizedUser(credentials, self.target, folder=folder, on_secrets=_mask)

    def contracts(self) -> list[Contract]:
        """Return the bundled contracts, with those of the project's folder `contracts` in their place."""
        bundled = loader.bundled_contracts_dir().resolve()
        files = [real_path(path) for path in loader.contract_files(Path("contracts"))]
        return list(Contracts.load(path for path in files if not path.is_relative_to(bundled)))


def account_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options, and hand it a `AccountOptions` in their place."""

    @click.option("--profile", metavar="NAME", default=DEFAULT_PROFILE, help="Which of the app's users.")
    @click.option(
        "--env-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Read SPOTIFY_* that are not set from this file (default: SPOTIFY_ENV_FILE; else none is read).",
    )
    @click.option("--api-url", metavar="URL", default=API_URL, show_default=True, help="The Web API.")
    @click.option(
        "--accounts-url", metavar="URL", default=ACCOUNTS_URL, show_default=True, help="The accounts service."
    )
    @wraps(command)
    def with_account(
        *, profile: str, env_file: Path | None, api_url: str, accounts_url: str, **rest: Any
    ) -> None:
        refresh_token_variable(profile)  # raises for a name that cannot be one
        try:
            target = Target(api_url=api_url, accounts_url=accounts_url)
        except InvalidTarget as error:
            raise click.UsageError(str(error).replace("--spotify-", "--")) from None
        environ = environment(os.environ, env_file)
        command(AccountOptions(environ=environ, profile=profile, target=target), **rest)

    return with_account


def _mask(texts: Iterable[str]) -> None:
    # Standard output is for `--json` and `--print-env`; the runner reads standard error alike.
    if in_github_actions(os.environ):
        emit_masks(texts, descriptor=2)
