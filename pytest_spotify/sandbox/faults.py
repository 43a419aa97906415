"""What is to go wrong on request: failures, slow answers, and an API that has changed (drift)."""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_spotify.sandbox import json_patch
from pytest_spotify.sandbox.operations import OPERATIONS

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # section 5.5
_LONGEST = 3600.0


@dataclass(slots=True, kw_only=True)
class Failure:
    """An answer to give in place of the right one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    times: int

    def __post_init__(self) -> None:
        """Refuse what cannot be sent: ValueError."""
        if not 200 <= self.status <= 599:
            raise ValueError(f"status must be from 200 to 599, not {self.status}")
        _check_times(self.times)
        for name, value in self.headers.items():
            if not (_TOKEN.fullmatch(name) and _VALUE.fullmatch(value)):
                raise ValueError(f"{name!r}: {value!r} is no header")


@dataclass(slots=True)
class Faults:
    """The faults that are still to come."""

    failures: deque[Failure] = field(default_factory=deque)
    delays: deque[float] = field(default_factory=deque)
    drifts: dict[str, list[json_patch.Patch]] = field(default_factory=dict)

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.failures.clear()
        self.delays.clear()
        self.drifts.clear()

    def next_failure(self) -> Failure | None:
        """Return the failure to answer with now, if one is due."""
        if not self.failures:
            return None
        failure = self.failures[0]
        failure.times -= 1
        if failure.times <= 0:
            self.failures.popleft()
        return failure

    def next_delay(self) -> float:
        """Return how many seconds to wait before answering now."""
        return self.delays.popleft() if self.delays else 0.0

    def slow(self, seconds: float, times: int) -> None:
        """Order slow answers; ValueError for what is no span of time."""
        if not 0 <= seconds <= _LONGEST:  # nor NaN, which is no number of seconds
            raise ValueError(f"seconds must be from 0 to {_LONGEST:.0f}, not {seconds}")
        _check_times(times)
        self.delays.extend([seconds] * times)

    def drift(self, operation: str, patch: Sequence[Mapping[str, Any]]) -> None:
        """Change the answers of an operation from now on; ValueError for an unknown one or a bad patch."""
        if operation not in {each.name for each in OPERATIONS}:
            raise ValueError(f"unknown operation {operation!r}; they are named as in Spotify's reference")
        self.drifts.setdefault(operation, []).append(json_patch.parse(patch))

    def drifted(self, operation: str, body: Any) -> Any:
        """Return the body as the changed API has it; a patch that does not fit it changes nothing."""
        for patch in self.drifts.get(operation, ()):
            try:
                body = json_patch.apply(copy.deepcopy(body), patch)
            except (LookupError, RecursionError):
                continue
        return body


def _check_times(times: int) -> None:
    if not 1 <= times <= 1000:
        raise ValueError(f"times must be from 1 to 1000, not {times}")
