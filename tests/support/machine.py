"""How fast this machine is now: what a command may take is told for an idle one, and held here."""

import time

_ROUNDS = 300_000
_ON_AN_IDLE_MACHINE = 0.017  # seconds of the processor, the machine that the bounds were measured on
_BESIDE_OTHERS = 1.5  # what a neighbour on the same core takes between the work and its measure


def seconds_here(seconds: float) -> float:
    """Return the seconds that work may take here and now if it takes so many on an idle machine."""
    started = time.process_time()
    sum(number * number % 7 for number in range(_ROUNDS))
    slowness = (time.process_time() - started) / _ON_AN_IDLE_MACHINE
    return seconds * max(1, slowness) * _BESIDE_OTHERS
