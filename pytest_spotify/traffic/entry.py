"""One exchange of a file of traffic, and the strict reading of a parsed document. Knows no format.

A `Cursor` is a value that knows where it stands and is refused as another type.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NoReturn
from urllib.parse import urlsplit

from pytest_spotify.errors import UnreadableTraffic, truncate
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange
from pytest_spotify.formats import Data

MAX_HEAD = 64 * 1024  # servers take 8 to 16 KiB


class Cursor:
    """A value of a document and where it stands."""

    __slots__ = ("_parent", "_place", "value")

    def __init__(self, value: Data, place: str, parent: Cursor | None = None) -> None:
        self.value, self._place, self._parent = value, place, parent

    @property
    def where(self) -> str:
        """Return the place: joined only here, as most values are never refused."""
        return f"{self._parent.where}{self._place}" if self._parent else self._place

    def refuse(self, expected: str) -> NoReturn:
        """Raise the error that names the place, what was expected and what kind of thing was found."""
        kind = _KINDS.get(type(self.value), type(self.value).__name__)
        raise UnreadableTraffic(f"{self.where}: expected {expected}, found {kind}")

    def __getitem__(self, key: str) -> Cursor:
        return Cursor(self._mapping().get(key), f", {key}", self)

    def __contains__(self, key: str) -> bool:
        return key in self._mapping()

    def __iter__(self) -> Iterator[Cursor]:
        if not isinstance(self.value, list):
            self.refuse("a list")
        return (Cursor(value, f" {index}", self) for index, value in enumerate(self.value))

    def items(self) -> Iterator[tuple[str, Cursor]]:
        """Yield each name of an object with its value."""
        for key, value in self._mapping().items():
            yield str(key), Cursor(value, f", {truncate(str(key))}", self)

    def text(self, default: str | None = None) -> str:
        """Return the text, or the default where nothing stands."""
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, str):
            self.refuse("text")
        if not self.value.isascii():
            self._encode()
        return str(self.value)

    def head(self, default: str | None = None) -> str:
        """Return the text of what stands before a body: an address, a method, a header field."""
        text = self.text(default)
        if len(text) > MAX_HEAD:
            raise UnreadableTraffic(
                f"{self.where}: a text of {len(text)} characters; at most {MAX_HEAD} can be read"
            )
        return text

    def status(self) -> int:
        """Return an HTTP status code; 0 is how browsers note that no answer came."""
        if type(self.value) is not int or not (self.value == 0 or 100 <= self.value <= 999):
            self.refuse("a status code, a whole number from 100 to 999")
        return int(self.value)

    def content(self) -> bytes:
        """Return bytes: those of the text, or those of `!!binary`; none where nothing stands."""
        if self.value is None:
            return b""
        if isinstance(self.value, bytes):
            return self.value
        if not isinstance(self.value, str):
            self.refuse("text or bytes")
        return self._encode()

    def base64_content(self) -> bytes:
        """Return what base64 text stands for."""
        try:
            return base64.b64decode("".join(self.text().split()), validate=True)
        except (binascii.Error, ValueError):
            self.refuse("base64")

    def _encode(self) -> bytes:
        try:
            return str(self.value).encode()
        except UnicodeEncodeError:
            raise UnreadableTraffic(f"{self.where}: half of a surrogate pair; expected text") from None

    def _mapping(self) -> dict[Data, Data]:
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return self.value


_KINDS = {type(None): "nothing", dict: "an object", list: "a list", str: "other text", bool: "true or false"}
_KINDS |= {int: "another number", float: "another number", bytes: "bytes"}


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
    """Return True if an address is one of Spotify's Web API or accounts service."""
    return _host(url) in {_API_HOST, _ACCOUNTS_HOST}


def is_api(url: str) -> bool:
    """Return True if an address is one of the Web API."""
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
