"""Many processes, one sign-in: they refresh once between them, and nobody's death holds the others up."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pytest_spotify.auth.source import store_sign_in
from pytest_spotify.auth.token import today, token_from_response
from pytest_spotify.sandbox import Sandbox
from tests.support.sign_in import ROOT, Home

# Each round is another process start as far as tokens go: a new source and store, and an hour has passed.
WORKER = """
import hashlib, json, sys, time
from pathlib import Path
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.redaction import Secret
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.clock import Clock
from pytest_spotify.transport.client import HttpClient

url, client_id, client_secret = sys.argv[1:]
http_client = HttpClient()
credentials = Credentials(client_id=client_id, client_secret=Secret(client_secret))
for line in sys.stdin:
    folder, hours = json.loads(line)
    ahead = hours * 3600.0
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

url, client_id, folder = sys.argv[1:]
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


def start(program: str, sandbox: Sandbox, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, sandbox.accounts_url, sandbox.client_id, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


Workers = list[subprocess.Popen[str]]


@pytest.fixture(
    scope="module", params=[2, pytest.param(8, marks=pytest.mark.slow)], ids="{} processes".format
)
def workers(request: pytest.FixtureRequest, started_sandbox: Sandbox) -> Iterator[Workers]:
    """Processes that share a sign-in; what they import takes longer than all that they do."""
    started = [start(WORKER, started_sandbox, started_sandbox.client_secret) for _ in range(request.param)]
    yield started
    for worker in started:
        worker.communicate()


def ask(workers: Workers, home: Home, hours: int) -> None:
    """Let every process want a token at once, when so many hours have passed."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(json.dumps([str(home.store().path.parent), hours]) + "\n")
        worker.stdin.flush()


def answers(workers: Workers) -> set[str]:
    """Return the digests of what they got."""
    return {worker.stdout.readline().strip() for worker in workers if worker.stdout}


@contextmanager
def holder_of_the_lock(home: Home) -> Iterator[subprocess.Popen[str]]:
    holder = start(HOLDER, home.sandbox, home.store().path.parent)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


def token_calls(sandbox: Sandbox) -> list[int]:
    return [each.status for each in sandbox.exchanges if each.path.endswith("/api/token")]


@pytest.mark.parametrize("rounds", [5, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("rotating", [True, False], ids=["rotating", "keeping"])
def test_one_refresh_a_round_and_no_grant_lost(
    home: Home, workers: Workers, rotating: bool, rounds: int
) -> None:
    """Two processes, or eight, find the token old: one asks, all get the same, with and without rotation."""
    home.sandbox.rotate_refresh_tokens = rotating
    for number in range(1, rounds + 1):
        ask(workers, home, number)
        digests = answers(workers)
        assert len(digests) == 1, digests
        assert token_calls(home.sandbox) == [200] * number


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_holder_of_the_lock_delays_nobody(home: Home, workers: Workers) -> None:
    """The operating system frees the lock with its holder's life: within 5 s everybody has a token."""
    ask(workers, home, 1)
    assert len(answers(workers)) == 1
    with holder_of_the_lock(home) as holder:
        holder.kill()
        killed = time.monotonic()

        ask(workers, home, 2)
        digests = answers(workers)

        assert time.monotonic() - killed < 5
        assert len(digests) == 1
    assert token_calls(home.sandbox) == [200, 200]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_who_waits_for_a_holder_goes_on_when_that_is_killed(home: Home, workers: Workers) -> None:
    """Processes that already wait for the lock get it, too."""
    with holder_of_the_lock(home) as holder:
        ask(workers, home, 1)
        holder.kill()
        killed = time.monotonic()

        digests = answers(workers)

        assert time.monotonic() - killed < 5
        assert len(digests) == 1
    assert token_calls(home.sandbox) == [200]
