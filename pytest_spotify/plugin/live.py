"""The services of a live run: target, credentials, users, transport and account.

It exists in a live run only. Its parts are made when first used: only what the items need is required.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin import xdist
from pytest_spotify.plugin.options import Settings

if TYPE_CHECKING:
    from pytest_spotify.access import Access, TokenKind
    from pytest_spotify.auth.credentials import Credentials
    from pytest_spotify.auth.source import TokenSource
    from pytest_spotify.auth.user import AuthorizedUser
    from pytest_spotify.plugin.account_state import AccountState
    from pytest_spotify.redaction.masking import KnownSecrets
    from pytest_spotify.sandbox import Sandbox
    from pytest_spotify.transport.live import LiveTransport
    from pytest_spotify.transport.target import Target


_PACE = 1 / 15  # seconds between two requests; Spotify's limit is unpublished, and counts over 30 s


class LiveServices:
    """The services that the tests of a live run share."""

    def __init__(
        self,
        config: pytest.Config,
        settings: Settings,
        *,
        closing: ExitStack,
        known_secrets: KnownSecrets,
        get_sandbox: Callable[[], Sandbox],
    ) -> None:
        self.config = config
        self.settings = settings
        self.known_secrets = known_secrets
        self._closing, self._get_sandbox = closing, get_sandbox
        self._users: dict[str, AuthorizedUser] = {}
        self._reported = (0, 0)
        self._waits: list[float] = []  # seconds, since they were last reported
        known_secrets.add_provider(self._user_secrets)

    @property
    def sandbox(self) -> Sandbox:
        """Return the sandbox of this process, started."""
        return self._get_sandbox()

    @cached_property
    def target(self) -> Target:
        """Return the target of requests."""
        from pytest_spotify.transport.target import Target

        if self.settings.sandbox:
            sandbox = self.sandbox
            return Target(api_url=sandbox.api_url, accounts_url=sandbox.accounts_url)
        return Target(**self.settings.addresses)

    @property
    def target_name(self) -> str:
        """Return the name of the target in cassettes and summaries."""
        other = "sandbox" if self.settings.sandbox else self.target.api_url
        return "spotify" if self.target.is_spotify else other

    @cached_property
    def credentials(self) -> Credentials:
        """Return the credentials of the sandbox, of the hook, or of the environment."""
        from pytest_spotify.auth.credentials import Credentials
        from pytest_spotify.redaction import Secret

        if self.settings.sandbox:
            sandbox = self.sandbox
            return Credentials(
                client_id=sandbox.client_id,
                client_secret=Secret(sandbox.client_secret),
                refresh_token=Secret(sandbox.refresh_token),
            )
        credentials = self.config.hook.pytest_spotify_credentials(config=self.config)
        return cast("Credentials", credentials or Credentials.from_environment(self._environ))

    @cached_property
    def transport(self) -> LiveTransport:
        """Return the transport of this process."""
        from pytest_spotify.transport.limits import RunLimits
        from pytest_spotify.transport.live import LiveTransport

        transport = LiveTransport(
            self.target,
            limits=RunLimits(
                max_requests=self.settings.max_requests,
                pace=0.0 if self.target.is_local else _PACE,
                keep_going=self.settings.keep_going,
                folder=xdist.shared_dir(self.config),
            ),
            writes=self.settings.allow_writes,
            on_wait=self._note_wait,
        )
        self._closing.callback(transport.close)
        return transport

    @cached_property
    def account(self) -> AccountState:
        """Return the state of the signed-in account, requested when needed."""
        from pytest_spotify.plugin.account_state import AccountState
        from pytest_spotify.transport.session import SpotifySession

        source = self.token_source("user")
        return AccountState(SpotifySession(self.transport, authorization=source, target=self.target))

    def user(self, profile: str = "default") -> AuthorizedUser:
        """Return one of the app's users, who has the credentials of a profile."""
        from pytest_spotify.auth.user import AuthorizedUser

        if profile not in self._users:
            self._users[profile] = AuthorizedUser(
                self._credentials_of(profile),
                self.target,
                folder=self._token_dir(),
                http_client=self.transport.http_client,
                on_secrets=partial(mask_in_job_log, self.config),
                noted_refusal=self.transport.limits.noted_refusal,
            )
        return self._users[profile]

    def has_token(self, kind: TokenKind, profile: str = "default") -> bool:
        """Return True if a token of that kind can be had without a sign-in."""
        return self.user(profile).has_token(kind)

    def require_token(self, kind: TokenKind) -> None:
        """Raise MissingCredentials, with variables and the next command, if no such token can be had."""
        self.user().require_token(kind)

    def token_source(self, kind: TokenKind, profile: str = "default") -> TokenSource:
        """Return the source of tokens of that kind; a user's token serves an app's requests too."""
        if kind == "app" and not self.has_token("app"):
            kind = "user"
        return self.user(profile).token_source(kind)

    def secrets(self) -> list[str]:
        """Return every secret that this run knows, for the search before a cassette is written."""
        self.user()
        return self.known_secrets.secrets()

    def client_variables(self) -> Mapping[str, str]:
        """Return the credentials that clients in tests find in the environment: the sandbox's, else none."""
        if not self.settings.sandbox:
            return {}
        names = ("client_id", "client_secret", "redirect_uri", "refresh_token")
        return {name: str(getattr(self.sandbox, name)) for name in names}

    @contextmanager
    def serving(self, access: Access) -> Iterator[None]:
        """Let the sandbox of the run serve an access; any other target has the access that it has."""
        if not self.settings.sandbox:
            yield
            return
        with self.sandbox.serving(access):
            yield

    def take_request_counts(self) -> list[int]:
        """Return the number of requests since the last call, and of those with a token; [] for none."""
        if "transport" not in vars(self):
            return []
        now = self.transport.requests_sent, self.transport.authorized_requests_sent
        before, self._reported = self._reported, now
        counts = [now[0] - before[0], now[1] - before[1]]
        return counts if any(counts) else []

    def take_waits(self) -> list[float]:
        """Return the seconds of each wait that Spotify required since the last call."""
        waits, self._waits = self._waits, []
        return waits

    def sign_in_notice(self) -> str:
        """Return the warning that the sign-in ends soon, or an empty text."""
        if not self.settings.sandbox:
            with suppress(SpotifyTestError):  # the tests have reported it
                return self.user().expiry_warning
        return ""

    def _note_wait(self, seconds: float, reason: str) -> None:
        """Note a wait that Spotify required, and say so while it lasts."""
        self._waits.append(seconds)
        xdist.write_line(self.config, f"waiting {seconds:.0f} s: {reason}")

    def _user_secrets(self) -> list[str]:
        users = list(self._users.values())
        return [secret for user in users for secret in (user.credentials.client_id, *user.secret_values())]

    @cached_property
    def _environ(self) -> Mapping[str, str]:
        from pytest_spotify.auth import environment

        return environment(os.environ)

    def _credentials_of(self, profile: str) -> Credentials:
        """Return the credentials with the refresh token of a profile in place of the default's."""
        from pytest_spotify.auth.credentials import DEFAULT_PROFILE, Credentials
        from pytest_spotify.redaction import Secret

        default = self.credentials
        if profile == DEFAULT_PROFILE:
            return default
        if self.settings.sandbox:
            token = Secret(self.sandbox.sign_in(profile))
            return replace(default, refresh_token=token, profile=profile)
        credentials = Credentials.from_environment(self._environ, profile)
        return replace(credentials, client_id=default.client_id, client_secret=default.client_secret)

    def _token_dir(self) -> Path:
        """Return the directory of the token store: the user's, or one of this run.

        The latter with the sandbox, and if a CI machine has no directory of the user's: credentials of the
        environment need none.
        """
        from pytest_spotify.auth.store import default_folder, is_usable_for

        if self.settings.sandbox:
            return xdist.make_temp_dir(self._closing)
        if is_usable_for(default_folder(), self.credentials):
            return default_folder()
        shared = xdist.shared_dir(self.config)
        return shared / "tokens" if shared else xdist.make_temp_dir(self._closing)


def mask_in_job_log(config: pytest.Config, texts: Iterable[str]) -> None:
    """Mask texts in the log of a GitHub Actions job, past pytest's capture; do nothing in other places."""
    from pytest_spotify.redaction.workflow_commands import emit_masks, in_github_actions

    if not in_github_actions(os.environ):
        return
    # An xdist worker's standard output is lost; its standard error is that of the job, which is read alike.
    descriptor = 2 if hasattr(config, "workerinput") else 1
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture is not None else nullcontext():
        emit_masks(texts, descriptor=descriptor)
