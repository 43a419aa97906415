"""Ctrl-C while something must not be left half done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Hold the first SIGINT back until the end of the block; a second one interrupts it at once.

    Python hands signals to the main thread alone: in others there is nothing to hold back. A block within
    such a block adds nothing.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or isinstance(before, _HoldBack):
        yield
        return
    handler = _HoldBack(before)
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if handler.received:
            signal.raise_signal(signal.SIGINT)


class _HoldBack:
    """A handler of signals that hands on all but the first."""

    def __init__(self, before: object) -> None:
        self._before = before
        self.received = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self.received and callable(self._before):
            self._before(number, frame)
        self.received = True
