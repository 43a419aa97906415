"""A sign-in as a person does it: the real command on a home of its own, in its own process or in this one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_spotify.auth.store import TokenStore
from pytest_spotify.sandbox import Sandbox
from tests.support.command import Ran, run
from tests.support.inner_run import NO_CACHE, PLUGINS, WITHOUT_AUTOLOAD
from tests.support.project import Project

ROOT = Path(__file__).parents[2]
# Started in the background, a process would ignore Ctrl-C.
MAIN = """
import signal, sys
from pytest_spotify.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[0] = 'pytest-spotify'
main()
"""
ANY_PORT = "http://127.0.0.1/callback"


@dataclass(frozen=True)
class Home:
    """A user's machine: no variable and no file of the developer's reaches it."""

    folder: Path
    sandbox: Sandbox
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SPOTIFY_", "SPOTIPY_", "XDG_", "PYTEST_", "GITHUB_"))
        }
        return kept | {
            **WITHOUT_AUTOLOAD,
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "PYTHONPATH": str(ROOT),
            "BROWSER": "true",
            "COLUMNS": "80",
            "SPOTIFY_CLIENT_ID": self.sandbox.client_id,
            "SPOTIFY_CLIENT_SECRET": self.sandbox.client_secret,
            "SPOTIFY_REDIRECT_URI": ANY_PORT,
            **self.variables,
        }

    @property
    def target(self) -> list[str]:
        return [f"--api-url={self.sandbox.api_url}", f"--accounts-url={self.sandbox.accounts_url}"]

    @property
    def live(self) -> list[str]:
        return ["--spotify-live", *(option.replace("--", "--spotify-", 1) for option in self.target)]

    def store(self, profile: str = "default") -> TokenStore:
        return TokenStore(
            self.folder / "config" / "pytest-spotify",
            accounts_url=self.sandbox.accounts_url,
            client_id=self.sandbox.client_id,
            profile=profile,
        )

    def command(self, name: str, *arguments: str, given: TextIO | None = None) -> Ran:
        """Run `pytest-spotify` in this process."""
        return run(name, *self.target, *arguments, environ=self.environ, given=given)

    def command_apart(
        self, name: str, *arguments: str, stdout: int = subprocess.PIPE
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `pytest-spotify` in a process of its own, with no input."""
        return subprocess.run(
            [sys.executable, "-c", MAIN, name, *self.target, *arguments],
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
            timeout=120,
        )

    def pytest_in(self, project: Project, *arguments: str) -> pytest.RunResult:
        """Run pytest in a project, in this process, live against the sandbox."""
        with patch.dict(os.environ, self.environ, clear=True):
            return project.run(*self.live, *arguments)

    def pytest(self, *arguments: str) -> Ran:
        """Run pytest in the checkout, live against the sandbox."""
        return self.replay(*self.live, *arguments)

    def replay(self, *arguments: str) -> Ran:
        """Run pytest in the checkout."""
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", *NO_CACHE, *PLUGINS, *arguments],
            cwd=ROOT,
            check=False,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)


def asked_by(url: str) -> dict[str, str]:
    """Return the parameters of an authorize URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class LoginHere:
    """`pytest-spotify login` in this process, from begin to end.

    `browser` stands for the one that is opened: it gets this login, which knows the address by then, and
    returns what it is shown. The line that it leaves in `pasted` is what the user pastes.
    """

    def __init__(self, home: Home, *options: str, browser: Callable[[LoginHere], Any]) -> None:
        self.home = home
        self.url = self.pasted = ""
        shown: Future[Any] = Future()
        read, write = os.pipe()

        def open_browser(url: str) -> None:
            self.url = url
            try:
                shown.set_result(browser(self))
            except BaseException as error:
                shown.set_exception(error)
            finally:
                with open(write, "w", encoding="utf-8") as keyboard:
                    keyboard.write(self.pasted)

        with (
            open(read, encoding="utf-8") as given,
            patch("webbrowser.get"),
            patch("webbrowser.open", open_browser),
        ):
            ran = home.command("login", "--timeout=20", *options, given=given)
            assert self.url, ran.out + ran.err
            self.shown = shown.result(timeout=30)
        self.status, self.out, self.said = ran.status, ran.out, ran.out + ran.err

    @property
    def asked(self) -> dict[str, str]:
        """Return the parameters of the authorize URL."""
        return asked_by(self.url)


class Login:
    """`pytest-spotify login` under way in a process of its own: knows the address for the browser."""

    def __init__(self, home: Home, *options: str) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAIN, "login", *home.target, *options],
            env=home.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Where variables are asked for, they are all of the standard output.
        self.stream = self.process.stderr if "--print-env" in options else self.process.stdout
        self.said = self.out = ""
        self.url = ""

    def __enter__(self) -> Self:
        assert self.stream is not None
        for line in self.stream:
            self.said += line
            if line.startswith(self.home.sandbox.accounts_url):
                self.url = line.strip()
                return self
        raise AssertionError(self.said + self.process.communicate()[1])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def asked(self) -> dict[str, str]:
        """Return the parameters of the authorize URL."""
        return asked_by(self.url)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self, given: str | None = None) -> int:
        """Wait for the end and return the exit status; all output is in `said` then."""
        self.out, err = self.process.communicate(given, timeout=60)
        self.said += self.out + err
        return self.process.returncode


def modes(folder: Path) -> set[str]:
    """Return the permissions of the folder and of all that is in it."""
    return {oct(stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.iterdir())}
