"""Marked tests: their traffic with Spotify is recorded, replayed and checked, whatever client sends it.

`intercept` hands every request to Spotify here; the answer comes from the test's recording or, live, from
the run's target. What was exchanged is judged when the test's call is over, so that a violation is a
failure of the test and no error of its teardown.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_spotify.caller import caller_frame
from pytest_spotify.cassette import Player, cassette_name, load
from pytest_spotify.check import check
from pytest_spotify.contracts import ContractViolated
from pytest_spotify.errors import MissingRecording, SpotifyTestError
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Headers, Request, Response
from pytest_spotify.intercept import intercept, intercept_within
from pytest_spotify.outcome import OUTCOME, Outcome
from pytest_spotify.recording import record
from pytest_spotify.report.text import Context, failure
from pytest_spotify.run import DUMMY, Run, TokenOf, run_of
from pytest_spotify.violation import Violation, failing

if TYPE_CHECKING:
    import requests

_VARIABLES = {
    "client_id": ("SPOTIFY_CLIENT_ID", "SPOTIPY_CLIENT_ID"),
    "client_secret": ("SPOTIFY_CLIENT_SECRET", "SPOTIPY_CLIENT_SECRET"),
    "redirect_uri": ("SPOTIFY_REDIRECT_URI", "SPOTIPY_REDIRECT_URI"),
    "refresh_token": ("SPOTIFY_REFRESH_TOKEN",),
}


@dataclass(frozen=True, slots=True)
class _Sent:
    exchange: Exchange
    by: str  # file:line of the user's code


class Guard:
    """The traffic of one marked test with Spotify. Safe to use from the test's threads."""

    def __init__(self, item: pytest.Item, run: Run) -> None:
        self._item, self._run = item, run
        self._sent: list[_Sent] = []
        self._missed: SpotifyTestError | None = None
        self.outcome = Outcome(kind="marked")

    @property
    def cassette(self) -> Path:
        """Return where the test is recorded, beside its module."""
        access = self._run.settings.access
        module = cassette_name(self._item.path.stem)
        return self.root / access / module / f"{cassette_name(self._test_name)}.spotify.yaml"

    @property
    def root(self) -> Path:
        """Return the folder that no cassette of this test leaves."""
        return self._item.path.parent / "cassettes"

    def answer(self, request: Request) -> Response:
        """Answer a request that some client sends."""
        __tracebackhide__ = True
        asked = self._run.target.canonical_request(request)
        if asked.url.startswith(ACCOUNTS_URL):
            return self._run.transport(asked) if self._run.settings.live else _dummy_token()
        response = self.transport(asked)
        self.keep(Exchange(request=asked, response=response))
        return response

    def transport(self, request: Request) -> Response:
        """Answer a request to the Web API, without keeping it: a session tells of what its caller got."""
        __tracebackhide__ = True
        if self._run.settings.live:
            return self._run.transport(request)
        try:
            return self._player.play(request)
        except SpotifyTestError as error:
            self._missed = error
            raise

    def keep(self, exchange: Exchange) -> None:
        """Note an exchange, and which line of the test brought it about."""
        line = caller_frame(self._item.config.rootpath, self._item.path)
        if line is None:
            path, number, _ = self._item.reportinfo()
            line = Path(path), (number or 0) + 1
        self._sent.append(_Sent(exchange, f"{_shown(line[0], self._item.config)}:{line[1]}"))

    def judge(self) -> None:
        """Raise ContractViolated, or the replay miss that the test's code swallowed."""
        __tracebackhide__ = True
        if self._missed is not None:
            raise self._missed
        text = self.told()
        if text:
            raise ContractViolated([], text)

    def told(self) -> str:
        """Return the failure text of what does not fit, empty where all does."""
        rules, links = self._run.rules, set[str]()
        texts = []
        for sent in self._sent:
            violations = check(sent.exchange, rules, links=links)
            self._note(sent, violations)
            fatal = failing(violations, strict=self._run.settings.strict)
            if fatal:
                texts.append(failure(fatal, self._context(sent)))
            links |= _links(sent.exchange)
        return "\n\n".join(texts)

    def save(self) -> None:
        """Record the test, which passed, if this run records."""
        if self._run.settings.live and self._run.settings.record != "none" and self._sent:
            exchanges = [sent.exchange for sent in self._sent]
            record(self._run, self.cassette, exchanges, root=self.root)

    @cached_property
    def _player(self) -> Player:
        if not self.cassette.exists():
            raise MissingRecording(
                f"{self._item.name} has no recording of its traffic with Spotify\n\n"
                f"expected   {_shown(self.cassette, self._item.config)}\n"
                f"record     {self._record_command}"
            )
        cassette = load(self.cassette, record=self._record_command)
        self.outcome.recorded(cassette.provenance)
        return Player(cassette, record=self._record_command)

    @property
    def _test_name(self) -> str:
        # A class is part of the name: two classes of a module may have a test of the same name.
        return self._item.nodeid.partition("::")[2] or self._item.name

    @property
    def _record_command(self) -> str:
        return f"pytest {shlex.quote(self._item.nodeid)} --spotify-live --record-mode=rewrite"

    def _note(self, sent: _Sent, violations: list[Violation]) -> None:
        routed = self._run.rules.route(sent.exchange.request.method, sent.exchange.request.url)
        self.outcome.operations = [routed[0].operation if routed else "(no contract)"]
        self.outcome.judged(sent.exchange, violations)

    def _context(self, sent: _Sent) -> Context:
        routed = self._run.rules.route(sent.exchange.request.method, sent.exchange.request.url)
        live = self._run.settings.live
        return Context(
            exchange=sent.exchange,
            contract=routed[0] if routed else None,
            access=self._run.settings.access,
            source=f"live: {self._run.target_name}"
            if live
            else f"replayed: {_shown(self.cassette, self._item.config)}",
            sent_by=sent.by,
            record="" if live else self._record_command,
        )


GUARD: pytest.StashKey[Guard] = pytest.StashKey()


@contextmanager
def guarded(item: pytest.Item) -> Iterator[None]:
    """Guard a marked test from before its first fixture to after its last."""
    run = run_of(item.config)
    guard = item.stash[GUARD] = Guard(item, run)
    item.stash[OUTCOME] = guard.outcome
    hosts = {API_URL, ACCOUNTS_URL, run.target.api_url, run.target.accounts_url}
    with ExitStack() as stack:
        stack.enter_context(_variables(run))
        stack.enter_context(intercept(guard.answer, hosts=hosts))
        yield


@contextmanager
def called(item: pytest.Item) -> Iterator[None]:
    """Judge and record what a marked test exchanges while its call runs."""
    __tracebackhide__ = True
    guard = item.stash[GUARD]
    run = run_of(item.config)
    # A cassette that the test's own `vcr` mark opened lies over ours: it gets the same two methods.
    theirs = getattr(item, "funcargs", {}).get("vcr")
    hosts = {API_URL, ACCOUNTS_URL, run.target.api_url, run.target.accounts_url}
    with ExitStack() as stack:
        if theirs is not None:
            stack.enter_context(intercept_within(theirs, guard.answer, hosts=hosts))
        try:
            yield
        except Exception as error:
            if not isinstance(error, SpotifyTestError) and (text := guard.told()):
                item.add_report_section("call", "spotify", text)
            raise
    guard.judge()
    guard.save()


@contextmanager
def session_of(item: pytest.Item, token_of: TokenOf | None) -> Iterator[requests.Session]:
    """Give a marked test a session of ours."""
    from pytest_spotify.session import SpotifySession

    run, guard = run_of(item.config), item.stash[GUARD]
    session = SpotifySession(
        guard.transport,
        authorization=run.source(token_of) if token_of else None,
        target=run.target,
        on_exchange=guard.keep,
    )
    item.config.hook.pytest_spotify_session(config=item.config, session=session)
    with session:
        yield session


@contextmanager
def _variables(run: Run) -> Iterator[None]:
    """Give clients the variables that they refuse to start without: dummies, or the sandbox's own."""
    values: dict[str, Any] = dict.fromkeys(_VARIABLES, DUMMY) | {
        "redirect_uri": "http://127.0.0.1:8888/callback"
    }
    if run.settings.sandbox:
        sandbox = run.sandbox
        values = {name: getattr(sandbox, name) for name in _VARIABLES}
    with pytest.MonkeyPatch.context() as patch:
        for name, variables in _VARIABLES.items() if run.settings.sandbox or not run.settings.live else ():
            for variable in variables:
                patch.setenv(variable, values[name])
        yield


def _dummy_token() -> Response:
    """Return what the accounts service would grant: in replay nobody looks at the token (RFC 6749 5.1)."""
    body = {"access_token": DUMMY, "token_type": "Bearer", "expires_in": 3600, "scope": ""}
    return Response(
        status=200,
        headers=Headers({"Content-Type": "application/json"}),
        body=json.dumps(body).encode(),
    )


def _links(exchange: Exchange) -> set[str]:
    from pytest_spotify.check.body import Body

    return Body(exchange.response.body).links()


def _shown(path: Path, config: pytest.Config) -> str:
    return str(path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path)
