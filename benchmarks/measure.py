"""Ratios of tasks measured in one run: rounds take turns, so that a busy moment meets all; medians count."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
OTHERS = ("pytest_recording.plugin",)  # the plugins that are there where this one is, as it requires them
PLUGINS = (*OTHERS, "pytest_spotify.plugin")


class Result(NamedTuple):
    """A ratio, the bar it is held to, and what it was made of."""

    what: str
    ratio: float
    bar: float
    detail: str


class Taken(NamedTuple):
    """The seconds of a process."""

    cpu: float
    elapsed: float


RESULTS: list[Result] = []


def interleaved(tasks: Mapping[str, Callable[[], float]], *, rounds: int) -> dict[str, float]:
    """Return the median of what each task says it took; one more round before goes uncounted.

    Every other round goes backwards: a task may cost less or more after another.
    """
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for round_ in range(rounds + 1):
        for name, task in reversed(tasks.items()) if round_ % 2 else tasks.items():
            seconds = task()
            if round_:
                taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def run(command: Sequence[str], folder: Path, *, expected: int = 0, **variables: str) -> Taken:
    """Return what a command and its children took; `variables` are added to its environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("SPOTIFY_", "PYTEST_"))}
    before, started = _children(), time.perf_counter()
    with tempfile.TemporaryFile() as output:
        status = subprocess.call(
            command, cwd=folder, env=environment | variables, stdout=output, stderr=output
        )
        taken = Taken(_children() - before, time.perf_counter() - started)
        if status != expected:
            output.seek(0)
            sys.exit(f"{' '.join(command)} ended with {status}:\n{output.read().decode()[-3000:]}")
    return taken


def _children() -> float:
    """Return the CPU seconds of all processes that have ended; `os.times` counts them by hundredths."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def pytest_run(folder: Path, *arguments: str, expected: int = 0, plugins: Sequence[str] = PLUGINS) -> float:
    """Return the CPU seconds of a pytest run in a process of its own, its children included."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return run(command, folder, expected=expected, **only(plugins)).cpu


def only(plugins: Sequence[str]) -> dict[str, str]:
    """Return the variables of a pytest that loads these plugins and no others that happen to be installed.

    Those of a checkout take three times as long to start as pytest does, and hide what this one takes.
    """
    return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": ",".join(plugins)}


def tell(what: str, ratio: float, bar: float, detail: str) -> None:
    """Print one line, and note it for the table of all."""
    RESULTS.append(Result(what, ratio, bar, detail))
    print(f"{what}: {ratio:.2f} (bar {bar:.3g}{'' if ratio <= bar else ', MISSED'}); {detail}", flush=True)
