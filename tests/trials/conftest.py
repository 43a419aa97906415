"""What the trials share."""

from collections.abc import Iterator

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.project import Project


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project."""
    return Project(pytester, monkeypatch)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A target that was started apart from the run."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def live(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The options of a live run there; id, secret and refresh token are in the environment."""
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", sandbox.client_id)
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", sandbox.client_secret)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", sandbox.refresh_token)
    return [
        "--spotify-live",
        f"--spotify-api-url={sandbox.api_url}",
        f"--spotify-accounts-url={sandbox.accounts_url}",
    ]
