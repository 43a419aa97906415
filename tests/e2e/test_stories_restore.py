"""Stories leave an account as it was: when they pass, fail at any point, or are interrupted.

The account is that of a sandbox which outlives the runs. Each run ends every story after so many of its
requests, the last of which was carried out: the worst moment to stop.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
import requests

from pytest_spotify.plugin.xdist import account_lock, set_shared_dir
from pytest_spotify.sandbox import Sandbox
from tests.support.between import Between
from tests.support.loopback_server import Received, Reply
from tests.support.project import Project, live_at

FLOWS = Path(__file__).parents[1] / "flows"
WRITE = ("--spotify-write", "--spotify-access=extended")
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


class EndStories:
    """A pytest plugin that ends each story once it has sent so many requests."""

    def __init__(self, after: int, error: type[BaseException]) -> None:
        self.after, self.error = after, error

    def pytest_spotify_session(self, session: requests.Session) -> None:
        send, left = session.send, self.after

        def counted(request: requests.PreparedRequest, **keywords: Any) -> requests.Response:
            nonlocal left
            left -= 1
            response = send(request, **keywords)
            if left == 0:
                raise self.error("broken off")
            return response

        session.send = counted  # type: ignore[method-assign]


Send = Callable[..., requests.Response]


class ChangePutBack:
    """A pytest plugin through which every request goes that is sent when a story is torn down."""

    def __init__(self, send: Callable[[Send, str, str], requests.Response]) -> None:
        self.send = send

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        original, change = requests.Session.request, self.send

        def request(session: requests.Session, method: str, url: str, **keywords: Any) -> requests.Response:
            return change(lambda method, url: original(session, method, url, **keywords), method, url)

        with patch.object(requests.Session, "request", request):
            return (yield)


class Times:
    """A pytest plugin that knows when each story began and ended, and on which worker."""

    def __init__(self) -> None:
        self.of_workers: dict[str, list[tuple[float, float]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.of_workers.setdefault(report.worker_id, []).append((report.start, report.stop))


class Account:
    """The account of a running sandbox, looked at from outside."""

    def __init__(self, sandbox: Sandbox, project: Project, session: requests.Session) -> None:
        self.sandbox, self.project, self.session = sandbox, project, session
        answer = session.post(
            f"{sandbox.accounts_url}/api/token",
            data={"grant_type": "refresh_token", "refresh_token": sandbox.refresh_token},
            auth=(sandbox.client_id, sandbox.client_secret),
            timeout=10,
        )
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def ask(self, method: str, path: str, **query: Any) -> Any:
        url = path if path.startswith("http") else self.sandbox.api_url + path
        answer = self.session.request(method, url, params=query, timeout=10)
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

    def run(self, *arguments: str, plugins: Sequence[object] = ()) -> pytest.RunResult:
        """Run stories live against the sandbox, as somebody with an account would."""
        return self.project.run(
            "-rs", *live_at(self.sandbox), *arguments, plugins=plugins, no_reraise_ctrlc=True
        )

    def _all(self, path: str) -> list[Any]:
        items, link = [], f"{path}?limit=50"
        while link:
            page = self.ask("GET", link)
            items += page["items"]
            link = page["next"]
        return items


@pytest.fixture(scope="module")
def extended() -> Iterator[Sandbox]:
    with Sandbox(access="extended") as sandbox:
        yield sandbox


@pytest.fixture
def account(extended: Sandbox, project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account that has nothing of what the stories save, so that they need not be skipped."""
    extended.reset()
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", extended.client_id)
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", extended.client_secret)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", extended.refresh_token)
    with requests.Session() as session:
        account = Account(extended, project, session)
        account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))
        yield account


some_or_all = pytest.mark.parametrize(
    "stories", [STORIES, pytest.param([""], marks=pytest.mark.slow)], ids=["some", "all"]
)


@some_or_all
def test_all_stories_leave_the_account_as_it_was(account: Account, stories: Sequence[str]) -> None:
    """A whole run of the stories, as it passes, changes nothing."""
    before = account.state()
    ran = account.run(*WRITE, *(f"{FLOWS}/{story}" for story in stories))
    assert ran.ret == 0
    assert before == account.state()


def test_one_worker_at_a_time_changes_the_account(tmp_path: Path) -> None:
    """While the story of a worker is under way, that of another waits for the account."""
    workerinput: dict[str, object] = {}
    set_shared_dir(workerinput, tmp_path)
    workers = [SimpleNamespace(workerinput=workerinput) for _ in range(2)]
    begun = threading.Event()

    def other() -> None:
        with account_lock(workers[1]):
            begun.set()

    thread = threading.Thread(target=other)
    with account_lock(workers[0]):
        thread.start()
        assert not begun.wait(0.1)
    thread.join(10)
    assert begun.is_set()


@pytest.mark.slow
def test_two_workers_take_turns(account: Account) -> None:
    """Stories on several workers change the account one after the other, so each puts back what was there."""
    before, times = account.state(), Times()
    ran = account.run("-n2", *WRITE, f"{FLOWS}/test_library.py", plugins=[times])
    assert ran.ret == 0
    assert "skipped" not in ran.parseoutcomes()
    assert before == account.state()
    assert len(times.of_workers) == 2
    told = sorted(each for one in times.of_workers.values() for each in one)
    assert all(end <= begins for (_, end), (begins, _) in pairwise(told))


def _after(*requests_: int, slow: tuple[int, ...]) -> pytest.MarkDecorator:
    more = [pytest.param(number, marks=pytest.mark.slow) for number in slow]
    return pytest.mark.parametrize("requests_", [*requests_, *more])


@some_or_all
@_after(4, slow=(1, 2, 8, 16))
def test_stories_that_fail_put_the_account_back(
    account: Account, stories: Sequence[str], requests_: int
) -> None:
    """Each story that breaks off after a number of requests fails, and what it changed is put back."""
    before = account.state()
    ran = account.run(
        *WRITE,
        f"--ignore={FLOWS / 'clients'}",
        *(f"{FLOWS}/{story}" for story in stories),
        plugins=[EndStories(requests_, AssertionError)],
    )
    assert ran.ret == 1
    assert ran.parseoutcomes()["failed"]
    assert "broken off" in ran.stdout.str()
    assert "errors" not in ran.parseoutcomes()
    assert before == account.state()


@pytest.mark.parametrize(
    "story",
    [pytest.param(story, marks=[] if "test_playlist" in story else [pytest.mark.slow]) for story in STORIES],
)
@_after(1, slow=(5, 12))
def test_stories_that_are_interrupted_put_the_account_back(
    account: Account, story: str, requests_: int
) -> None:
    """Ctrl-C ends the run at once, and what the story changed is put back before it ends."""
    before = account.state()
    ran = account.run(*WRITE, f"{FLOWS}/{story}", plugins=[EndStories(requests_, KeyboardInterrupt)])
    if "passed" in ran.parseoutcomes():  # a story of fewer requests
        assert requests_ > 1
    else:
        assert ran.ret == pytest.ExitCode.INTERRUPTED
    assert before == account.state()


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Have Ctrl-C interrupt, which a process started in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@_after(4, slow=(1, 2, 6))
@pytest.mark.usefixtures("ctrl_c")
def test_an_interrupted_put_back_is_finished(account: Account, requests_: int) -> None:
    """Ctrl-C while the account is put back waits until it is, and then ends the run."""
    left = requests_

    def interrupt(send: Send, method: str, url: str) -> requests.Response:
        nonlocal left
        left -= 1
        response = send(method, url)
        if left == 0:
            signal.raise_signal(signal.SIGINT)
        return response

    before = account.state()
    ran = account.run(*WRITE, str(FLOWS / "test_player.py"), plugins=[ChangePutBack(interrupt)])
    assert left <= 0
    assert ran.ret == pytest.ExitCode.INTERRUPTED
    assert before == account.state()


class LateWrite(Between):
    """A way to the sandbox that interrupts a run which sets the volume, and is slow to carry that out."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, lambda reply: reply)
        self.has_interrupted = False
        self.next, self.ended, self.carried_out = threading.Event(), threading.Event(), threading.Event()

    def answer(self, received: Received) -> Reply:
        if self.has_interrupted or not received.path.startswith("/v1/me/player/volume"):
            if self.has_interrupted:
                self.next.set()
            return super().answer(received)
        self.has_interrupted = True
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        if self.next.wait(1):  # whoever sent this has given it up
            self.ended.wait(10)
        try:
            return super().answer(received)
        finally:
            self.carried_out.set()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no pthread_kill on this system")
@pytest.mark.usefixtures("ctrl_c")
def test_a_write_is_not_cut_off(account: Account) -> None:
    """Ctrl-C waits for the answer to a write, which may be carried out late: after what puts it back."""
    before = account.state()
    with LateWrite(account.sandbox) as between:
        ran = account.project.run(
            *between.options, *WRITE, str(FLOWS / "test_player.py"), no_reraise_ctrlc=True
        )
        between.ended.set()
        assert between.carried_out.wait(10)
    assert ran.ret == pytest.ExitCode.INTERRUPTED
    assert before == account.state()


@pytest.mark.parametrize(
    "options",
    [[f"--ignore={FLOWS / 'clients'}"], pytest.param([], marks=pytest.mark.slow)],
    ids=["own", "with those of clients"],
)
def test_stories_are_skipped_without_leave_to_write(account: Account, options: Sequence[str]) -> None:
    """A live run without --spotify-write skips every story, with a counted reason, and sends no write."""
    account.sandbox.reset()
    ran = account.run("--spotify-access=extended", *options, str(FLOWS))
    assert ran.ret == 0
    assert "only --spotify-write allows" in ran.stdout.str()
    methods = {logged.method for logged in account.sandbox.exchanges if logged.path.startswith("/v1")}
    assert methods <= {"GET"}
    account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))


def test_what_is_in_the_library_already_is_left_alone(account: Account) -> None:
    """A story whose item the account has saved is skipped: saving it anew would change when it was saved."""
    account.ask("PUT", "/me/library", uris=LIBRARY[0])
    before = account.state()
    ran = account.run("--spotify-write", f"{FLOWS}/test_library.py::test_save_by_uri[track]")
    after = account.state()
    account.ask("DELETE", "/me/library", uris=LIBRARY[0])
    assert ran.ret == 0
    assert f"the account has {LIBRARY[0]} in its library" in ran.stdout.str()
    assert before == after


@pytest.mark.parametrize(
    ("need", "reason"),
    [("free-account", "requires `premium`"), ("no-device", "requires `device`")],
)
def test_the_player_is_left_alone_without_premium_or_device(account: Account, need: str, reason: str) -> None:
    """Where the account cannot be commanded, the player's story is skipped, with a counted reason."""
    account.sandbox.arrange([need])
    ran = account.run(*WRITE, str(FLOWS / "test_player.py"))
    account.sandbox.arrange(["premium", "playing-track"])
    assert ran.ret == 0
    assert reason in ran.stdout.str()
    assert "1 skipped" in ran.stdout.str()


def test_what_cannot_be_put_back_is_said(account: Account) -> None:
    """A story whose account cannot be put back ends in an error that says what to put right by hand."""

    def spoil(send: Send, method: str, url: str) -> requests.Response:
        return send(method, f"{url}:broken" if method == "DELETE" else url)

    story = f"{FLOWS}/test_library.py::test_follow_by_uri[artist]"
    ran = account.run(*WRITE, story, plugins=[EndStories(1, AssertionError), ChangePutBack(spoil)])
    account.ask("DELETE", "/me/library", uris=",".join(LIBRARY))
    ran.stdout.fnmatch_lines(
        [
            "*the account is not as it was before the test; put it right by hand:",
            "*DELETE /me/library?uris=spotify:artist:*",
        ]
    )
    ran.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize("need", ["idle-player", "playing-episode", "playing-advertisement"])
def test_playback_of_any_kind_is_put_back_or_left_alone(account: Account, need: str) -> None:
    """An idle player is left silent, an episode goes on where it was; an advertisement cannot be put back."""
    account.sandbox.arrange([need])
    before = account.ask("GET", "/me/player", additional_types="track,episode")
    ran = account.run(*WRITE, str(FLOWS / "test_player.py"))
    after = account.ask("GET", "/me/player", additional_types="track,episode")
    account.sandbox.arrange(["playing-track"])
    assert ran.ret == 0
    if before is None:
        assert after is None or not after["is_playing"]
    else:
        assert before | {"timestamp": 0} == after | {"timestamp": 0}
    assert ("could not be started again" in ran.stdout.str()) == (need == "playing-advertisement")
