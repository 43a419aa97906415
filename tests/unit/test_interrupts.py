"""Ctrl-C while something must not be left half done."""

import signal
from collections.abc import Iterator

import pytest

from pytest_spotify.interrupts import interrupts_held_back


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Have Ctrl-C interrupt, which a process started in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted_twice(done: list[str]) -> None:
    signal.raise_signal(signal.SIGINT)
    done.append("after the first")
    signal.raise_signal(signal.SIGINT)
    done.append("after the second")


def test_the_first_waits_for_the_end_of_the_block() -> None:
    """What is in the block is done, then the interrupt comes."""
    done: list[int] = []
    with pytest.raises(KeyboardInterrupt), interrupts_held_back():
        done += [signal.raise_signal(signal.SIGINT) or 1]
    assert done == [1]


def test_the_second_ends_an_inner_block_too() -> None:
    """Whoever does not want to wait presses twice, however deep the run is in what must be finished."""
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt), interrupts_held_back(), interrupts_held_back():
        interrupted_twice(done)
    assert done == ["after the first"]


def test_it_leaves_the_handler_as_it_was() -> None:
    """Also from within another block."""
    before = signal.getsignal(signal.SIGINT)
    with interrupts_held_back():
        held = signal.getsignal(signal.SIGINT)
        with interrupts_held_back():
            assert signal.getsignal(signal.SIGINT) is held
        assert signal.getsignal(signal.SIGINT) is held is not before
    assert signal.getsignal(signal.SIGINT) is before
