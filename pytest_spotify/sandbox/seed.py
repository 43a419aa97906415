"""How things stand when the sandbox starts, and when somebody signs in for the first time.

Times are fixed, so that two runs answer alike. Knows the catalogue and the store, nothing of HTTP.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice

from pytest_spotify.sandbox.catalogue import Catalogue
from pytest_spotify.sandbox.entities import hex_for, spotify_id
from pytest_spotify.sandbox.store import KINDS, Account, Device, Entry, Kind, Play, Player, Playlist, Store

DEFAULT_USER = "sandbox-listener"
START = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
_SAVED_COUNT: dict[Kind, int] = {"track": 45, "album": 12, "episode": 24, "show": 4, "audiobook": 4}
_TOP_ARTISTS, _TOP_TRACKS = 41, 101  # out of so many that there are second pages
_NAMED = ("Short list", "Long list", "Private list", "Shared list", "Empty list")


def user_id(name: str) -> str:
    """Turn the name that somebody typed at sign-in into a user id, always the same."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "-".join(words)[:40] or "user-" + hex_for(12, "user", name)


def seed_store(catalogue: Catalogue) -> Store:
    """Make the public playlists and the default account."""
    store = Store()
    for seed in catalogue.playlists:
        store.playlists[seed.id] = Playlist(
            id=seed.id,
            owner=seed.owner,
            name=seed.name,
            description=seed.description,
            followers=seed.followers,
            gone=seed.gone,
            entries=[*_entries(seed.uris, seed.owner)],
        )
    add_account(store, catalogue, "Sandbox Listener")
    return store


def add_account(store: Store, catalogue: Catalogue, name: str) -> Account:
    """Return the account of a name, made with a full library where it is new."""
    id_ = user_id(name)
    if id_ in store.accounts:
        return store.accounts[id_]
    account = Account(
        id=id_,
        display_name=name.strip(),
        account_id=spotify_id("account", id_),
        email=f"{id_}@example.com",
        followers=7,
    )
    store.accounts[id_] = account
    for kind in KINDS:
        seed_saved(account, catalogue, kind)
    seed_following(account, catalogue)
    seed_history(account, catalogue)
    seed_playlists(store, account, catalogue)
    seed_player(account, catalogue)
    return account


def seed_saved(account: Account, catalogue: Catalogue, kind: Kind) -> None:
    """Save the first items of a kind, newest first."""
    chosen = list(catalogue.of_kind(kind))[: _SAVED_COUNT[kind]]
    account.saved[kind] = {id_: START - timedelta(days=day) for day, id_ in enumerate(chosen)}


def seed_following(account: Account, catalogue: Catalogue) -> None:
    """Follow artists enough for a second page, and one user."""
    account.artists = list(catalogue.artists)[:24]
    account.users = ["smedjan"]


def seed_history(account: Account, catalogue: Catalogue) -> None:
    """Fill the listening history, out of albums, a playlist and nothing, and what is computed from it."""
    playlist = f"spotify:playlist:{own_playlist_id(account, 'Long list')}"
    tracks = list(catalogue.tracks.values())
    account.top_artists = list(catalogue.artists)[:_TOP_ARTISTS]
    account.top_tracks = [each.id for each in tracks[::3][:_TOP_TRACKS]]
    account.top_followers_known = True
    account.plays = [
        Play(
            track_id=track.id,
            played_at=START - timedelta(minutes=4 * number, milliseconds=137 * number),
            context=(None, f"spotify:album:{track.album.id}", playlist)[number % 3],
        )
        for number, track in enumerate(tracks[:40])
    ]


def seed_playlists(store: Store, account: Account, catalogue: Catalogue) -> None:
    """Make the account's own playlists anew (27 of them), and follow two of other people."""
    tracks = tuple(f"spotify:track:{id_}" for id_ in islice(catalogue.tracks, 120))
    for id_ in [each.id for each in store.playlists.values() if each.owner == account.id]:
        del store.playlists[id_]
    own = []
    for number, name in enumerate((*_NAMED, *(f"Mix {number:02}" for number in range(1, 23)))):
        uris = {"Short list": tracks[:5], "Long list": tracks, "Empty list": ()}.get(
            name, tracks[number : number + 8]
        )
        own.append(
            Playlist(
                id=own_playlist_id(account, name),
                owner=account.id,
                name=name,
                description="" if number % 2 else f"{name}, made for the sandbox",
                public=name not in ("Private list", "Shared list"),
                collaborative=name == "Shared list",
                entries=[*_entries(uris, account.id)],
            )
        )
    store.playlists |= {each.id: each for each in own}
    followed = [each.id for each in catalogue.playlists if each.owner == "jmperezperez"]
    account.playlists = [*(each.id for each in own), *followed]


def seed_player(account: Account, catalogue: Catalogue) -> None:
    """Let a track play on the first of two devices, out of its album."""
    album = next(each for each in catalogue.albums.values() if len(each.track_ids) > 10)
    account.player = Player(
        devices=seed_devices(account),
        item=f"spotify:track:{album.track_ids[0]}",
        context=f"spotify:album:{album.id}",
        playing=True,
        progress_ms=42_000,
        upcoming=[f"spotify:track:{id_}" for id_ in album.track_ids[1:]],
        changed_at=START,
    )


def seed_devices(account: Account) -> list[Device]:
    """Return a computer, active, and a phone."""
    return [
        Device(id=hex_for(40, "computer", account.id), name="Desk", type="Computer", active=True),
        Device(id=hex_for(40, "phone", account.id), name="Pocket", type="Smartphone", volume=100),
    ]


def own_playlist_id(account: Account, name: str) -> str:
    """Return the id of one of the playlists that an account starts with."""
    return spotify_id("playlist", account.id, name)


@lru_cache  # a sandbox is set back again and again, and the rows are always the same
def _entries(uris: tuple[str | None, ...], added_by: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(uri=uri, added_at=START - timedelta(days=200 - number), added_by=added_by)
        for number, uri in enumerate(uris)
    )
