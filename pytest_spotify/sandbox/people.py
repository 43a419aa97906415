"""Users and playlists as the Web API writes them. Beside `shapes`, `spoken` and `playback`."""

from __future__ import annotations

from datetime import datetime

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.catalogue import EDITORS
from pytest_spotify.sandbox.entities import Episode, hex_for, split_uri
from pytest_spotify.sandbox.paging import slice_page
from pytest_spotify.sandbox.playback import playable
from pytest_spotify.sandbox.shapes import Body, identity, kept
from pytest_spotify.sandbox.spoken import episode, episode_as_track
from pytest_spotify.sandbox.store import Account, Entry, Playlist

# The page inside a playlist has this size, and so have its links, also those to `/items`, whose own
# greatest limit is 50 (seen in answers of 2026-03).
EMBEDDED = 100
_MOSAIC = 4  # covers


def timestamp(at: datetime) -> str:
    """Write a time to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


def owner(call: Call, id_: str) -> Body:
    """Write a user as the owner of a playlist."""
    return {**identity(call, "user", id_), "display_name": display_name(call, id_)}


def public_user(call: Call, id_: str) -> Body:
    """Write what everybody sees of a user."""
    account = call.store.accounts.get(id_)
    followers = account.followers if account else 84
    body = {**owner(call, id_), "followers": {"href": None, "total": followers}, "images": []}
    return kept(call, "user", body)


def private_user(call: Call, account: Account) -> Body:
    """Write the user's own profile; scopes unlock the country and subscription, and the address."""
    body = {**public_user(call, account.id), "account_id": account.account_id}
    if "user-read-private" in call.scope:
        body |= {
            "country": account.country,
            "explicit_content": {"filter_enabled": False, "filter_locked": False},
            "product": "premium" if account.premium else "free",
        }
    if "user-read-email" in call.scope:
        body["email"] = account.email
    return kept(call, "user", body)


def display_name(call: Call, id_: str) -> str:
    """Return the name that a user goes by."""
    account = call.store.accounts.get(id_)
    return account.display_name if account else call.catalogue.users.get(id_, id_)


def simple_playlist(call: Call, one: Playlist) -> Body:
    """Write a playlist as it stands in lists. Older apps get both names of its contents."""
    body = {
        "collaborative": one.collaborative,
        "description": one.description,
        **identity(call, "playlist", one.id),
        "images": cover(call, one),
        "name": one.name,
        "owner": owner(call, one.owner),
        "primary_color": None,
        "public": one.public,
        "snapshot_id": one.snapshot_id,
    }
    for name in content_names(call):
        body[name] = {"href": call.url(f"/playlists/{one.id}/{name}"), "total": len(one.entries)}
    return body


def playlist(call: Call, one: Playlist) -> Body:
    """Write a playlist in full; development apps see only what is in the user's own."""
    body = {**simple_playlist(call, one), "followers": {"href": None, "total": one.followers}}
    types = call.get("additional_types")
    for name in content_names(call):
        if may_see_items(call, one):
            body[name] = slice_page(
                call,
                f"/playlists/{one.id}/{name}",
                one.entries,
                lambda each: entry(call, each),
                limit=EMBEDDED,
                kept=[("additional_types", types)] if types else [],
            )
        else:
            body.pop(name)
    return body


def content_names(call: Call) -> tuple[str, ...]:
    """Return the names under which a playlist's contents stand."""
    return ("items",) if call.development else ("tracks", "items")


def may_see_items(call: Call, one: Playlist) -> bool:
    """Return True if this app may read a playlist's contents."""
    return not call.development or is_mine(call, one)


def is_mine(call: Call, one: Playlist) -> bool:
    """Return True if the user owns a playlist or collaborates on it."""
    if call.account is None:
        return False
    return one.owner == call.account.id or (one.collaborative and one.id in call.account.playlists)


def cover(call: Call, one: Playlist) -> list[Body] | None:
    """Write a playlist's picture: the one that was put up, else a mosaic of its contents; none if empty.

    Only a mosaic, of four covers, has sizes, and there are three of it (2025-01).
    """
    if one.cover is not None:
        url = f"https://image-cdn-ak.spotifycdn.com/image/ab67706c0000da84{one.cover}"
    elif one.owner != EDITORS and len(_albums(call, one)) >= _MOSAIC:
        tiles = "".join(f"ab67616d00001e02{hex_for(24, 'tile', one.id, n)}" for n in range(_MOSAIC))
        return [
            {"height": size, "url": f"https://mosaic.scdn.co/{size}/{tiles}", "width": size}
            for size in (640, 300, 60)
        ]
    elif one.entries:
        url = f"https://i.scdn.co/image/ab67616d00001e02{hex_for(24, 'playlist', one.id)}"
    else:
        return None
    return [{"height": None, "url": url, "width": None}]


def _albums(call: Call, one: Playlist) -> set[str]:
    """Return the albums whose covers a playlist can show."""
    tracks = (call.catalogue.tracks.get(split_uri(each.uri)[1]) for each in one.entries if each.uri)
    return {track.album.id for track in tracks if track}


def entry(call: Call, one: Entry) -> Body:
    """Write a row of a playlist. Older apps get the item under both names; a ghost has none."""
    item = playlist_item(call, one.uri)
    return {
        "added_at": timestamp(one.added_at),
        "added_by": identity(call, "user", one.added_by),
        "is_local": bool(one.uri and one.uri.startswith("spotify:local:")),
        "primary_color": None,
        **({} if call.development else {"track": item}),
        "item": item,
        "video_thumbnail": {"url": None},
    }


def playlist_item(call: Call, uri: str | None) -> Body | None:
    """Write what a row names: a track, an episode, or a local file; the first two with flags that tell which.

    Local files have none (2019-01, 2024-11). Episodes have their markets.
    """
    if uri is None:
        return None
    kind, id_ = split_uri(uri)
    if kind == "episode":
        return _episode_item(call, call.catalogue.episodes[id_])
    item = playable(call, uri)
    if item is None or item["is_local"]:
        return item
    if call.development:
        # Without `market` as well (5 of 5 rows, 2026-08, jmc856/calbum).
        item["is_playable"] = item["album"]["is_playable"] = True
    return {**item, "episode": False, "track": True}


def _episode_item(call: Call, one: Episode) -> Body:
    """Write an episode in a playlist: as a track for who did not say that they know episodes.

    With neither a user nor a market as well (live since 2024-04: felix-hilden/tekore 98d4048, and its tests
    of 2026-03); before, the row had null.
    """
    if "episode" not in call.words("additional_types"):
        return episode_as_track(call, one)
    item = episode(call, one)
    item.pop("is_playable", None)
    item.pop("resume_point", None)
    markets = list(call.catalogue.listed_markets)
    return {**item, "available_markets": markets, "episode": True, "track": False}
