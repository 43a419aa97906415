"""What a run knows that may not be shown or written: its secrets, and whose account it is."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from pytest_spotify.auth.environment import environment
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.plugin.masks import mask
from pytest_spotify.recordings.leak import environment_secrets

if TYPE_CHECKING:
    from pytest_spotify.sending.identity import Identity


class Known:
    """Secrets of the environment, of the identities in use, and what clients in tests showed."""

    def __init__(self, config: pytest.Config, identities: Mapping[str, Identity]) -> None:
        self._config = config
        self._identities = identities  # those in use so far
        self._learned: set[str] = set()
        self._personal: set[str] = set()

    def secrets(self) -> list[str]:
        """Return the secrets that are known so far."""
        known = [*self._of_environment, *list(self._learned)]
        for identity in list(self._identities.values()):
            known += [identity.credentials.client_id, *identity.known()]
        return known

    def hidden(self) -> list[str]:
        """Return what may not be shown: the secrets, and who the account's owner is."""
        return [*self.secrets(), *self._personal]

    def learn(self, secrets: Iterable[str]) -> None:
        """Remember tokens that a client in a test got by itself, to keep them out of what is written."""
        new = {secret for secret in secrets if secret} - self._learned
        mask(self._config, new)
        self._learned |= new

    def learn_person(self, texts: Iterable[str]) -> None:
        """Remember who owns the account, to keep it out of what is shown; recordings have pseudonyms."""
        self._personal |= {text for text in texts if text}

    @cached_property
    def _of_environment(self) -> list[str]:
        variables: Mapping[str, str] = os.environ
        with suppress(SpotifyTestError):  # said where it is needed; what is set is secret all the same
            variables = environment(os.environ)
        return list(environment_secrets(variables).values())
