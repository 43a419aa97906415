import os
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.fake_tokens import DUMMY_TOKEN
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.source import TokenSource, signed_in, store_sign_in, stored_grant
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.auth.token import Token
from pytest_spotify.errors import InvalidClient, InvalidGrant, MissingCredentials, ServiceError
from pytest_spotify.redaction import Secret
from pytest_spotify.transport.client import HttpClient
from tests.support.loopback_server import FakeTime, LoopbackServer, Received, Reply, as_json, leaks, shown

ROOT = Path(__file__).parents[2]
FIRST = "AQfirst-0000-Kq81zLm2Wt5Rv7Yp3Bn6Hd"
# tests/e2e/test_refresh_race.py has more, of more processes.
PROCESSES, ROUNDS = 3, 4


class Accounts:
    """An accounts service that grants as Spotify did until mid 2026 (rotating) or as it does since."""

    def __init__(self, *, rotating: bool = False) -> None:
        self.rotating = rotating
        self.valid = FIRST
        self.granted: list[str] = []
        self.revoked = False
        self.outage: Reply | None = None
        self.expires_in = 3600
        self.server = LoopbackServer(self.answer)
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(PROCESSES)

    def answer(self, received: Received) -> Reply:
        if received.method == "GET":
            self._barrier.wait(60)
            return as_json({})
        with self._lock:
            return self.outage or self._grant(received.form)

    def _grant(self, form: dict[str, str]) -> Reply:
        if form["grant_type"] == "refresh_token" and (self.revoked or form["refresh_token"] != self.valid):
            # Reuse of a rotated token revokes the grant (RFC 9700 section 4.14.2).
            self.revoked = self.revoked or self.rotating
            return as_json({"error": "invalid_grant", "error_description": "Refresh token revoked"}, 400)
        self.granted.append(f"BQgranted-{len(self.granted):04}-Xc1Zt9Qh5Mb3NyGs8Jf")
        answer = {"access_token": self.granted[-1], "token_type": "Bearer", "expires_in": self.expires_in}
        if self.rotating and form["grant_type"] == "refresh_token":
            self.valid = f"AQrotated-{len(self.granted):04}-Kq81zLm2Wt5Rv7Yp3Bn6"
            answer["refresh_token"] = self.valid
        return as_json(answer)


@pytest.fixture(params=[False, True], ids=["keeping", "rotating"])
def accounts(request):
    accounts = Accounts(rotating=request.param)
    with accounts.server:
        yield accounts


class Machine:
    """One user's machine: a store, a clock and any number of processes."""

    def __init__(self, accounts: Accounts, folder: Path) -> None:
        self.accounts, self.folder, self.time = accounts, folder / "store", FakeTime()
        self.http_client = HttpClient()
        self.credentials = Credentials(client_id="app-of-tests", refresh_token=Secret(FIRST))

    @property
    def store(self) -> TokenStore:
        return TokenStore(self.folder, accounts_url=self.accounts.server.url, client_id="app-of-tests")

    def source(self, credentials: Credentials | None = None, *, app: bool = False) -> TokenSource:
        """Return the source of another process: it knows nothing but what is in the store."""
        credentials = credentials or self.credentials
        service = AccountsService(
            self.accounts.server.url,
            client_id=credentials.client_id,
            client_secret=credentials.client_secret,
            http_client=self.http_client,
            clock=self.time.clock,
        )
        return TokenSource.stored(
            "app" if app else "user", credentials, service=service, store=self.store, clock=self.time.clock
        )


@pytest.fixture
def machine(accounts, tmp_path):
    machine = Machine(accounts, tmp_path)
    yield machine
    machine.http_client.close()


def test_scopes_that_no_response_named_are_not_known(machine):
    """A refresh token of the environment whose responses name no scope may have any: that is no empty set."""
    assert machine.source().token().scopes is None
    assert machine.source().token().scopes is None  # as another process reads it from the store


def test_a_token_is_asked_for_once_and_shared(machine, accounts):
    """Within its life a token serves every request of every process."""
    one, other = machine.source(), machine.source()

    tokens = [one.token(), one.token(), other.token(), machine.source().token()]

    assert len({token.access_token for token in tokens}) == 1
    assert len(accounts.granted) == 1
    assert all(token.user for token in tokens)


def test_a_token_is_renewed_before_it_ends(machine, accounts):
    """A minute before the end there is a new one; everybody gets that one."""
    one, other = machine.source(), machine.source()
    first = one.token()
    other.token()

    machine.time.pass_by(3539)
    assert one.token() == first
    machine.time.pass_by(1)

    assert one.token().access_token != first.access_token
    assert other.token().access_token == one.token().access_token
    assert len(accounts.granted) == 2


def test_a_rejected_token_is_renewed_once_for_all(machine, accounts):
    """After a 401 the first one asks; whoever comes later with the old token gets the new one."""
    sources = [machine.source() for _ in range(5)]
    old = [source.token() for source in sources]

    renewed = {source.refresh(token).access_token for source, token in zip(sources, old, strict=True)}

    assert len(renewed) == 1
    assert renewed != {old[0].access_token}
    assert len(accounts.granted) == 2


def test_a_renewed_token_that_is_rejected_too_is_not_renewed_again(machine, accounts):
    """A service that answers 401 to everything is not asked for a new token with every request."""
    source = machine.source()
    renewed = source.refresh(source.token())

    for _ in range(5):
        assert source.refresh(renewed) == renewed

    assert len(accounts.granted) == 2


def test_the_rotated_successor_of_the_environments_token_is_found(machine, accounts):
    """The environment holds the first token for ever; later runs go on from what it became."""
    for _ in range(4):
        machine.source().token()
        machine.time.pass_by(3600)

    assert len(accounts.granted) == 4
    assert not accounts.revoked


def test_a_new_refresh_token_in_the_environment_starts_anew(machine, accounts):
    """After a new sign-in nothing of the old grant is used, be it ever so fresh."""
    machine.source().token()
    accounts.valid = "AQsecond-5555"

    token = machine.source(
        Credentials(client_id="app-of-tests", refresh_token=Secret("AQsecond-5555"))
    ).token()

    assert token.access_token == Secret(accounts.granted[-1])
    assert len(accounts.granted) == 2


def test_the_environment_beats_the_stored_sign_in(machine, accounts):
    """A stored sign-in serves where the environment names none, and is left alone where it does."""
    accounts.valid = "AQsigned-in-7777"
    store_sign_in(machine.store, a_token("AQsigned-in-7777"), on=date(2026, 3, 1), clock=machine.time.clock)
    from_store = Credentials(client_id="app-of-tests")

    assert machine.source(from_store).token().access_token == Secret("BQof-the-sign-in")
    with pytest.raises(InvalidGrant):
        machine.source().token()
    machine.time.pass_by(3600)
    accounts.revoked = False
    assert machine.source(from_store).token().access_token == Secret(accounts.granted[-1])


def a_token(refresh_token: str) -> Token:
    return Token(
        access_token=Secret("BQof-the-sign-in"), refresh_token=Secret(refresh_token), expires_at=500.0 + 3600
    )


def test_the_day_of_the_sign_in_is_known_and_told(machine, accounts):
    """It survives refreshes, and stands in the error when the grant has ended."""
    accounts.valid = "AQsigned-in-7777"
    store_sign_in(machine.store, a_token("AQsigned-in-7777"), on=date(2026, 3, 1), clock=machine.time.clock)
    from_store = Credentials(client_id="app-of-tests", signed_in=date(2020, 1, 1))
    machine.time.pass_by(3600)
    machine.source(from_store).token()

    assert signed_in(from_store, machine.store.get("user")) == date(2026, 3, 1)
    accounts.valid = "nothing"
    machine.time.pass_by(3600)
    with pytest.raises(InvalidGrant, match=r"The sign-in is of 2026-03-01\."):
        machine.source(from_store).token()


def test_the_environments_date_speaks_of_the_environments_token(machine):
    """`SPOTIFY_REFRESH_TOKEN_DATE` is used with its token, and with no other."""
    both = Credentials(client_id="c", refresh_token=Secret("AQ"), signed_in=date(2026, 6, 18))

    assert signed_in(both, None) == date(2026, 6, 18)
    assert signed_in(Credentials(client_id="c", signed_in=date(2026, 6, 18)), None) is None


def test_a_new_refresh_token_has_not_the_day_of_the_one_before(machine, accounts):
    """Where the environment brings another token and no day, the day is unknown, whatever the store holds."""
    first, second = (
        Credentials(client_id="app-of-tests", refresh_token=Secret(text), signed_in=day)
        for text, day in (("AQfirst-77777777", date(2026, 6, 18)), ("AQsecond-7777777", None))
    )
    accounts.valid = "AQfirst-77777777"
    machine.source(first).token()

    assert signed_in(first, stored_grant(first, machine.store)) == date(2026, 6, 18)
    assert signed_in(second, stored_grant(second, machine.store)) is None


def test_an_invalid_grant_is_final_in_a_process(machine, accounts):
    """It is raised each time and asked for once (RFC 6749 section 5.2)."""
    accounts.valid = "nothing"
    source = machine.source()

    for _ in range(3):
        with pytest.raises(InvalidGrant) as failure:
            source.token()
        assert leaks(shown(failure.value), (FIRST,)) == []

    assert len(accounts.server.received) == 1


@pytest.mark.parametrize("status", [500, 503, 429, 200])
def test_an_outage_changes_nothing_that_is_stored(machine, accounts, status):
    """Neither the file nor a later try suffers."""
    machine.source().token()
    before = machine.store.path.read_bytes()
    machine.time.pass_by(3600)
    accounts.outage = Reply(status, {"Content-Type": "text/html"}, b"<html>")
    source = machine.source()

    with pytest.raises(ServiceError):
        source.token()
    assert machine.store.path.read_bytes() == before

    accounts.outage = None
    assert source.token().access_token == Secret(accounts.granted[-1])


@pytest.mark.parametrize("hours", [-1, 1, -24 * 400, 24 * 400])
def test_a_clock_that_is_set_costs_one_refresh_at_most(machine, accounts, hours):
    """A wall clock an hour or a year off neither revives an old token nor wears out the service."""
    source = machine.source()
    first = source.token()
    machine.time.wall += hours * 3600

    assert source.token() == first
    machine.source().token()
    machine.source().token()
    assert len(accounts.granted) == 2

    machine.time.monotonic += 3600
    assert source.token().access_token != first.access_token


def test_a_missing_refresh_token_is_named_before_anything_is_sent(machine, accounts):
    """With neither environment nor sign-in, the variable and the command are in the message."""
    with pytest.raises(MissingCredentials, match=r"SPOTIFY_REFRESH_TOKEN .* `pytest-spotify login`"):
        machine.source(Credentials(client_id="app-of-tests")).token()

    assert accounts.server.received == []


def test_an_apps_token_is_kept_for_its_secret(machine, accounts):
    """It is shared too, and a changed secret shows at once whether it is right."""
    right = Credentials(client_id="app-of-tests", client_secret=Secret("right"))
    changed = Credentials(client_id="app-of-tests", client_secret=Secret("changed"))

    tokens = [machine.source(right, app=True).token() for _ in range(2)]
    assert len(accounts.granted) == 1
    assert not tokens[0].user
    accounts.outage = as_json({"error": "invalid_client"}, 400)
    with pytest.raises(InvalidClient):
        machine.source(changed, app=True).token()
    assert machine.source(right, app=True).token() == tokens[0]


def test_an_apps_token_needs_its_secret(machine, accounts):
    """The variable is named, and nothing is sent."""
    with pytest.raises(MissingCredentials, match="SPOTIFY_CLIENT_SECRET"):
        machine.source(Credentials(client_id="app-of-tests"), app=True).token()

    assert accounts.server.received == []


def test_the_dummy_reads_and_sends_nothing():
    """Replay has a token that is always fresh, never renewed, and known to everybody."""
    source = TokenSource.dummy()

    assert source.token().access_token == Secret(DUMMY_TOKEN)
    assert source.refresh(source.token()) == source.token()


def test_threads_share_one_refresh(machine, accounts):
    """Sixteen threads that start at once ask the service once."""
    source, tokens = machine.source(), []
    start = threading.Barrier(16)

    def run():
        start.wait(10)
        tokens.append(source.token().access_token)

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert tokens == [Secret(accounts.granted[0])] * 16
    assert len(accounts.granted) == 1


PROGRAM = """
import os, sys
from pathlib import Path
from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.exchange import Request
from pytest_spotify.transport.client import HttpClient

url, folder, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
http_client = HttpClient()
credentials = Credentials.from_environment(os.environ)
seen = []
for _ in range(rounds):
    source = TokenSource.stored(
        "user",
        credentials,
        service=AccountsService(url, client_id=credentials.client_id, http_client=http_client),
        store=TokenStore(folder, accounts_url=url, client_id=credentials.client_id),
    )
    http_client.send(Request(method="GET", url=f"{url}/barrier"))
    token = source.refresh(token) if seen else source.token()
    seen.append(token.access_token.reveal())
print(" ".join(seen))
"""


def test_processes_that_race_refresh_once_a_round(accounts, tmp_path):
    """Processes find the token old at the same moment: one refresh a round, and nothing is revoked."""
    command = [sys.executable, "-c", PROGRAM, accounts.server.url, str(tmp_path / "store"), str(ROUNDS)]
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "SPOTIFY_CLIENT_ID": "app-of-tests",
        "SPOTIFY_REFRESH_TOKEN": FIRST,
        "SPOTIFY_REFRESH_TOKEN_DATE": "",
        "SPOTIFY_CLIENT_SECRET": "",
    }
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(PROCESSES)
    ]
    told = [child.communicate(timeout=120)[0].split() for child in children]

    assert [child.returncode for child in children] == [0] * PROCESSES
    assert not accounts.revoked
    assert told == [accounts.granted] * PROCESSES
    assert len(accounts.granted) == ROUNDS
