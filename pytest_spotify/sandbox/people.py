"""Users, playlists, devices and playback as the Web API writes them. Beside `shapes` and `spoken`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import hex_for, split_uri
from pytest_spotify.sandbox.paging import slice_page
from pytest_spotify.sandbox.shapes import Body, identity, kept, local_track, track
from pytest_spotify.sandbox.spoken import episode
from pytest_spotify.sandbox.store import Account, Device, Entry, Play, Playlist

# The page inside a playlist has this size, and so have its links, also those to `/items`, whose own
# greatest limit is 50 (seen in answers of 2026-03).
EMBEDDED = 100


def timestamp(at: datetime) -> str:
    """Write a time to the second."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


def milliseconds(at: datetime) -> int:
    """Write a time as Unix milliseconds."""
    return round(at.timestamp() * 1000)


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
        "images": cover(one),
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
    """Say whether this app may read a playlist's contents."""
    return not call.development or is_mine(call, one)


def is_mine(call: Call, one: Playlist) -> bool:
    """Say whether the user owns a playlist or collaborates on it."""
    if call.account is None:
        return False
    return one.owner == call.account.id or (one.collaborative and one.id in call.account.playlists)


def cover(one: Playlist) -> list[Body] | None:
    """Write a playlist's picture: the one that was put up, else one of its contents; none if empty."""
    if one.cover is not None:
        url = f"https://image-cdn-ak.spotifycdn.com/image/ab67706c0000da84{one.cover}"
    elif one.entries:
        url = f"https://i.scdn.co/image/ab67616d00001e02{hex_for(24, 'playlist', one.id)}"
    else:
        return None
    return [{"height": None, "url": url, "width": None}]


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
    """Write what a row names: a track, a local file or an episode, with two flags that tell which.

    Episodes came in full also with `additional_types=track` (seen in 2024-11), and with their markets.
    """
    item = playable(call, uri) if uri else None
    if item is None:
        return None
    is_episode = item["type"] == "episode"
    if is_episode:
        item.pop("is_playable", None)
        item.pop("resume_point", None)
        item["available_markets"] = list(call.catalogue.listed_markets)
    return {**item, "episode": is_episode, "track": not is_episode}


def playable(call: Call, uri: str) -> Body | None:
    """Write the track, local file or episode of a URI."""
    kind, id_ = split_uri(uri)
    if kind == "local":
        return local_track(call, uri)
    if kind == "episode":
        found = call.catalogue.episodes.get(id_)
        return episode(call, found) if found else None
    song = call.catalogue.tracks.get(id_)
    return track(call, song) if song else None


def context(call: Call, uri: str | None) -> Body | None:
    """Write where playback came from: four fields, without an id."""
    if uri is None:
        return None
    kind, id_ = split_uri(uri)
    body = identity(call, kind, id_)
    del body["id"]
    return body


def play(call: Call, one: Play) -> Body:
    """Write a line of the listening history."""
    at = one.played_at
    return {
        "track": track(call, call.catalogue.tracks[one.track_id]),
        "played_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "context": context(call, one.context),
    }


def device(one: Device) -> Body:
    """Write a device."""
    return {
        "id": one.id,
        "is_active": one.active,
        "is_private_session": False,
        "is_restricted": one.id is None,
        "name": one.name,
        "supports_volume": True,
        "type": one.type,
        "volume_percent": one.volume,
    }


def currently_playing(call: Call, types: Sequence[str]) -> Body:
    """Write what plays now; an episode is null for who did not say that they know episodes."""
    player = call.me.player
    item: Any = playable(call, player.item) if player.item else None
    if player.playing_type == "episode" and "episode" not in types:
        item = None
    disallowed = {"resuming": True} if player.playing else {"pausing": True}
    return {
        "timestamp": milliseconds(player.changed_at),
        "context": context(call, player.context),
        "progress_ms": player.progress_ms,
        "item": item,
        "currently_playing_type": player.playing_type,
        "actions": {"disallows": disallowed},
        "is_playing": player.playing,
    }
