"""What Spotify's catalogue is made of, as values. It does not depend on JSON, HTTP or accounts."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass
from functools import lru_cache

_BASE62 = string.digits + string.ascii_letters


@lru_cache  # each time that a sandbox is set back, the same ones are asked for
def spotify_id(*words: object) -> str:
    """Derive a well-formed Spotify id (22 characters, base 62) from words, always the same."""
    number = int.from_bytes(_digest(*words)[:16]) >> 1
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(22, "0")


def number_for(low: int, high: int, *words: object) -> int:
    """Derive a number between two bounds (inclusive) from words, always the same."""
    return low + int.from_bytes(_digest(*words)[:8]) % (high - low + 1)


def hex_for(length: int, *words: object) -> str:
    """Derive lower-case hexadecimal digits from words, always the same."""
    return _digest(*words).hex()[:length]


def split_uri(uri: str) -> tuple[str, str]:
    """Return the kind that a Spotify URI names, and the rest: an id, or what a local file is called."""
    kind, _, rest = uri.removeprefix("spotify:").partition(":")
    return kind, rest


def _digest(*words: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, words)).encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Artist:
    """Somebody who makes music."""

    id: str
    name: str
    genres: tuple[str, ...]
    popularity: int
    followers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """A release: album, single or compilation."""

    id: str
    name: str
    type: str
    artists: tuple[Artist, ...]
    date: str
    label: str
    track_ids: tuple[str, ...]
    popularity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One song on an album; `relinked_to` is the edition that is served in its place.

    `markets` are those that it is licensed for, None is all.
    """

    id: str
    name: str
    album: Album
    artists: tuple[Artist, ...]
    number: int
    duration_ms: int
    explicit: bool
    isrc: str
    popularity: int
    relinked_to: str | None
    markets: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A podcast."""

    id: str
    name: str
    publisher: str
    description: str
    language: str
    explicit: bool
    episode_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One instalment of a show."""

    id: str
    name: str
    show: Show
    description: str
    date: str
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Audiobook:
    """A book that is read aloud."""

    id: str
    name: str
    authors: tuple[str, ...]
    narrators: tuple[str, ...]
    description: str
    date: str
    copyright: str | None
    chapter_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One part of an audiobook; the first one, number 0, is the opening credits."""

    id: str
    name: str
    number: int
    audiobook: Audiobook
    duration_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A shelf of the browse page."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistSeed:
    """A playlist that is there from the start: what it holds, as URIs (None is a ghost entry)."""

    id: str
    name: str
    owner: str
    description: str
    followers: int
    uris: tuple[str | None, ...]
    gone: bool
