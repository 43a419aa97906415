"""The time line: when recordings were made, beside the known changes of the API.

Places along the line are percentages, so that the drawing fits any width while its text keeps its size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from pytest_spotify.contracts.known_changes import announcements

_NEAR = 6.0  # percent within which two marks would touch on a phone
_TALLEST = 40.0  # pixels
_ROOM_FOR_A_LABEL = 12.0  # percent beside the day of the run


class Recording(NamedTuple):
    """The recording that one check was answered from: its day, and who had responded."""

    day: date
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChange:
    """A change with its number and place on the line; so many recordings are `older`."""

    number: int
    since: str
    title: str
    source: str
    x: float
    level: int
    older: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The recordings of one day."""

    x: float
    height: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The first day of a quarter of a year; only a year's first one has a label."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """What is drawn: changes above the axis, a lane of bars below it for each target."""

    today: str
    ticks: Sequence[Tick]
    changes: Sequence[KnownChange]
    lanes: Mapping[str, Sequence[Bar]]
    recordings: int
    levels: int


def day_of(text: str) -> date | None:
    """Return the day of an ISO 8601 time; None if the text is none."""
    with suppress(ValueError):
        return date.fromisoformat(text[:10])
    return None


def recordings(report: Mapping[str, Any]) -> list[Recording]:
    """Return the recordings that checks were answered from; those without a day are left out."""
    return [
        Recording(day, str(row["target"] or "unknown"))
        for row in report["checks"]
        if (day := day_of(row["recorded_at"]))
    ]


def targets_of(recorded: Iterable[Recording]) -> list[str]:
    """Return who had responded, Spotify first."""
    return sorted({each.target for each in recorded}, key=lambda target: (target != "spotify", target))


def time_line(report: Mapping[str, Any]) -> TimeLine | None:
    """Return the line up to the day of the run; None if that is not known."""
    today = day_of(report["run"]["started_at"])
    if today is None:
        return None
    recorded = recordings(report)
    days = [each.day for each in recorded]
    known = [
        each
        for each in announcements()
        if report["run"]["access"] in each.access and date.fromisoformat(each.since) <= today
    ]
    scale = _Scale([*days, *(date.fromisoformat(each.since) for each in known)], today)
    changes: list[KnownChange] = []
    for number, each in enumerate(known, 1):
        day = date.fromisoformat(each.since)
        x = scale.x(day)
        taken = {other.level for other in changes if abs(other.x - x) < _NEAR}
        changes.append(
            KnownChange(
                number=number,
                since=each.since,
                title=each.title,
                source=each.source,
                x=x,
                level=next(level for level in range(len(known) + 1) if level not in taken),
                older=sum(recording < day for recording in days),
            )
        )
    return TimeLine(
        today=today.isoformat(),
        ticks=scale.ticks(),
        changes=changes,
        lanes=_lanes(recorded, scale),
        recordings=len(days),
        levels=max((each.level + 1 for each in changes), default=0),
    )


class _Scale:
    """Days as percentages of the line's length."""

    def __init__(self, days: Iterable[date], today: date) -> None:
        first = min([*days, today])
        self._first = date(first.year, first.month - (first.month - 1) % 3, 1)
        self._today = today
        self._length = max((today - self._first).days, 1)

    def x(self, day: date) -> float:
        """Return where a day is; the marks at both ends have room."""
        part = (min(day, self._today) - self._first).days / self._length
        return round(3 + 94 * part, 2)

    def ticks(self) -> list[Tick]:
        """Return the quarters up to today."""
        quarters = [
            date(year, month, 1)
            for year in range(self._first.year, self._today.year + 1)
            for month in (1, 4, 7, 10)
        ]
        return [
            Tick(
                x=self.x(day),
                label=str(day.year) if day.month == 1 and self.x(day) < 97 - _ROOM_FOR_A_LABEL else "",
            )
            for day in quarters
            if self._first <= day <= self._today
        ]


def _lanes(recorded: Sequence[Recording], scale: _Scale) -> dict[str, list[Bar]]:
    """Return the bars of each target, Spotify's first; the tallest is that of the busiest day of all."""
    counts = Counter((each.target, each.day) for each in recorded)
    most = max(counts.values(), default=1)
    return {
        target: [
            Bar(
                x=scale.x(day),
                height=round(max(4.0, _TALLEST * count / most), 1),
                text=f"{day}: {count} recording{'' if count == 1 else 's'}",
            )
            for (name, day), count in sorted(counts.items())
            if name == target
        ]
        for target in targets_of(recorded)
    }
