"""What plays, where, and what was played, as the Web API writes it. Beside `shapes` and `spoken`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pytest_spotify.sandbox.audiobooks import audiobook_as_show, chapter_as_episode
from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import number_for, split_uri
from pytest_spotify.sandbox.shapes import Body, identity
from pytest_spotify.sandbox.spoken import episode
from pytest_spotify.sandbox.store import Device, Play
from pytest_spotify.sandbox.tracks import local_track, track


def milliseconds(at: datetime) -> int:
    """Write a time as Unix milliseconds."""
    return round(at.timestamp() * 1000)


def playable(call: Call, uri: str) -> Body | None:
    """Write the track, local file or episode of a URI."""
    kind, id_ = split_uri(uri)
    if kind == "local":
        return local_track(call, uri)
    if kind == "episode":
        return _spoken(call, id_)
    song = call.catalogue.tracks.get(id_)
    return track(call, song) if song else None


def _spoken(call: Call, id_: str) -> Body | None:
    """Write the episode of an id; chapters of audiobooks are episodes where things are played."""
    if chapter := call.catalogue.chapters.get(id_):
        show = audiobook_as_show(call, chapter.audiobook, counted=False)
        return {**chapter_as_episode(call, chapter, type_="episode"), "show": show}
    found = call.catalogue.episodes.get(id_)
    return episode(call, found) if found else None


def player_item(call: Call, uri: str) -> Body | None:
    """Write what the player has; `external_ids` never came back there for apps in development mode.

    Absent in 2026-02 and 2026-09 (ramsayleung/rspotify#576, #578).
    """
    item = playable(call, uri)
    if item is not None and call.development:
        item.pop("external_ids", None)
    return item


def context(call: Call, uri: str | None) -> Body | None:
    """Write where playback came from: four fields, without an id."""
    if uri is None:
        return None
    kind, id_ = split_uri(uri)
    body = identity(call, kind, id_)
    del body["id"]
    return body


def past_context(call: Call, one: Play) -> Body | None:
    """Write where a past play came from; the public address of some says how it was started.

    Playlists with a smart shuffle's session (2024-05 to 2026-04), albums with the play button (2023); seen
    in chekos/my-spotify-data and keesbaas/music_things. `uri` and `href` are plain there too.
    """
    body = context(call, one.context)
    if body is not None and number_for(1, 4, "context", one.track_id) == 1:
        digits = number_for(10**15, 10**16 - 1, "session", one.track_id)
        how = {"playlist": f"?sessionId={digits}&mode=enhanced", "album": "/play_button"}
        body["external_urls"]["spotify"] += how.get(body["type"], "")
    return body


def play(call: Call, one: Play) -> Body:
    """Write a line of the listening history.

    For apps in development mode one track in forty has `external_ids` (41 of 1,628 in 2026-02 to 05,
    keesbaas/music_things); here it is more, so that both are met.
    """
    at, item = one.played_at, track(call, call.catalogue.tracks[one.track_id])
    if call.development and number_for(1, 4, "external ids", one.track_id) != 1:
        item.pop("external_ids")
    return {
        "track": item,
        "played_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "context": past_context(call, one),
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
    item: Any = player_item(call, player.item) if player.item else None
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
