"""Stories leave an account as it was: when they pass, fail at any point, or are interrupted.

The account is that of a sandbox which outlives the runs. Each run is a fresh pytest that is told to end
every story after so many of its requests, the last of which was carried out: the worst moment to stop.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.inner_run import NO_CACHE, PLUGINS, WITHOUT_AUTOLOAD

ROOT = Path(__file__).parents[2]
LIBRARY = (
    "spotify:track:11dFghVXANMlKmJXsNCbNl",
    "spotify:album:0tGPJ0bkWOUmH7MEOR77qc",
    "spotify:episode:512ojhOuo1ktJprKbVcKyQ",
    "spotify:show:5CfCWKI5pZ28U0uOzXkDHe",
    "spotify:audiobook:1HGw3J3NxZO1TP1BTtVhpZ",
    "spotify:artist:6sFIWsNpZYqfjUpaCgueju",
    "spotify:user:smedjan",
    "spotify:playlist:3cEYpjA9oz9GiPac4AsH4n",
)
STORIES = (
    "test_library.py::test_save_several_kinds",
    "test_library.py::test_follow_by_uri[artist]",
    "test_playlists.py::test_playlist",
    "test_player.py::test_player",
)

# Ends a test once it has sent so many requests, with what the environment names.
BREAKER = """
import os

def pytest_spotify_session(session):
    send, left = session.send, int(os.environ["BREAK_AFTER"])

    def counted(request, **keywords):
        nonlocal left
        left -= 1
        answer = send(request, **keywords)
        if left == 0:
            interrupted = os.environ["BREAK_BY"] == "interrupt"
            raise KeyboardInterrupt if interrupted else AssertionError("broken off")
        return answer

    session.send = counted
"""

# Interrupts once while the account is put back, after so many requests of that.
INTERRUPTER = """
from pytest_spotify.plugin.restore import Restore

ask, left = Restore._ask, {requests}
put_back = Restore.put_back

def counted(self, *arguments):
    global left
    answer = ask(self, *arguments)
    left -= 1
    if left == 0:
        raise KeyboardInterrupt
    return answer

def interrupted(self):
    Restore._ask = counted
    put_back(self)

Restore.put_back = interrupted
"""

# Writes down when each story that writes begins and ends.
WATCH = """
import os
import time
from pathlib import Path

import pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    began = time.monotonic()
    yield
    if item.get_closest_marker("spotify_write"):
        times = Path(__file__).with_name(os.environ["PYTEST_XDIST_WORKER"] + ".times")
        with times.open("a") as file:
            print(began, time.monotonic(), file=file)
"""


class Account:
    """The account of a running sandbox, looked at from outside."""

    def __init__(self, sandbox: Sandbox, tmp_path: Path) -> None:
        self.sandbox, self.home = sandbox, tmp_path
        answer = requests.post(
            f"{sandbox.accounts_url}/api/token",
            data={"grant_type": "refresh_token", "refresh_token": sandbox.refresh_token},
            auth=(sandbox.client_id, sandbox.client_secret),
            timeout=10,
        )
        self._authorization = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        (tmp_path / "breaker.py").write_text(BREAKER)

    def ask(self, method: str, path: str, **query: Any) -> Any:
        url = path if path.startswith("http") else self.sandbox.api_url + path
        answer = requests.request(method, url, params=query, headers=self._authorization, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def state(self) -> dict[str, Any]:
        """Return all that stories touch: playlists, library, following, playback."""
        state = {name: self._all(f"/me/{name}") for name in ("playlists", "tracks", "albums", "episodes")}
        state |= {name: self._all(f"/me/{name}") for name in ("shows", "audiobooks")}
        state["artists"] = self.ask("GET", "/me/following", type="artist", limit=50)
        state["contains"] = self.ask("GET", "/me/library/contains", uris=",".join(LIBRARY))
        state["playback"] = self.ask("GET", "/me/player") | {"timestamp": 0}
        state["devices"] = self.ask("GET", "/me/player/devices")
        return state

    def run(
        self, *arguments: str, break_after: int = 0, by: str = "fail"
    ) -> subprocess.CompletedProcess[str]:
        """Run stories live against the sandbox, as somebody with an account would."""
        urls = (
            f"--spotify-api-url={self.sandbox.api_url}",
            f"--spotify-accounts-url={self.sandbox.accounts_url}",
        )
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SPOTIFY")}
        environment = {
            **WITHOUT_AUTOLOAD,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home),
            "PYTHONPATH": str(self.home),
            "SPOTIFY_CLIENT_ID": self.sandbox.client_id,
            "SPOTIFY_CLIENT_SECRET": self.sandbox.client_secret,
            "SPOTIFY_REFRESH_TOKEN": self.sandbox.refresh_token,
            "BREAK_AFTER": str(break_after),
            "BREAK_BY": by,
        }
        command = [sys.executable, "-m", "pytest", "-q", "-rs", *NO_CACHE, *PLUGINS, "-p", "breaker"]
        return subprocess.run(
            [*command, "--spotify-live", *urls, *arguments],
            cwd=ROOT,
            env=plain | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def _all(self, path: str) -> list[Any]:
        items, link = [], f"{path}?limit=50"
        while link:
            page = self.ask("GET", link)
            items += page["items"]
            link = page["next"]
        return items


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that has nothing of what the stories save, so that they need not be skipped."""
    with Sandbox(access="extended") as sandbox:
        account = Account(sandbox, tmp_path_factory.mktemp("home"))
        account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))
        yield account


def test_all_stories_leave_the_account_as_it_was(account: Account) -> None:
    """A whole run of the stories, as it passes, changes nothing."""
    before = account.state()
    ran = account.run("--spotify-write", "--spotify-access=extended", "tests/flows")
    assert ran.returncode == 0, ran.stdout
    assert before == account.state()


def test_two_workers_take_turns(account: Account) -> None:
    """Stories on several workers change the account one after the other, so each puts back what was there."""
    (account.home / "watch.py").write_text(WATCH)
    before = account.state()
    ran = account.run(
        "-p", "watch", "-n2", "--spotify-write", "--spotify-access=extended", "tests/flows/test_library.py"
    )
    assert ran.returncode == 0, ran.stdout
    assert "skipped" not in ran.stdout
    assert before == account.state()
    workers = [file.read_text().splitlines() for file in account.home.glob("*.times")]
    told = sorted(tuple(map(float, line.split())) for lines in workers for line in lines)
    assert len(workers) == 2
    assert all(end <= begins for (_, end), (begins, _) in pairwise(told))


@pytest.mark.parametrize("requests_", [1, 2, 4, 8, 16])
def test_stories_that_fail_put_the_account_back(account: Account, requests_: int) -> None:
    """Each story that breaks off after a number of requests fails, and what it changed is put back."""
    before = account.state()
    ran = account.run(
        "--spotify-write",
        "--spotify-access=extended",
        "--ignore=tests/flows/clients",
        "tests/flows",
        break_after=requests_,
    )
    assert ran.returncode == 1, ran.stdout
    assert "broken off" in ran.stdout
    assert "error" not in ran.stdout.splitlines()[-1], ran.stdout
    assert before == account.state()


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("requests_", [1, 5, 12])
def test_stories_that_are_interrupted_put_the_account_back(
    account: Account, story: str, requests_: int
) -> None:
    """Ctrl-C ends the run at once, and what the story changed is put back before it ends."""
    before = account.state()
    ran = account.run(
        "--spotify-write",
        "--spotify-access=extended",
        f"tests/flows/{story}",
        break_after=requests_,
        by="interrupt",
    )
    if "passed" in ran.stdout:  # a story of fewer requests
        assert requests_ > 1
    else:
        assert ran.returncode == pytest.ExitCode.INTERRUPTED, ran.stdout
    assert before == account.state()


@pytest.mark.parametrize("requests_", [1, 2, 4, 6])
def test_an_interrupted_put_back_is_finished(account: Account, requests_: int) -> None:
    """Ctrl-C while the account is put back waits until it is, and then ends the run."""
    (account.home / "interrupter.py").write_text(INTERRUPTER.format(requests=requests_))
    before = account.state()
    ran = account.run(
        "-p",
        "interrupter",
        "--spotify-write",
        "--spotify-access=extended",
        "tests/flows/test_player.py",
    )
    assert ran.returncode == pytest.ExitCode.INTERRUPTED, ran.stdout
    assert before == account.state()


def test_stories_are_skipped_without_leave_to_write(account: Account) -> None:
    """A live run without --spotify-write skips every story, with a counted reason, and sends no write."""
    account.sandbox.reset()
    ran = account.run("--spotify-access=extended", "tests/flows")
    assert ran.returncode == 0, ran.stdout
    assert "only --spotify-write allows" in ran.stdout
    methods = {logged.method for logged in account.sandbox.exchanges if logged.path.startswith("/v1")}
    assert methods <= {"GET"}
    account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))


def test_what_is_in_the_library_already_is_left_alone(account: Account) -> None:
    """A story whose item the account has saved is skipped: saving it anew would change when it was saved."""
    account.ask("PUT", "/me/library", uris=LIBRARY[0])
    before = account.state()
    ran = account.run("--spotify-write", "tests/flows/test_library.py::test_save_by_uri[track]")
    after = account.state()
    account.ask("DELETE", "/me/library", uris=LIBRARY[0])
    assert ran.returncode == 0, ran.stdout
    assert f"the account has {LIBRARY[0]} in its library" in ran.stdout
    assert before == after


@pytest.mark.parametrize(
    ("need", "reason"),
    [("free-account", "does not meet premium"), ("no-device", "does not meet device")],
)
def test_the_player_is_left_alone_without_premium_or_device(account: Account, need: str, reason: str) -> None:
    """Where the account cannot be commanded, the player's story is skipped, with a counted reason."""
    account.sandbox.arrange([need])
    ran = account.run("--spotify-write", "--spotify-access=extended", "tests/flows/test_player.py")
    account.sandbox.arrange(["premium", "playing-track"])
    assert ran.returncode == 0, ran.stdout
    assert reason in ran.stdout
    assert "1 skipped" in ran.stdout


def test_what_cannot_be_put_back_is_said(account: Account) -> None:
    """A story whose account cannot be put back ends in an error that says what to put right by hand."""
    (account.home / "broken_restore.py").write_text(
        "from pytest_spotify.plugin.restore import Restore\n"
        "original = Restore._library\n"
        "def _library(self, method, uris):\n"
        "    return original(self, method, [f'{uri}:broken' for uri in uris])\n"
        "Restore._library = _library\n"
    )
    ran = account.run(
        "-p",
        "broken_restore",
        "--spotify-write",
        "--spotify-access=extended",
        "tests/flows/test_library.py::test_follow_by_uri[artist]",
        break_after=1,
    )
    account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))
    assert "the account is not as it was before the test; put it right by hand:" in ran.stdout
    assert "DELETE /me/library?uris=spotify:artist:" in ran.stdout
    assert "Traceback" not in ran.stdout


@pytest.mark.parametrize("need", ["idle-player", "playing-episode", "playing-advertisement"])
def test_playback_of_any_kind_is_put_back_or_left_alone(account: Account, need: str) -> None:
    """An idle player is left silent, an episode goes on where it was; an advertisement cannot be put back."""
    account.sandbox.arrange([need])
    before = account.ask("GET", "/me/player", additional_types="track,episode")
    ran = account.run("--spotify-write", "--spotify-access=extended", "tests/flows/test_player.py")
    after = account.ask("GET", "/me/player", additional_types="track,episode")
    account.sandbox.arrange(["playing-track"])
    assert ran.returncode == 0, ran.stdout
    if before is None:
        assert after is None or not after["is_playing"]
    else:
        assert before | {"timestamp": 0} == after | {"timestamp": 0}
    assert ("could not be started again" in ran.stdout) == (need == "playing-advertisement")
