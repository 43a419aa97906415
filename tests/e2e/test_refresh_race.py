"""Many processes, one sign-in: they refresh once between them, and nobody's death holds the others up."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from pytest_spotify.auth.source import store_sign_in
from pytest_spotify.auth.token import today, token_from_response
from pytest_spotify.sandbox import Sandbox
from tests.support.sign_in import Home

PROCESSES = 8

# Each round is another process start as far as tokens go: a new source and store, and an hour has passed.
WORKER = """
import hashlib, sys, time
from pathlib import Path
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.redaction import Secret
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.clock import Clock
from pytest_spotify.transport.client import HttpClient

url, folder, client_id, client_secret = sys.argv[1:]
http_client = HttpClient()
credentials = Credentials(client_id=client_id, client_secret=Secret(client_secret))
for line in sys.stdin:
    ahead = int(line) * 3600.0
    clock = Clock(monotonic=lambda: time.monotonic() + ahead, time=lambda: time.time() + ahead)
    service = AccountsService(
        url, client_id=client_id, client_secret=credentials.client_secret,
        http_client=http_client, clock=clock
    )
    store = TokenStore(Path(folder), accounts_url=url, client_id=client_id)
    try:
        token = TokenSource.stored("user", credentials, service=service, store=store, clock=clock).token()
        print(hashlib.sha256(token.access_token.reveal().encode()).hexdigest(), flush=True)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", flush=True)
"""

HOLDER = """
import sys
from pathlib import Path
from pytest_spotify.auth.store import TokenStore

url, folder, client_id = sys.argv[1:]
with TokenStore(Path(folder), accounts_url=url, client_id=client_id).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(home: Home, sandbox: Sandbox) -> Home:
    """A machine whose user signed in an hour ago."""
    answer = {
        "access_token": "BQsome-token-that-is-old",
        "refresh_token": sandbox.refresh_token,
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "user-read-private",
    }
    token = token_from_response(answer, user=True, now=time.monotonic() - 3600)
    store_sign_in(home.store(), token, on=today())
    return home


def start(home: Home, program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            program,
            home.sandbox.accounts_url,
            str(home.store().path.parent),
            home.sandbox.client_id,
            *arguments,
        ],
        env=home.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def workers(home: Home) -> Iterator[list[subprocess.Popen[str]]]:
    started = [start(home, WORKER, home.sandbox.client_secret) for _ in range(PROCESSES)]
    yield started
    for worker in started:
        worker.communicate()


def round_of(workers: list[subprocess.Popen[str]], number: int) -> set[str]:
    """Let every process want a token at once; return the digests of what they got."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(f"{number}\n")
        worker.stdin.flush()
    return {worker.stdout.readline().strip() for worker in workers if worker.stdout}


def token_calls(sandbox: Sandbox) -> list[int]:
    return [each.status for each in sandbox.exchanges if each.path.endswith("/api/token")]


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rotating", [True, False], ids=["rotating", "keeping"])
def test_one_refresh_a_round_and_no_grant_lost(
    home: Home, workers: list[subprocess.Popen[str]], rotating: bool, rounds: int
) -> None:
    """Eight processes find the token old: one asks, all get the same, with and without rotation."""
    home.sandbox.rotate_refresh_tokens = rotating
    for number in range(1, rounds + 1):
        digests = round_of(workers, number)
        assert len(digests) == 1, digests
        assert token_calls(home.sandbox) == [200] * number


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_holder_of_the_lock_delays_nobody(home: Home, workers: list[subprocess.Popen[str]]) -> None:
    """The operating system frees the lock with its holder's life: within 5 s everybody has a token."""
    round_of(workers, 1)
    holder = start(home, HOLDER)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    killed = time.monotonic()

    digests = round_of(workers, 2)

    assert time.monotonic() - killed < 5
    assert len(digests) == 1
    holder.communicate()
    assert token_calls(home.sandbox) == [200, 200]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_who_waits_for_a_holder_goes_on_when_that_is_killed(
    home: Home, workers: list[subprocess.Popen[str]]
) -> None:
    """Processes that already wait for the lock get it, too."""
    holder = start(home, HOLDER)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("1\n")
        worker.stdin.flush()
    holder.kill()
    killed = time.monotonic()

    digests = {worker.stdout.readline().strip() for worker in workers if worker.stdout}

    assert time.monotonic() - killed < 5
    assert len(digests) == 1
    holder.communicate()
    assert token_calls(home.sandbox) == [200]
