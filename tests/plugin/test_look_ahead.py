"""Requests of a live run that are in flight while others are checked; nothing else is different for it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from pytest_spotify.plugin.items import live_run
from pytest_spotify.sandbox import Sandbox
from pytest_spotify.transport import look_ahead
from pytest_spotify.transport.client import Timeouts
from tests.support.between import Between
from tests.support.loopback_server import Received, Reply, as_json
from tests.support.project import Project, no_traceback

OPERATIONS = (
    "get-an-album",
    "get-an-artist",
    "get-current-users-profile",
    "get-playlist",
    "get-track",
    "get-users-saved-tracks",
    "remove-library-items",
    "search",
)
Meddle = Callable[[int, Received], Reply | None]

WRITE = """
import pytest

@pytest.mark.spotify
@pytest.mark.spotify_write
def test_it(spotify_session):
    spotify_session.put("/me/library?uris=spotify:track:11dFghVXANMlKmJXsNCbNl")
"""


class Watched(Between):
    """A way to the sandbox that knows how many requests are open, and may hold or break them.

    `meddle` is called with each request and its number, from 1 on, and may have an answer to it. With
    `meeting` the second is held until there is another beside it, however slow the machine.
    """

    def __init__(
        self, sandbox: Sandbox, meddle: Meddle = lambda number, received: None, *, meeting: bool = False
    ) -> None:
        super().__init__(sandbox, lambda reply: reply)
        self.options = [
            "--spotify-live",
            f"--spotify-api-url={self.server.url}/v1",
            f"--spotify-accounts-url={sandbox.accounts_url}",
        ]
        self.meddle, self.meeting = meddle, meeting
        self.number = self.open = self.most = 0
        self.answered: set[int] = set()
        self.beside_writes: list[int] = []
        self._changed = threading.Condition()

    def answer(self, received: Received) -> Reply:
        with self._changed:
            self.number = number = self.number + 1
            self.open += 1
            self.most = max(self.most, self.open)
            if received.method == "PUT":
                self.beside_writes.append(self.open)
            self._changed.notify_all()
        try:
            if self.meeting and number == 2:
                self.wait_for(lambda: self.most > 1)
            reply = self.meddle(number, received)
            return super().answer(received) if reply is None else reply
        finally:
            with self._changed:
                self.open -= 1
                self.answered.add(number)
                self._changed.notify_all()

    def wait_for(self, state: Callable[[], bool], at_most: float = 2.5) -> None:
        """Hold a request until something is so."""
        with self._changed:
            self._changed.wait_for(state, at_most)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Each request, in no order."""
        return sorted((each.method, each.path) for each in self.server.received)


class Once:
    """A fault that the first request for the user's tracks meets."""

    def __init__(self, reply: Reply) -> None:
        self._reply, self.met = reply, False
        self._lock = threading.Lock()

    def __call__(self, number: int, received: Received) -> Reply | None:
        with self._lock:
            if self.met or received.path != "/v1/me/tracks":
                return None
            self.met = True
            return self._reply


def outcome(result: pytest.RunResult) -> str:
    """Return what a run has printed, without addresses and times, which are others each time."""
    text = re.sub(r"127\.0\.0\.1:\d+|in \d+\.\d+s|rootdir: .*|\d\d:\d\d:\d\d", "", result.stdout.str())
    return re.sub(r"=+", "=", text)


def uncounted(result: pytest.RunResult) -> str:
    """Return the same without the count of requests: some were in flight when the run was stopped."""
    return re.sub(r"\d+ requests sent( for \d+ exchanges of tests)?", "", outcome(result))


def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next runs send a request once the one before was answered."""
    monkeypatch.setattr(live_run, "AT_ONCE", 1)


def without_time(cassettes: dict[str, bytes]) -> dict[str, bytes]:
    """Return cassettes without the time at which they were recorded, and the checksum of that."""
    return {name: re.sub(rb"(recorded_at|sha256): .*", b"", text) for name, text in cassettes.items()}


def in_flight() -> list[str]:
    """Return the threads that send requests before their turn."""
    return [thread.name for thread in threading.enumerate() if thread.name == "spotify-look-ahead"]


def test_requests_are_in_flight_together(project: Project, sandbox: Sandbox, live: list[str]):
    """Eight at once and no more, after a first answer; items end in their order, answered in any."""
    project.bundled(*OPERATIONS)

    def hold(number: int, received: Received) -> None:
        """Answer the second to the ninth request when all are there, the last one first."""
        if 1 < number <= 9:
            between.wait_for(lambda: between.answered >= {1, *range(number + 1, 10)} and between.number >= 9)

    with Watched(sandbox, hold) as between:
        result = project.run(*between.options, "-v", "-k", "token")
    collected = project.run(*between.options, "--collect-only", "-q", "-k", "token").outlines
    assert between.most == 8
    ended = [line.split()[0] for line in result.outlines if " PASSED " in line]
    assert ended == [line for line in collected if "::" in line]
    assert result.ret == 0
    assert in_flight() == []


LIBRARY = tuple(f"get-users-saved-{each}" for each in ("albums", "episodes", "shows", "tracks"))


def test_what_the_account_has_is_asked_ahead(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch
):
    """Cases with preconditions wait for no answer alone, and the account is asked no more than one by one."""
    project.bundled(*LIBRARY)
    asked, beside = set(), []

    def hold(number: int, received: Received) -> None:
        """Answer the first two questions about the library when both are there."""
        if received.path.endswith("?limit=1"):
            asked.add(received.path)
            between.wait_for(lambda: len(asked) > 1)
            beside.append(len(asked) > 1)

    with Watched(sandbox, hold) as between:
        together = project.run(*between.options, "-v", "-k", "not token")
    one_by_one(monkeypatch)
    with Watched(sandbox) as alone:
        single = project.run(*alone.options, "-v", "-k", "not token")
    assert len(beside) == 4
    assert all(beside)
    assert between.asked == alone.asked
    assert outcome(together) == outcome(single)
    assert in_flight() == []


def test_nothing_is_sent_twice(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch
):
    """The target is sent what it is sent one by one, tokens included; the run prints the same."""
    project.bundled(*OPERATIONS[:4])
    with Watched(sandbox) as between:
        together = project.run(*between.options, "-v")
    tokens = [exchange.path for exchange in sandbox.exchanges if "token" in exchange.path]
    one_by_one(monkeypatch)
    with Watched(sandbox) as alone:
        single = project.run(*alone.options, "-v")
    assert alone.most == 1
    assert between.asked == alone.asked
    assert outcome(together) == outcome(single)
    assert len(tokens) == 2


def test_cassettes_are_the_same(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch
):
    """What is recorded is byte for byte what is recorded one by one."""
    project.bundled(*OPERATIONS[1:4])
    record = (*live, "--record-mode=rewrite", "-o")
    assert project.run(*record, "spotify_cassette_dir=together").ret == 0
    one_by_one(monkeypatch)
    assert project.run(*record, "spotify_cassette_dir=alone").ret == 0
    together, alone = project.cassettes("together"), project.cassettes("alone")
    assert len(together) > 12
    assert without_time(together) == without_time(alone)


LIMIT = as_json({"error": {"status": 429, "message": "API rate limit exceeded"}}, 429, Retry_After="1")
QUOTA = as_json({"error": {"status": 429, "message": "x", "reason": "QUOTA_EXCEEDED"}}, 429)
ERROR = as_json({"error": {"status": 500, "message": "Server error"}}, 500)
UNAVAILABLE = as_json({"error": {"status": 503, "message": "x"}}, 503, Retry_After="1")
WRONG = as_json({"error": {"status": 400, "message": "x"}}, 400)
CUT = Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Le"])


FAULTS = {"limit": LIMIT, "quota": QUOTA, "500": ERROR, "503": UNAVAILABLE, "cut": CUT, "400": WRONG}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name in ("503", "cut") else []) for name in FAULTS],
)
def test_a_fault_in_flight(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch, name: str
):
    """Its item meets it as it would have alone: the same results, texts, waits and counts."""
    project.bundled(*OPERATIONS)
    arguments = ("-rs", "-v", "-k", "no-token")
    with Watched(sandbox, Once(FAULTS[name]), meeting=True) as between:
        together = project.run(*between.options, *arguments)
    no_traceback(together)
    one_by_one(monkeypatch)
    fault = Once(FAULTS[name])
    with Watched(sandbox, fault) as alone:
        single = project.run(*alone.options, *arguments)
    assert between.most > 1
    assert fault.met
    assert together.ret == single.ret
    shown = uncounted if name == "quota" else outcome
    assert shown(together) == shown(single)


@pytest.mark.parametrize("name", ["500", "quota", pytest.param("cut", marks=pytest.mark.slow)])
def test_an_outage_in_flight(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch, name: str
):
    """As many items fail as would have alone, with the same texts; the rest is not asked."""
    project.bundled(*OPERATIONS)

    def end_service(number: int, received: Received) -> Reply | None:
        early = received.path.startswith(("/v1/albums", "/v1/artists"))
        return None if early else FAULTS[name]

    with Watched(sandbox, end_service) as between:
        together = project.run(*between.options, "-rs", "-k", "no-token")
    no_traceback(together)
    one_by_one(monkeypatch)
    with Watched(sandbox, end_service) as alone:
        single = project.run(*alone.options, "-rs", "-k", "no-token")
    assert together.parseoutcomes()["failed"] == (1 if name == "quota" else 3)
    assert uncounted(together) == uncounted(single)
    assert len(between.asked) <= len(alone.asked) + 7


def test_a_limit_of_all_in_flight(project: Project, sandbox: Sandbox, live: list[str]):
    """All that are refused are waited for together, once, from when they were refused."""
    project.bundled(*OPERATIONS)

    def refuse(number: int, received: Received) -> Reply | None:
        """Refuse the second to the eighth request, when all of them are there."""
        if not 1 < number <= 8:
            return None
        between.wait_for(lambda: between.number >= 8)
        return LIMIT

    with Watched(sandbox, refuse) as between:
        result = project.run(*between.options, "-k", "no-token")
    result.assert_outcomes(passed=8, deselected=40)
    result.stdout.fnmatch_lines(["15 requests sent for 8 exchanges of tests; 1 wait, 1 s"])


def test_a_late_response(
    project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch
):
    """What is not answered soon is asked again in its turn, and then waited for as long as anything."""
    project.bundled(*OPERATIONS)
    monkeypatch.setattr(look_ahead, "_PATIENCE", Timeouts(connect=0.1, read=0.1, total=0.1))

    def times() -> int:
        return [each.path for each in between.server.received].count("/v1/me/tracks")

    def hold(number: int, received: Received) -> None:
        if received.path == "/v1/me/tracks" and times() == 1:
            between.wait_for(lambda: times() == 2)

    with Watched(sandbox, hold) as between:
        result = project.run(*between.options, "-k", "no-token")
    assert result.ret == 0
    assert times() == 2


def test_the_end_at_a_first_failure(project: Project, sandbox: Sandbox, live: list[str]):
    """With `-x` nothing is sent after the failure but what was in flight."""
    project.bundled(*OPERATIONS)
    with Watched(sandbox, lambda number, received: WRONG if number == 4 else None) as between:
        result = project.run(*between.options, "-x")
        assert in_flight() == []
    passed = result.parseoutcomes().get("passed", 0)
    assert result.parseoutcomes()["failed"] == 1
    assert len(between.asked) <= passed + 1 + 7 < 20


def test_an_interrupt(project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch):
    """A run that is interrupted ends within seconds, and leaves nothing in flight."""
    project.bundled(*OPERATIONS)
    project.file(
        "conftest.py",
        """
        import threading

        def pytest_runtest_logreport(report):
            if report.when == "call" and "bad-token" in report.nodeid:
                raise KeyboardInterrupt

        def pytest_sessionfinish():
            assert "spotify-look-ahead" not in [thread.name for thread in threading.enumerate()]
        """,
    )
    ended, patience = threading.Event(), look_ahead._PATIENCE.total
    monkeypatch.setattr(look_ahead, "_PATIENCE", replace(look_ahead._PATIENCE, total=0.2))

    def hold(number: int, received: Received) -> None:
        if not received.path.startswith("/v1/albums"):
            ended.wait(10)

    with Watched(sandbox, hold) as between:
        began = time.monotonic()
        result = project.run(*between.options, no_reraise_ctrlc=True)
        elapsed = time.monotonic() - began
        assert between.open > 1
        assert in_flight() == []
        ended.set()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert elapsed < 5
    assert patience <= 3


def test_a_write_is_alone(project: Project, sandbox: Sandbox, live: list[str]):
    """While a marked test runs no case's request is in flight, be it of one that was skipped."""
    project.bundled(*OPERATIONS)
    project.file("contracts/m/test_it.py", WRITE)
    project.file(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            marked = next(item for item in items if item.name == "test_it")
            items.remove(marked)
            items[6].add_marker(pytest.mark.skip)
            items.insert(7, marked)
        """,
    )

    def hold(number: int, received: Received) -> None:
        """Give the write the time to come while the request of the skipped case is open."""
        if received.path.startswith("/v1/playlists"):
            between.wait_for(lambda: bool(between.beside_writes), 0.5)

    with Watched(sandbox, hold, meeting=True) as between:
        result = project.run(*between.options, "--spotify-write", "-k", "token or test_it")
    assert result.parseoutcomes()["passed"] == 16
    assert between.most > 1
    assert between.beside_writes == [1]


def test_a_budget(project: Project, sandbox: Sandbox, live: list[str], monkeypatch: pytest.MonkeyPatch):
    """It is used up at the item at which it would be one by one."""
    project.bundled(*OPERATIONS[:6])
    with Watched(sandbox, meeting=True) as between:
        together = project.run(*between.options, "--spotify-max-requests=30", "-v")
    one_by_one(monkeypatch)
    with Watched(sandbox) as alone:
        single = project.run(*alone.options, "--spotify-max-requests=30", "-v")
    assert between.most > 1
    assert outcome(together) == outcome(single)
    assert between.asked == alone.asked


def test_a_token_that_ends_in_flight(project: Project, sandbox: Sandbox, live: list[str]):
    """It is refreshed once, and every case is answered."""
    project.bundled(*OPERATIONS[:4])

    def expire(number: int, received: Received) -> None:
        if number == 11:
            sandbox.expire_tokens()

    with Watched(sandbox, expire, meeting=True) as between:
        result = project.run(*between.options)
    assert result.ret == 0
    assert between.most > 1
    tokens = [exchange.path for exchange in sandbox.exchanges if exchange.path.endswith("/api/token")]
    assert len(tokens) <= 4


@pytest.mark.parametrize(
    "kind",
    ["worksteal", *(pytest.param(each, marks=pytest.mark.slow) for each in ("load", "loadfile", "each"))],
)
def test_workers(project: Project, sandbox: Sandbox, live: list[str], kind: str):
    """Each worker sends the request of its next item beside that of its own; each request is sent once."""
    project.bundled(*OPERATIONS)
    with Watched(sandbox) as alone:
        project.run(*alone.options, "-k", "token")
    tx = ["--tx=2*popen"] if kind == "each" else ["-n2"]
    with Watched(sandbox) as between:
        result = project.run(*between.options, "-k", "token", f"--dist={kind}", *tx)
    times = 2 if kind == "each" else 1
    assert result.parseoutcomes()["passed"] == 16 * times
    assert between.asked == sorted(alone.asked * times)
    assert between.most <= 4
