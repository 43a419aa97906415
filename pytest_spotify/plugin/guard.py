"""Marked tests: their traffic with Spotify is recorded, replayed and checked, whatever client sends it.

`intercept` hands every request to Spotify here; the answer comes from the test's recording or, live, from
the run's target. What was exchanged is judged when the test's call is over, so that a violation is a
failure of the test and no error of its teardown; what its fixtures exchange later is judged after them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_spotify.contracts.registry import scopes_by_operation
from pytest_spotify.errors import (
    ContractViolated,
    MissingRecording,
    ServiceError,
    SpotifyTestError,
    UnrecordableTraffic,
)
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Request, Response
from pytest_spotify.intercept import intercept, intercept_in_cassette
from pytest_spotify.intercept.caller import caller_line, definition
from pytest_spotify.plugin.clients import variables
from pytest_spotify.plugin.dummies import granted
from pytest_spotify.plugin.judging import Circumstances, Judge, Sent
from pytest_spotify.plugin.marking import marking_of
from pytest_spotify.plugin.outcome import Outcome
from pytest_spotify.plugin.places import access_of, marked_cassette, record_command, root_of
from pytest_spotify.plugin.recording import record
from pytest_spotify.plugin.replay import Replay, refuse_age
from pytest_spotify.plugin.run import Run


class Guard:
    """The traffic of one marked test with Spotify. Safe to use from the test's threads."""

    def __init__(self, item: pytest.Item, run: Run, *, lift: Callable[[], None]) -> None:
        self._item, self._run = item, run
        self._lift = lift  # lets the test reach other hosts
        self._marking = marking_of(item)
        self._sent: list[Sent] = []
        self._judged = 0
        # Raised at a client, which may have swallowed it.
        self._trouble: SpotifyTestError | ContractViolated | None = None
        self._wide: str = ""  # the fixture at work that outlives the test
        self._within = ExitStack()
        self.outcome = Outcome(kind="marked")
        self.passed = True
        self._access = access_of(item)
        self._cassette, self._record_command = marked_cassette(item), record_command(item)
        self._replay = Replay(run, self._cassette, self.outcome, test=item.name, record=self._record_command)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Answer every client of this process, from before the test's first fixture to after its last."""
        with variables(self._run), intercept(self.answer, hosts=self._hosts), self._within:
            if self._run.settings.sandbox:
                self._within.enter_context(self._run.sandbox.serving(self._access))
            self._run.guard = self
            try:
                yield
            finally:
                self._run.guard = None

    def answer(self, request: Request) -> Response:
        """Answer a request that some client sends."""
        __tracebackhide__ = True
        asked = self._run.target.canonical_request(request)
        if asked.url.startswith(ACCOUNTS_URL):
            if not self._run.settings.live:
                return granted(asked, self._scopes)
            response = self._run.transport(asked)
            self._run.known.learn(Exchange(request=asked, response=response))
            return response
        exchange = Exchange(request=asked, response=self.transport(asked))
        self.keep(exchange)
        return exchange.response

    def transport(self, request: Request) -> Response:
        """Answer a request to the Web API, without keeping it: a session tells of what its caller got."""
        __tracebackhide__ = True
        try:
            if self._wide:
                raise UnrecordableTraffic(
                    f"{request.method} {request.url.partition('?')[0]}: not sent. {self._wide} outlives the "
                    "test, so what it asks belongs to no one test's recording: make it function-scoped. "
                    "(Signing in is no matter: token requests are answered in every fixture.)"
                )
            return self._run.transport(request) if self._run.settings.live else self._played(request)
        except (SpotifyTestError, ContractViolated) as error:
            if not isinstance(error, ServiceError):  # a client may well try again
                self._trouble = error
            raise

    def keep(self, exchange: Exchange) -> None:
        """Note an exchange, and which line of the test brought it about."""
        if self._run.settings.live:
            self._run.known.learn(exchange)
        self._sent.append(Sent(exchange=exchange, by=self._caller()))

    @contextmanager
    def outlived_by(self, fixture: pytest.FixtureDef[object]) -> Iterator[None]:
        """Answer token requests only, while a fixture that outlives the test is at work."""
        own = fixture.argname.startswith("_")  # pytest's name for setup_module and its like
        who = "set-up or tear-down" if own else f"fixture {fixture.argname!r}"
        outer, self._wide = self._wide, f"The {who} (scope {fixture.scope})"
        try:
            yield
        finally:
            self._wide = outer

    def was_set_up(self, fixture: pytest.FixtureDef[object], made: Any) -> None:
        """Get Spotify's traffic within the cassette of the test's own `vcr` mark too: it lies over ours."""
        if fixture.argname == "vcr" and hasattr(made, "play_response"):
            # Whatever option, mark or fixture said so: this is what pytest-recording made of them.
            if not made.write_protected:
                self._lift()
            self._within.enter_context(intercept_in_cassette(made, self.answer, hosts=self._hosts))

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Judge what is exchanged until the test's call is over."""
        __tracebackhide__ = True
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:
            if not isinstance(error, (SpotifyTestError, ContractViolated)) and (text := self._told(error)):
                self._item.add_report_section("call", "spotify", text)
            raise
        self.settle()

    def finish(self) -> None:
        """Judge what was exchanged after the call; record a test that passed, if this run records."""
        __tracebackhide__ = True
        if not self.passed:
            return
        self.settle()
        self._judge.close()
        settings = self._run.settings
        if settings.live:
            if settings.record != "none" and self._sent:
                exchanges = [sent.exchange for sent in self._sent]
                record(self._run, self._cassette, exchanges, root=root_of(self._item), access=self._access)
        else:
            self._replay.finish(strict=self._judge.strict)

    def settle(self) -> None:
        """Raise what does not fit, or the trouble that the test's code swallowed."""
        __tracebackhide__ = True
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble
        if text := self._told():
            raise ContractViolated([], text)
        if self._judge.strict:
            refuse_age(self._run, self.outcome, self._record_command)

    def _told(self, error: BaseException | None = None) -> str:
        """Return the text of what does not fit of what is not judged yet, empty where all does.

        With an error of the test's own, also of the field that it may be about.
        """
        unjudged, self._judged = self._sent[self._judged :], len(self._sent)
        texts = [] if self._trouble is None else [str(self._trouble)]
        texts += self._judge.told(unjudged, self._circumstances)
        if error is not None:
            texts.append(self._judge.regretted(error, self._sent, self._circumstances))
        return "\n\n".join(filter(None, texts))

    def _played(self, request: Request) -> Response:
        __tracebackhide__ = True
        try:
            return self._replay.play(request)
        except MissingRecording as miss:
            wrong = self._judge.unanswered(request, self._caller(), self._circumstances)
            if not wrong:
                raise
            text = f"{wrong}\n\n{miss}"
        raise ContractViolated([], text)

    def _caller(self) -> str:
        """Return the line of the test's code that runs now, else that of the test itself."""
        line = caller_line(self._item.config.rootpath, self._item.path)
        if line is None:
            path, number, _ = self._item.reportinfo()
            line = Path(path), definition(Path(path), (number or 0) + 1)
        return f"{self._run.shown(line[0])}:{line[1]}"

    @property
    def _circumstances(self) -> Circumstances:
        run = self._run
        replayed = f"replayed: {run.shown(self._cassette)}"
        return Circumstances(
            source=f"live: {run.target_name}" if run.settings.live else replayed,
            record="" if run.settings.live else self._record_command,
            arranged=(run.target_name if run.settings.live else self.outcome.target) == "sandbox",
            verbose=run.verbose,
        )

    @cached_property
    def _judge(self) -> Judge:
        registry = self._run.registry.for_access(self._access)
        return Judge(registry, self._marking, self.outcome, strict=self._run.settings.strict)

    @property
    def _scopes(self) -> Iterable[str]:
        """Return what a token in replay is granted: everything, unless the mark says what."""
        if self._marking.scopes is not None:
            return self._marking.scopes
        return scopes_by_operation(self._run.registry.contracts.values(), self._access)

    @property
    def _hosts(self) -> set[str]:
        # Spotify's by name, so that plain http and other ports do not get past us either.
        names = {str(urlsplit(url).hostname) for url in (API_URL, ACCOUNTS_URL)}
        return names | {self._run.target.api_url, self._run.target.accounts_url}
