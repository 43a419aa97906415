"""Entries checked by several processes: the same violations in the same order as by one."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.check.violation import Violation
from pytest_spotify.cli import workers
from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request, Response
from pytest_spotify.traffic import TrafficEntry

CASSETTES = Path(__file__).parents[2] / "cassettes/extended/albums"
FIRST_PAGE = f"{API_URL}/browse/categories?limit=1"
EXTENDED = workers.ChosenContracts("extended")
JSON = Headers({"Content-Type": "application/json"})


def entries() -> list[TrafficEntry]:
    """Return recorded exchanges, one that follows a link of the one before, and an unknown operation."""
    recorded = [exchange for path in sorted(CASSETTES.rglob("*.yaml")) for exchange in load(path).exchanges]
    link = f"{FIRST_PAGE}&cursor=abc"
    page = f'{{"categories": {{"href": "{FIRST_PAGE}", "next": "{link}"}}}}'.encode()
    sent = [(link, b"{}"), (FIRST_PAGE, page), (link, b"{}"), (f"{API_URL}/unknown", b"")]
    made = [
        Exchange(
            request=Request(method="GET", url=url), response=Response(status=200, headers=JSON, body=body)
        )
        for url, body in sent
    ]
    return [TrafficEntry(index=n, exchange=each) for n, each in enumerate([*recorded, *made])]


def checked(given: Iterator[TrafficEntry] | list[TrafficEntry]) -> list[tuple[int, list[Violation]]]:
    return [(entry.index, violations) for entry, violations in workers.check_entries(given, EXTENDED, size=1)]


def cut(given: list[TrafficEntry]) -> Iterator[TrafficEntry]:
    yield from given
    raise UnreadableTraffic("cut")


@pytest.fixture
def many_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every entry be a chunk, and every file be long."""
    monkeypatch.setattr(workers, "_LONG", 1)
    monkeypatch.setattr(workers, "_CHUNK", 1)
    monkeypatch.setattr(workers, "_cores", lambda: 2)


@pytest.mark.usefixtures("many_processes")
def test_several_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes find the same violations in the same order, those of links too."""
    given = entries()
    several = checked(given)
    monkeypatch.setattr(workers, "_cores", lambda: 1)

    assert several == checked(given)
    pointers = [{each.pointer for each in violations} for _, violations in several]
    assert "/query/cursor" in pointers[-4]
    assert "/query/cursor" not in pointers[-2]  # the response before gave this link
    assert [index for index, _ in several] == [entry.index for entry in given]


@pytest.mark.usefixtures("many_processes")
def test_all_that_was_read_before_a_cut_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of reading comes after the violations of every entry that was read before."""
    monkeypatch.setattr(workers, "_cores", lambda: 1)
    given, seen = entries(), []

    with pytest.raises(UnreadableTraffic, match="cut"):
        seen.extend(entry.index for entry, _ in workers.check_entries(cut(given), EXTENDED, size=1))

    assert seen == [entry.index for entry in given]


def test_what_is_read_ahead_comes_before_the_error() -> None:
    """Items that were taken ahead are yielded, in order, before an error of taking more."""
    seen = []

    with pytest.raises(UnreadableTraffic):
        seen.extend(entry.index for entry in workers._read_ahead(cut(entries()), 3))

    assert seen == [entry.index for entry in entries()]


@pytest.mark.usefixtures("many_processes")
def test_a_process_that_was_ended_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system ends the other processes, their entries are checked in this one."""

    def start() -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(1)
        pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL).exception()
        return pool

    given = entries()
    monkeypatch.setattr(workers, "_start", lambda: None)
    expected = checked(given)
    monkeypatch.setattr(workers, "_start", start)

    assert checked(given) == expected


@pytest.mark.usefixtures("many_processes")
def test_a_system_without_processes_checks_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no process can be started, as without shared memory, everything is checked in this one."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no semaphores")

    monkeypatch.setattr(workers, "ProcessPoolExecutor", refuse)

    assert [index for index, _ in checked(entries())] == [entry.index for entry in entries()]
