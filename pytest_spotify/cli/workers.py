"""The entries of a file checked in their order; of a long file, by as many processes as there are cores.

A process checks each exchange by itself. Whether a request follows a link of an earlier response is seen here
alone, where the order is known.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeAlias, TypeVar

from pytest_spotify.access import Access
from pytest_spotify.check import check_exchange
from pytest_spotify.check.response import Body
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts import registry
from pytest_spotify.contracts.registry import ContractRegistry
from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.exchange import Exchange, normalized_url
from pytest_spotify.traffic import TrafficEntry

_CHUNK = 2 * 1024 * 1024  # bytes of bodies
_LONG = 128 * 1024 * 1024  # bytes of a file: of less, to start processes costs more than they save

# The violations of an exchange that follows no link, and the links in its response.
_Result: TypeAlias = tuple[list[Violation], set[str]]
_Chunk: TypeAlias = list[TrafficEntry]
_T = TypeVar("_T")


class ChosenContracts(NamedTuple):
    """The bundled contracts under an access, with those of a project's files in their place."""

    access: Access
    files: tuple[Path, ...] = ()

    def registry(self) -> ContractRegistry:
        """Return them, loaded once in each process."""
        return _load(self)


@cache
def _load(contracts: ChosenContracts) -> ContractRegistry:
    if not contracts.files:
        return registry.bundled(contracts.access)
    return registry.load(contracts.files, contracts.access)


def check_entries(
    entries: Iterable[TrafficEntry], contracts: ChosenContracts, *, size: int
) -> Iterator[tuple[TrafficEntry, list[Violation]]]:
    """Yield each entry of a file of that size with the violations of its exchange.

    Raises what reading the entries raises.
    """
    links = _Links()
    for entry, (violations, found) in _check_chunks(_chunks(entries), contracts, is_long=size >= _LONG):
        exchange = entry.exchange
        if violations and links.has(exchange.request.url):
            yield entry, check_exchange(exchange, contracts.registry(), links=[exchange.request.url])
        else:
            yield entry, violations
        links.add(found)


class _Links:
    """The links of the responses so far, normalized when one is looked for: most files need none."""

    def __init__(self) -> None:
        self._normalized: set[str] = set()
        self._new: set[str] = set()

    def add(self, links: set[str]) -> None:
        self._new |= links

    def has(self, url: str) -> bool:
        """Return True if a link is the URL, however each is written."""
        self._normalized.update(map(normalized_url, self._new))
        self._new.clear()
        return normalized_url(url) in self._normalized


def _chunks(entries: Iterable[TrafficEntry]) -> Iterator[_Chunk]:
    chunk: _Chunk = []
    size = 0
    try:
        for entry in entries:
            chunk.append(entry)
            size += len(entry.exchange.response.body)
            if size >= _CHUNK:
                yield chunk
                chunk, size = [], 0
    except UnreadableTraffic:
        yield chunk  # what was read before is checked
        raise
    yield chunk


def _check_chunks(
    chunks: Iterator[_Chunk], contracts: ChosenContracts, *, is_long: bool
) -> Iterator[tuple[TrafficEntry, _Result]]:
    pool = _start() if is_long else None
    if pool is None:
        for chunk in chunks:
            yield from _check_here(chunk, contracts)
        return
    try:
        submitted = ((chunk, _submit(pool, chunk, contracts)) for chunk in chunks)
        for chunk, future in _read_ahead(submitted, 2 * _cores()):
            yield from _check_there(chunk, future, contracts)
    finally:
        pool.shutdown(cancel_futures=True)


def _check_here(chunk: _Chunk, contracts: ChosenContracts) -> Iterator[tuple[TrafficEntry, _Result]]:
    for entry in chunk:
        yield entry, _check(entry.exchange, contracts)


def _check_there(
    chunk: _Chunk, future: Future[list[_Result]] | None, contracts: ChosenContracts
) -> Iterator[tuple[TrafficEntry, _Result]]:
    try:
        results = future.result() if future else None
    except BrokenProcessPool:  # somebody ended a process, as systems do that are short of memory
        results = None
    yield from zip(chunk, results, strict=True) if results else _check_here(chunk, contracts)


def _submit(
    pool: ProcessPoolExecutor, chunk: _Chunk, contracts: ChosenContracts
) -> Future[list[_Result]] | None:
    try:
        with _interrupts_held_back():  # this may start a process
            return pool.submit(_check_all, [entry.exchange for entry in chunk], contracts)
    except BrokenProcessPool:
        return None


def _read_ahead(items: Iterable[_T], number: int) -> Iterator[_T]:
    """Yield the items, so many of which are taken before the first is yielded; an error comes after them."""
    taken: deque[_T] = deque()
    try:
        for item in items:
            taken.append(item)
            if len(taken) > number:
                yield taken.popleft()
    except UnreadableTraffic:
        yield from taken
        raise
    yield from taken


def _cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start() -> ProcessPoolExecutor | None:
    """Return processes that check, or None where the system has one core or no means for them."""
    if _cores() == 1:
        return None
    try:
        # Not forked: this process has a thread, which prints the progress.
        return ProcessPoolExecutor(_cores(), mp_context=get_context("spawn"), initializer=_prepare)
    except (ImportError, NotImplementedError, OSError):
        return None


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C back: a process that is started meanwhile never gets it, and is ended by this one."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows, where nothing can be held back
    collect_garbage_rarely()


def _check_all(exchanges: Sequence[Exchange], contracts: ChosenContracts) -> list[_Result]:
    return [_check(exchange, contracts) for exchange in exchanges]


def _check(exchange: Exchange, contracts: ChosenContracts) -> _Result:
    body = Body(exchange.response.body)
    return check_exchange(exchange, contracts.registry(), body=body), body.page_links()


def collect_garbage_rarely() -> None:
    """Look for cyclic garbage a hundredth as often: parsed JSON has none, and looking takes time."""
    first, *others = gc.get_threshold()
    gc.set_threshold(100 * first, *others)
