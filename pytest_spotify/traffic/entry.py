"""One exchange of a file of traffic, and what readers of every format ask. Knows no format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEntry:
    """One exchange of a file. `index` counts every entry of the file from 0."""

    index: int
    exchange: Exchange
    recorded_at: datetime | None = None


def is_spotify(url: str) -> bool:
    """Say whether an address is one of Spotify's."""
    return url.lower().startswith((f"{API_URL}/", f"{ACCOUNTS_URL}/"))


def parse_datetime(text: str) -> datetime | None:
    """Return the time that a text tells, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
