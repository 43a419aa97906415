"""One exchange of a file of traffic, and what readers of every format ask. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit

from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange

# What stands for the status of a request that was aborted: 0 in browsers, -1 in Playwright.
NO_STATUS = (None, "", 0, -1)
_API_HOST, _ACCOUNTS_HOST = (urlsplit(url).hostname for url in (API_URL, ACCOUNTS_URL))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficEntry:
    """One exchange with Spotify. `index` counts every entry of the file from 0, those of other hosts too."""

    index: int
    exchange: Exchange
    recorded_at: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Omissions:
    """How much of the traffic with Spotify a recorder left out."""

    responses: int = 0
    response_bodies: int = 0
    request_bodies: int = 0
    media_types: int = 0

    def sentences(self) -> Iterator[str]:
        """Yield one sentence for each kind of omission."""
        if self.responses:
            yield f"left out {_exchanges(self.responses)}: aborted, or without a response"
        if self.response_bodies:
            yield (
                f"left out {_exchanges(self.response_bodies)}: the recorder dropped the body of the response "
                "(export with contents, soon after the traffic: browsers forget them)"
            )
        if self.request_bodies:
            yield (
                f"{_exchanges(self.request_bodies)} without the body of the request: "
                "the recorder dropped it, so it was not checked"
            )
        if self.media_types:
            yield (
                f"{_exchanges(self.media_types)} without header fields in the response: the recorder dropped "
                "them, so the media type was not checked"
            )


def is_spotify(url: str) -> bool:
    """Say whether an address is one of Spotify's Web API or accounts service."""
    return _host(url) in {_API_HOST, _ACCOUNTS_HOST}


def is_api(url: str) -> bool:
    """Say whether an address is one of the Web API."""
    return _host(url) == _API_HOST


def parse_datetime(text: str) -> datetime | None:
    """Return the time that a text tells, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _exchanges(number: int) -> str:
    return f"{number} exchange{'' if number == 1 else 's'} with Spotify"


@lru_cache(maxsize=1)  # each address is looked at twice
def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # no address at all, such as https://[::1
        return None
