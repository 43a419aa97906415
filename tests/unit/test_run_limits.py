import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_spotify.errors import InvalidClient, InvalidGrant, RequestBudgetExceeded, RunStopped
from pytest_spotify.transport.limits import RunLimits
from pytest_spotify.transport.retry_after import retry_after
from tests.support.loopback_server import FakeTime

NOW = 1_795_000_000.0
YEAR = 366 * 24 * 3600.0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1),
        ("30", 30),
        (" 5 ", 5),
        ("0", 1),
        ("0.2", 1),
        ("79892", 79892),
        ("1e12", YEAR),
        ("9" * 400, YEAR),
        ("inf", YEAR),
        ("nan", None),
        ("-1", None),
        ("-inf", None),
        ("", None),
        ("soon", None),
        ("12 monkeys", None),
        ("\u0663", 3),
        (formatdate(NOW + 25, usegmt=True), 25),
        (formatdate(NOW - 25, usegmt=True), 1),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 1),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 99999999 08:49:37 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(value, expected):
    """What says nothing usable is None; nothing is below a second or beyond a year."""
    assert retry_after(value, now=NOW) == expected


@given(st.text() | st.integers().map(str) | st.floats().map(str))
@settings(deadline=None, database=None)
def test_retry_after_is_safe_for_any_text(value):
    """Whatever a server sends, the answer is None or a number of seconds in the bounds."""
    seconds = retry_after(value, now=NOW)

    assert seconds is None or 1 <= seconds <= YEAR


@pytest.fixture(params=["memory", "file"])
def folder(request, tmp_path):
    return tmp_path if request.param == "file" else None


def test_the_budget_ends_a_run(folder):
    """The number is what leaves, to the request; the message names the option."""
    limits = RunLimits(max_requests=3, folder=folder)

    assert [limits.acquire("GET x") for _ in range(3)] == [0.0] * 3
    with pytest.raises(RequestBudgetExceeded, match=r"^GET x: not sent; .*--spotify-max-requests=3\)"):
        limits.acquire("GET x")
    with pytest.raises(RunStopped, match=r"^not asked: --spotify-max-requests=3 is used up$"):
        limits.acquire("GET x")


def test_no_number_is_no_limit(folder):
    """Zero lets everything go."""
    limits = RunLimits(folder=folder)

    assert [limits.acquire("GET x") for _ in range(50)] == [0.0] * 50


def test_a_stop_holds_everybody_until_its_end(folder):
    """Who asks meanwhile is told how long, and uses up no request; a shorter stop does not shorten it."""
    time = FakeTime()
    limits = RunLimits(max_requests=1, folder=folder, clock=time.clock)

    limits.pause(20)
    limits.pause(5)

    assert limits.acquire("GET x") == 20
    time.pass_by(19)
    assert limits.acquire("GET x") == 1
    time.pass_by(1)
    assert limits.acquire("GET x") == 0


def test_workers_of_a_run_share_budget_and_stop(tmp_path):
    """What one worker sent or was told counts for all."""
    time = FakeTime()
    one, other = (RunLimits(max_requests=3, folder=tmp_path, clock=time.clock) for _ in range(2))

    one.acquire("GET x")
    other.acquire("GET x")
    other.pause(10)
    assert one.acquire("GET x") == 10
    time.pass_by(10)
    one.acquire("GET x")
    with pytest.raises(RequestBudgetExceeded):
        other.acquire("GET x")


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(31.0, "limited until 13:47 UTC"), (None, "limited for a time that it does not name")],
    ids=["long", "unknown"],
)
def test_a_long_pause_is_a_stop_in_one_step(tmp_path, seconds, reason):
    """The others are not asked from the moment that the pause is known: they never meet it as a wait."""
    time = FakeTime()
    one, other = (RunLimits(folder=tmp_path, clock=time.clock) for _ in range(2))

    one.pause(30.0)
    assert other.acquire("GET x") == 30.0
    one.pause(seconds)
    with pytest.raises(RunStopped) as raised:
        other.acquire("GET x")
    assert str(raised.value) == f"not asked: {reason}"


def test_a_long_pause_of_a_run_that_keeps_going():
    """It is a wait for everybody, as nothing stops such a run."""
    time = FakeTime()
    limits = RunLimits(keep_going=True, clock=time.clock)

    assert limits.pause(100.0, since=time.clock.time() - 10.0) == 90.0
    assert limits.acquire("GET x") == 90.0


PROGRAM = """
import sys
from pathlib import Path
from pytest_spotify.errors import RequestBudgetExceeded, RunStopped
from pytest_spotify.transport.limits import RunLimits
limits, taken = RunLimits(max_requests=50, folder=Path(sys.argv[1])), 0
try:
    while True:
        limits.acquire("GET x")
        taken += 1
except (RequestBudgetExceeded, RunStopped):
    print(taken)
"""


def test_processes_that_race_do_not_overdraw(tmp_path):
    """Four processes that take as fast as they can get exactly the budget between them."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(4)
    ]
    taken = [int(child.communicate(timeout=60)[0]) for child in children]

    assert sum(taken) == 50


@pytest.mark.parametrize(
    ("error", "tokens_refused"), [(InvalidGrant("over"), 1), (InvalidClient("unknown"), 3)]
)
def test_a_refusal_of_credentials_is_met_once(tmp_path, error, tokens_refused):
    """Who met it has the error; for the others a token of that kind is not asked for, or none of the app."""
    one, other = (RunLimits(folder=tmp_path) for _ in range(2))
    with one.noted_refusal("user", "default"), other.noted_refusal("app", "default"):
        pass
    with pytest.raises(type(error)) as raised, one.noted_refusal("user", "default"):
        raise error
    assert raised.value is error
    tokens = [("user", "default"), ("app", "default"), ("user", "alice")]
    refused = [token for token in tokens if _is_refused(other, *token)]
    assert refused == tokens[:tokens_refused]


def _is_refused(limits, kind, profile):
    try:
        with limits.noted_refusal(kind, profile):
            return False
    except RunStopped as error:
        return str(error) == "not asked: the accounts service refused the credentials"


def test_a_run_without_limits_never_waits():
    """Neither a pace nor a number of requests is kept that nobody asked for."""
    time = FakeTime()
    limits = RunLimits(clock=time.clock)
    assert [limits.acquire("GET /me") for _ in range(300)] == [0.0] * 300
    assert time.slept == []


def test_a_stop_is_told_without_our_frames():
    """Pytest shows no frame of ours where a test is refused its request."""
    limits = RunLimits()
    limits.stop("enough")
    with pytest.raises(RunStopped) as raised:
        limits.raise_if_stopped()
    hidden = [entry.locals.get("__tracebackhide__") for entry in raised.traceback[1:]]
    assert hidden == [True]
