"""The changes of the Web API that are known, by day, from `contracts/changes.json`.

A change of an operation as a whole stands in its contract, under `access`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.loader import bundled_contracts_dir
from pytest_spotify.formats import strict_json

CHANGES_FILE = "changes.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One publication of changes, and which properties of which objects it names.

    An object is named by its `type`, or by the end of the pointer to it where it has none. `since` and
    `until` are days: the change was true from one to before the other.
    """

    since: str
    title: str
    source: str
    access: Sequence[Access]
    until: str = ""
    headers: Sequence[str] = ()
    added: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    null: Mapping[str, Sequence[str]] = field(default_factory=dict)
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def names(self, change: str, object_type: str, pointer: str) -> bool:
        """Return True if it announces this change of the property that a pointer ends in."""
        parent, _, name = pointer.rpartition("/")
        for key, names in self._tables(change):
            if name in names and (key == object_type or (key.startswith("/") and parent.endswith(key))):
                return True
        return False

    def _tables(self, change: str) -> Iterator[tuple[str, Any]]:
        if change == "added":
            yield from self.added.items()
            yield from ((key, names.values()) for key, names in self.renamed.items())
        elif change == "removed":
            yield from self.removed.items()
            yield from self.renamed.items()
        elif change == "null":
            yield from self.null.items()
        elif change == "renamed":
            yield from self.renamed.items()


@cache
def announcements() -> Sequence[Announcement]:
    """Return all announcements, the oldest first."""
    table = strict_json.loads((bundled_contracts_dir() / CHANGES_FILE).read_bytes())
    return sorted((Announcement(**each) for each in table), key=lambda each: each.since)


def find_announcement(
    change: str, object_type: str, pointer: str, *, access: Access, after_day: str = ""
) -> Announcement | None:
    """Return the newest announcement of a change, or None; `after_day` is the last day without it."""
    for each in reversed(announcements()):
        if access in each.access and each.since >= after_day and each.names(change, object_type, pointer):
            return each
    return None


def find_header_announcement(name: str, *, access: Access, after_day: str = "") -> Announcement | None:
    """Return the announcement of a header field that is sent, or None."""
    return next(
        (
            each
            for each in announcements()
            if access in each.access and each.since >= after_day and name in each.headers
        ),
        None,
    )


def operation_announcement(contract: Contract, access: Access) -> Announcement | None:
    """Return the announcement of an operation's end under an access, or None if it is available."""
    entry = contract.access[access]
    if entry.status != "removed":
        return None
    since = entry.since or ""
    known = next((each for each in announcements() if access in each.access and each.since == since), None)
    return Announcement(
        since=since,
        title=known.title if known else f"removed on {since}",
        source=known.source if known else contract.docs,
        access=ACCESSES,
    )
