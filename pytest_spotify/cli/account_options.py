"""The options that say whose sign-in a command is about, and what they come to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
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
from pytest_spotify.auth.store import default_folder, is_usable_for
from pytest_spotify.auth.temporary import temporary_folder
from pytest_spotify.auth.user import AuthorizedUser
from pytest_spotify.contracts import Contract, loader
from pytest_spotify.errors import INSTALL_SANDBOX, InvalidTarget, MissingCredentials, MissingExtra
from pytest_spotify.redaction.workflow_commands import emit_masks, in_github_actions
from pytest_spotify.transport.target import ACCOUNTS_URL_VARIABLE, API_URL_VARIABLE, Target, resolve_target


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOptions:
    """Options of the commands about a sign-in: environment, profile and target.

    `addresses` are the options that name the target, as somebody has to type them again for it.
    """

    environ: Mapping[str, str]
    profile: str
    target: Target
    addresses: tuple[str, ...] = ()
    folder: Path | None = None  # of tokens; None is the user's own

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
        return " ".join([login_command(self.profile), *self.addresses])

    def identity(self, credentials: Credentials, folder: Path | None = None) -> AuthorizedUser:
        """Return the user of the credentials at the target; tokens are in `folder`, if one is given."""
        return AuthorizedUser(credentials, self.target, folder=folder, on_secrets=_mask)

    def authorized_user(self, credentials: Credentials, closing: ExitStack) -> AuthorizedUser:
        """Return the user as a live run has it: what the environment holds needs no folder of the user's.

        Where there is none to write to, tokens are in one that goes with `closing`.
        """
        folder = self.folder or default_folder()
        if not is_usable_for(folder, credentials):
            folder = closing.enter_context(temporary_folder())
        return self.identity(credentials, folder)

    def contracts(self) -> list[Contract]:
        """Return the bundled contracts, with those of the project's folder `contracts` in their place."""
        return list(Contracts.load(loader.project_contracts(Path())))


def sandbox_account(
    closing: ExitStack, access: Access
) -> tuple[AccountOptions, Callable[[Iterable[str]], None]]:
    """Return the account of a bundled sandbox that runs until `closing`, and how to meet its needs.

    Raises MissingExtra where the sandbox's packages are not installed.
    """
    try:
        from pytest_spotify.sandbox import Sandbox
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        raise MissingExtra(f"the sandbox needs {missing}: {INSTALL_SANDBOX}") from None
    sandbox = closing.enter_context(Sandbox(access))
    options = AccountOptions(
        environ=sandbox.variables,
        profile=DEFAULT_PROFILE,
        target=resolve_target(sandbox.variables, None, None, prefix="--"),
        folder=closing.enter_context(temporary_folder()),
    )
    return options, sandbox.arrange


def account_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options, and hand it an `AccountOptions` in their place."""

    @click.option("--profile", metavar="NAME", default=DEFAULT_PROFILE, help="Which of the app's users.")
    @click.option(
        "--env-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Read SPOTIFY_* that are not set from this file (default: SPOTIFY_ENV_FILE; else none is read).",
    )
    @click.option(
        "--api-url", metavar="URL", help=f"The Web API (default: {API_URL_VARIABLE}, else Spotify)."
    )
    @click.option(
        "--accounts-url",
        metavar="URL",
        help=f"The accounts service (default: {ACCOUNTS_URL_VARIABLE}, else Spotify's).",
    )
    @wraps(command)
    def with_account(
        *, profile: str, env_file: Path | None, api_url: str | None, accounts_url: str | None, **rest: Any
    ) -> None:
        refresh_token_variable(profile)  # raises for a name that cannot be one
        environ = environment(os.environ, env_file)
        try:
            target = resolve_target(environ, api_url, accounts_url, prefix="--")
        except InvalidTarget as error:
            raise click.UsageError(str(error)) from None
        given = {"--api-url": api_url, "--accounts-url": accounts_url}
        options = AccountOptions(
            environ=environ,
            profile=profile,
            target=target,
            addresses=tuple(f"{option}={url}" for option, url in given.items() if url),
        )
        command(options, **rest)

    return with_account


def _mask(texts: Iterable[str]) -> None:
    # Standard output is for `--json` and `--print-env`; the runner reads standard error alike.
    if in_github_actions(os.environ):
        emit_masks(texts, descriptor=2)
