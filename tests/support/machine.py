"""How fast this machine is now: what work may take is told for an idle one, and held here."""

import time

_ROUNDS = 300_000
_ON_AN_IDLE_MACHINE = 0.017  # seconds of the processor, the machine that the bounds were measured on
_BESIDE_OTHERS = 1.5  # what a neighbour on the same core takes between the work and its measure


def is_in_time(seconds: float, at_most: float) -> bool:
    """Return True if work that took so many seconds would take at most that on an idle machine."""
    if seconds <= at_most:
        return True
    started = time.process_time()
    sum(number * number % 7 for number in range(_ROUNDS))
    slowness = (time.process_time() - started) / _ON_AN_IDLE_MACHINE
    return seconds <= at_most * max(1, slowness) * _BESIDE_OTHERS
