"""The six-month end: when it is, when it is told, and that nothing is sent after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.source import TokenSource, store_sign_in
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.auth.token import Token, expiry_warning, has_expired, last_day, today
from pytest_spotify.errors import InvalidGrant
from pytest_spotify.redaction import Secret
from pytest_spotify.transport.client import HttpClient
from tests.support.loopback_server import FakeTime, LoopbackServer, as_json

DAY = date(2026, 6, 18)


@pytest.mark.parametrize(
    ("signed_in", "last"),
    [
        (date(2026, 6, 18), date(2026, 12, 18)),
        (date(2026, 7, 20), date(2027, 1, 20)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 29), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 6, 30)),
    ],
)
def test_it_lasts_six_calendar_months(signed_in, last):
    """The same day of the month, or that month's last where it has no such day."""
    assert last_day(signed_in) == last
    assert not has_expired(signed_in, last)
    assert has_expired(signed_in, last + timedelta(days=1))


def test_nothing_is_said_for_150_days_and_the_last_day_after_that():
    """A month ahead of the end, with the command that begins anew."""
    assert expiry_warning(DAY, DAY) == expiry_warning(DAY, DAY + timedelta(days=149)) == ""
    assert expiry_warning(DAY, DAY + timedelta(days=150)) == (
        "The sign-in of 2026-06-18 ends on 2026-12-18. Sign in again before that day with "
        "`pytest-spotify login`, and renew SPOTIFY_REFRESH_TOKEN where it is set."
    )
    assert "ended on 2026-12-18" in expiry_warning(DAY, date(2026, 12, 19))


def test_a_profile_is_told_its_own_command_and_variable():
    """Whoever signed in as a friend signs in as that friend again."""
    told = expiry_warning(DAY, date(2026, 12, 1), "best-friend")

    assert "`pytest-spotify login --profile best-friend`" in told
    assert "SPOTIFY_REFRESH_TOKEN_BEST_FRIEND" in told


def test_an_unknown_day_and_a_day_to_come_are_said_to_be_such():
    """Nobody is left to believe that a sign-in of unknown age lasts."""
    assert "set SPOTIFY_REFRESH_TOKEN_DATE to that day" in expiry_warning(None, DAY)
    assert "is yet to come" in expiry_warning(DAY, DAY - timedelta(days=2))


@pytest.fixture
def time() -> FakeTime:
    return FakeTime(now=1_781_740_800.0)  # 2026-06-18 in UTC


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "environment"])
def test_after_the_end_the_failure_says_so_before_any_request(tmp_path, time, stored):
    """On the last day it may still serve; a day later neither refresh nor cached token is tried."""
    http_client = HttpClient()
    answer = as_json({"access_token": "BQ1", "token_type": "Bearer", "expires_in": 3600, "scope": ""})
    with LoopbackServer(lambda _: answer) as server:
        credentials = Credentials(client_id="app")
        store = TokenStore(tmp_path / "store", accounts_url=server.url, client_id="app")
        token = Token(
            access_token=Secret("BQ0"),
            refresh_token=Secret("AQ0"),
            expires_at=time.monotonic + 10 * 365 * 86400,
        )
        if stored:
            store_sign_in(store, token, on=today(time.clock), clock=time.clock)
        else:
            credentials = Credentials(client_id="app", refresh_token=Secret("AQ0"), signed_in=DAY)

        def source() -> TokenSource:
            service = AccountsService(server.url, client_id="app", http_client=http_client, clock=time.clock)
            return TokenSource.stored("user", credentials, service=service, store=store, clock=time.clock)

        assert today(time.clock) == DAY
        time.pass_by(183 * 86400)
        source().token()
        before = len(server.received)
        time.pass_by(86400)
        with pytest.raises(InvalidGrant, match="The sign-in of 2026-06-18 ended on 2026-12-18"):
            source().token()
        assert len(server.received) == before
    http_client.close()
