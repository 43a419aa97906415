"""What changes while the sandbox runs: accounts, playlists, players. It does not depend on HTTP or JSON."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Kind = Literal["track", "album", "episode", "show", "audiobook"]
KINDS: tuple[Kind, ...] = ("track", "album", "episode", "show", "audiobook")


def now() -> datetime:
    """Return the present second, as Spotify dates what is added."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of a playlist; without a URI it is a ghost: what it named is gone from the catalogue."""

    uri: str | None
    added_at: datetime
    added_by: str


@dataclass(slots=True, kw_only=True)
class Playlist:
    """A playlist; every change makes a new revision, which its snapshot id names."""

    id: str
    owner: str
    name: str
    description: str = ""
    public: bool = True
    collaborative: bool = False
    entries: list[Entry] = field(default_factory=list)
    revision: int = 1
    followers: int = 0
    cover: str | None = None
    gone: bool = False

    @property
    def snapshot_id(self) -> str:
        """Name the present revision: four bytes of number, twenty of digest, in base 64."""
        return self._snapshot(self.revision)

    def knows_snapshot(self, snapshot_id: str) -> bool:
        """Return True if a snapshot id names this or an earlier revision."""
        return any(snapshot_id == self._snapshot(number) for number in range(1, self.revision + 1))

    def changed(self) -> None:
        """Begin a new revision."""
        self.revision += 1

    def _snapshot(self, revision: int) -> str:
        digest = hashlib.sha1(f"{self.id} {revision}".encode(), usedforsecurity=False).digest()
        return base64.b64encode(revision.to_bytes(4) + digest).decode()


@dataclass(slots=True, kw_only=True)
class Device:
    """Something that plays; one without an id cannot be commanded."""

    id: str | None
    name: str
    type: str
    active: bool = False
    volume: int = 60


@dataclass(slots=True, kw_only=True)
class Player:
    """What an account plays, and where."""

    devices: list[Device] = field(default_factory=list)
    item: str | None = None
    playing_type: Literal["track", "episode", "ad", "unknown"] = "track"
    context: str | None = None
    playing: bool = False
    progress_ms: int = 0
    shuffle: bool = False
    repeat: Literal["off", "track", "context"] = "off"
    queue: list[str] = field(default_factory=list)
    upcoming: list[str] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    changed_at: datetime = field(default_factory=now)

    @property
    def active_device(self) -> Device | None:
        """Return the device that commands go to when they name none."""
        return next((each for each in self.devices if each.active), None)

    @property
    def idle(self) -> bool:
        """Return True if Spotify would answer 204: nothing is loaded, or nowhere to play it."""
        return self.active_device is None or (self.item is None and self.playing_type == "track")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One line of the listening history."""

    track_id: str
    played_at: datetime
    context: str | None


@dataclass(slots=True, kw_only=True)
class Account:
    """A user of Spotify and what is theirs. `saved` holds ids, newest first."""

    id: str
    display_name: str
    account_id: str
    country: str = "US"
    premium: bool = True
    email: str = ""
    followers: int = 0
    saved: dict[Kind, dict[str, datetime]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    artists: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    playlists: list[str] = field(default_factory=list)
    top_artists: list[str] = field(default_factory=list)
    top_tracks: list[str] = field(default_factory=list)
    top_followers_known: bool = True
    plays: list[Play] = field(default_factory=list)
    player: Player = field(default_factory=Player)

    def save(self, kind: Kind, ids: dict[str, datetime]) -> None:
        """Put ids at the head of a kind's saved items; what is saved already keeps its place."""
        present = self.saved[kind]
        self.saved[kind] = {id_: at for id_, at in ids.items() if id_ not in present} | present

    def forget(self, kind: Kind, ids: list[str]) -> None:
        """Take ids out of a kind's saved items."""
        for id_ in ids:
            self.saved[kind].pop(id_, None)


@dataclass(slots=True, kw_only=True)
class Store:
    """All accounts and all playlists."""

    accounts: dict[str, Account] = field(default_factory=dict)
    playlists: dict[str, Playlist] = field(default_factory=dict)

    def follow(self, account: Account, playlist: Playlist) -> None:
        """Put a playlist into an account's list."""
        if playlist.id not in account.playlists:
            account.playlists.append(playlist.id)
            playlist.followers += 1

    def unfollow(self, account: Account, playlist: Playlist) -> None:
        """Take a playlist out of an account's list; for one's own this is what deleting is."""
        if playlist.id in account.playlists:
            account.playlists.remove(playlist.id)
            playlist.followers = max(0, playlist.followers - 1)

    def playlists_of(self, account: Account) -> list[Playlist]:
        """Return what stands in an account's list: its own playlists and those it follows."""
        return [self.playlists[id_] for id_ in account.playlists if id_ in self.playlists]
