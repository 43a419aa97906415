"""What a marked test replays: its cassette, loaded when it is first asked, and what became of it.

What is wrong with a recording, its age or what of it was not used, is said here for contract items too.
Knows nothing of clients, contracts or fixtures.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_spotify.cassettes import CassettePlayer, load
from pytest_spotify.errors import MissingRecording, StaleRecording
from pytest_spotify.exchange import Exchange, Request, Response
from pytest_spotify.plugin.outcome import Outcome
from pytest_spotify.plugin.run import Run


class Replay:
    """The recording of one test. Safe to use from the test's threads."""

    def __init__(self, run: Run, path: Path, outcome: Outcome, *, test: str, record: str) -> None:
        self._run, self._path, self._outcome = run, path, outcome
        self._test, self._record = test, record
        self._lock = threading.Lock()
        self._player: CassettePlayer | None = None
        self._recorded = 0

    def play(self, request: Request) -> Response:
        """Return the recorded answer, or raise what says how to record one."""
        __tracebackhide__ = True
        return self._loaded().respond(request)

    def finish(self, *, strict: bool) -> None:
        """Note the requests that were recorded and not sent; raise where that counts as wrong."""
        __tracebackhide__ = True
        if not self._path.exists() or not (unused := self._loaded().unused()):
            return
        path, told = self._run.shown(self._path), unused_in_words(unused, self._recorded)
        self._outcome.unused.append(f"{path}  {told}")
        if strict:
            raise MissingRecording(f"{told}\n\nreplayed   {path}\nrecord     {self._record}")

    def _loaded(self) -> CassettePlayer:
        with self._lock:
            if self._player is None:
                if not self._path.exists():
                    raise MissingRecording(
                        f"{self._test} has no recording of its traffic with Spotify\n\n"
                        f"expected   {self._run.shown(self._path)}\n"
                        f"record     {self._record}"
                    )
                cassette = load(self._path, record=self._record, strict=self._run.settings.strict)
                if cassette.edited_by_hand:
                    self._outcome.edited = [self._run.shown(self._path)]
                self._outcome.recorded(cassette.provenance)
                note_age(self._run, self._outcome, self._path, cassette.provenance)
                self._recorded = len(cassette.exchanges)
                self._player = CassettePlayer(cassette, record=self._record)
            return self._player


def unused_in_words(unused: Sequence[Exchange], recorded: int) -> str:
    """Return how many of the recorded exchanges were not asked for, and the first of them."""
    first = unused[0].request
    return (
        f"{len(unused)} of {recorded} recorded requests were not sent any more, "
        f"the first: {first.method} {first.url}"
    )


def note_age(run: Run, outcome: Outcome, path: Path, provenance: Mapping[str, Any]) -> None:
    """Note a recording that is older than the ini file allows."""
    longest = run.settings.max_age
    if not longest:
        return
    try:
        recorded = datetime.fromisoformat(str(provenance.get("recorded_at")))
        days = (datetime.now(UTC) - recorded).days
    except (ValueError, TypeError):  # TypeError: a time without a zone
        outcome.aged = [f"{run.shown(path)}  does not say when it was recorded"]
        return
    if days > longest:
        outcome.aged = [f"{run.shown(path)}  recorded {recorded:%Y-%m-%d}, {days} days ago"]


def refuse_age(run: Run, outcome: Outcome, command: str) -> None:
    """Raise StaleRecording for a recording that was noted as too old."""
    if outcome.aged:
        raise StaleRecording(
            f"the recording is too old\n\n"
            f"replayed   {outcome.aged[0]}\n"
            f"allowed    {run.settings.max_age} days (ini spotify_cassette_max_age)\n"
            f"record     {command}"
        )
