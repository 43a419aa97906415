"""What has changed in an operation since a response was recorded, as far as changes are known by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pytest_spotify.access import Access
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.known_changes import Announcement, announcements, operation_announcement


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedChange:
    """A known change of what a recorded response holds: where, what, and who announced it."""

    pointer: str
    text: str
    announcement: Announcement

    @property
    def sentence(self) -> str:
        """Return the change in one line."""
        return f"{self.pointer or '(operation)'}: {self.text} since {self.announcement.since}"


def changes_since(day: str, body: Any, contract: Contract, access: Access) -> list[DatedChange]:
    """Return what changed after a day in a response of an operation, the oldest change first.

    `day` is the day of the recording, as 2024-05-01. Only what the body shows is said: a field that it lacks
    cannot have been removed from it.
    """
    found: dict[tuple[str, str], DatedChange] = {}
    removed = operation_announcement(contract, access)
    if removed is not None and removed.since > day:
        instead = contract.access[access].replaced_by
        text = f"removed{f', use {instead}' if instead else ''}"
        found["", text] = DatedChange(pointer="", text=text, announcement=removed)
    recent = [
        each for each in announcements() if each.since > day and access in each.access and not each.until
    ]
    for pointer, thing in _objects(body, "") if recent else ():
        for announcement in recent:
            for name, text in _changed(thing, pointer, announcement):
                place = f"{pointer}/{name}"
                found.setdefault(
                    (place, text), DatedChange(pointer=place, text=text, announcement=announcement)
                )
    return sorted(found.values(), key=lambda each: (each.announcement.since, each.pointer))


def _objects(value: Any, pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, dict):
        yield pointer, value
        for name, inner in value.items():
            yield from _objects(inner, f"{pointer}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, f"{pointer}/*")


def _changed(thing: Mapping[str, Any], pointer: str, announcement: Announcement) -> Iterator[tuple[str, str]]:
    """Yield each property of an object that an announcement names, with what became of it."""

    def named(table: Mapping[str, Sequence[str]]) -> Iterator[str]:
        for key, names in table.items():
            if key == thing.get("type") or (key.startswith("/") and pointer.endswith(key)):
                yield from names

    renamed = {
        old: new for key, names in announcement.renamed.items() for old, new in names.items() if old in thing
    }
    for name in named({key: tuple(names) for key, names in announcement.renamed.items()}):
        if name in thing and renamed[name] not in thing:
            yield name, f"is {renamed[name]}"
    for name in named(announcement.removed):
        if name in thing:
            yield name, "not sent any more"
    for name in named(announcement.null):
        if thing.get(name) is not None:
            yield name, "null"
    for name in named(announcement.added):
        if name not in thing:
            yield name, "sent"
