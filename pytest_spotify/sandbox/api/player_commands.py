"""Commands to the player. They need Premium first, then a device; what they change can be read back."""

from __future__ import annotations

from typing import Any, Literal, cast

from pytest_spotify.sandbox.call import Answer, ApiError, Call, typed, whole
from pytest_spotify.sandbox.entities import split_uri
from pytest_spotify.sandbox.store import Player, now


def transfer(call: Call) -> Answer:
    """Go on playing on another device."""
    player, body = _premium(call), call.json()
    typed(body, play=bool)
    ids = body.get("device_ids")
    if not isinstance(ids, list) or not ids:
        raise ApiError(400, "Missing required field: device_ids")
    if len(ids) > 1:
        raise ApiError(400, "Only one device id can be given")
    _activate(player, str(ids[0]))
    if body.get("play") is True and player.item:
        player.playing = True
    return _done(player)


def start(call: Call) -> Answer:
    """Play URIs or a context, from an offset and a position; without a body, resume."""
    body = call.json()
    typed(body, context_uri=str, uris=list, offset=dict)
    position = whole(body.get("position_ms"), "position_ms", 0)
    player = _commanded(call)
    uris, context = body.get("uris"), body.get("context_uri")
    if uris is None and context is None and (player.item is None or player.playing):
        raise _restricted()
    if uris is not None or context is not None:
        rows = _context(call, context or "") if uris is None else [_uri(call, each) for each in uris]
        if not rows:
            raise ApiError(400, "Missing required field: uris")
        at = _offset(rows, body.get("offset"))
        player.past, (player.item, *player.upcoming) = rows[:at], rows[at:]
        player.context = None if uris is not None else context
        player.progress_ms = position
    elif body.get("position_ms") is not None:
        player.progress_ms = position
    player.playing = True
    return _done(player)


def pause(call: Call) -> Answer:
    """Stop for a while."""
    player = _commanded(call)
    if not player.playing:
        raise _restricted()
    player.playing = False
    return _done(player)


def skip_next(call: Call) -> Answer:
    """Play what comes next: the queue first."""
    player = _commanded(call)
    coming = player.queue or player.upcoming
    if coming:
        if player.item:
            player.past.append(player.item)
        player.item = coming.pop(0)
    player.progress_ms = 0
    return _done(player)


def skip_previous(call: Call) -> Answer:
    """Play what came before; the first track starts again."""
    player = _commanded(call)
    if player.past:
        if player.item:
            player.upcoming.insert(0, player.item)
        player.item = player.past.pop()
    player.progress_ms = 0
    return _done(player)


def seek(call: Call) -> Answer:
    """Go to a position; beyond the end, the next track plays."""
    position = call.number("position_ms", None, low=0)
    player = _commanded(call)
    if position >= _length(call, player):
        return skip_next(call)
    player.progress_ms = position
    return _done(player)


def set_volume(call: Call) -> Answer:
    """Set the volume of the device."""
    percent = call.number("volume_percent", None, low=0, high=100)
    player = _commanded(call)
    if player.active_device is not None:
        player.active_device.volume = percent
    return _done(player)


def set_repeat(call: Call) -> Answer:
    """Repeat the track, the context, or nothing."""
    state = call.choice("state", ["off", "track", "context"])
    player = _commanded(call)
    player.repeat = cast(Literal["off", "track", "context"], state)
    return _done(player)


def set_shuffle(call: Call) -> Answer:
    """Switch shuffle on or off."""
    state = call.choice("state", ["true", "false", "True", "False"])
    player = _commanded(call)
    player.shuffle = state.lower() == "true"
    return _done(player)


def add_to_queue(call: Call) -> Answer:
    """Put a track or an episode at the end of the queue."""
    uri = call.get("uri")
    if not uri:
        raise ApiError(400, "Missing required field: uri")
    uri = _uri(call, uri)
    player = _commanded(call)
    player.queue.append(uri)
    return _done(player)


def _restricted() -> ApiError:
    """Return the refusal of what `disallows` names: to resume what plays, to pause what does not.

    Seen in spotify/web-api#1433 and vdesabou/alfred-spotify-mini-player#382.
    """
    return ApiError(403, "Player command failed: Restriction violated", reason="UNKNOWN")


def _premium(call: Call) -> Player:
    if not call.me.premium:
        raise ApiError(403, "Player command failed: Premium required", reason="PREMIUM_REQUIRED")
    return call.me.player


def _commanded(call: Call) -> Player:
    """Return the player of a Premium user who has a device, or names one."""
    player = _premium(call)
    device_id = call.get("device_id")
    if device_id:
        _activate(player, device_id)
    if player.active_device is None:
        raise ApiError(404, "Player command failed: No active device found", reason="NO_ACTIVE_DEVICE")
    return player


def _activate(player: Player, device_id: str) -> None:
    if device_id not in [each.id for each in player.devices]:
        raise ApiError(404, "Device not found")
    for each in player.devices:
        each.active = each.id == device_id


def _done(player: Player) -> Answer:
    if player.item:
        player.playing_type = "episode" if player.item.startswith("spotify:episode:") else "track"
    player.changed_at = now()
    return Answer(status=204)


def _uri(call: Call, uri: object) -> str:
    if not isinstance(uri, str) or not call.catalogue.has(uri):
        raise ApiError(400, f"Invalid track uri: {uri}")
    return uri


def _context(call: Call, uri: str) -> list[str]:
    """Return what plays out of an album, artist, show or playlist."""
    known = call.catalogue
    kind, id_ = split_uri(uri)
    if kind == "album" and id_ in known.albums:
        return [f"spotify:track:{each}" for each in known.albums[id_].track_ids]
    if kind == "show" and id_ in known.shows:
        return [f"spotify:episode:{each}" for each in known.shows[id_].episode_ids]
    if kind == "artist" and id_ in known.artists:
        return [
            f"spotify:track:{each.id}" for each in known.tracks.values() if known.artists[id_] in each.artists
        ]
    if kind == "playlist" and id_ in call.store.playlists:
        return [each.uri for each in call.store.playlists[id_].entries if each.uri and known.has(each.uri)]
    raise ApiError(400, "Invalid context uri")


def _offset(rows: list[str], offset: dict[str, Any] | None) -> int:
    """Return where to begin: at a position, or at a URI."""
    if offset is None:
        return 0
    if offset.get("uri") is not None:
        if offset["uri"] not in rows:
            raise ApiError(400, "Invalid offset")
        return rows.index(offset["uri"])
    position = whole(offset.get("position"), "offset")
    if position >= len(rows):
        raise ApiError(400, "Invalid offset")
    return position


def _length(call: Call, player: Player) -> int:
    kind, id_ = split_uri(player.item or "")
    found = call.catalogue.episodes.get(id_) if kind == "episode" else call.catalogue.tracks.get(id_)
    return found.duration_ms if found else 1 << 40


HANDLERS = {
    "transfer-a-users-playback": transfer,
    "start-a-users-playback": start,
    "pause-a-users-playback": pause,
    "skip-users-playback-to-next-track": skip_next,
    "skip-users-playback-to-previous-track": skip_previous,
    "seek-to-position-in-currently-playing-track": seek,
    "set-volume-for-users-playback": set_volume,
    "set-repeat-mode-on-users-playback": set_repeat,
    "toggle-shuffle-for-users-playback": set_shuffle,
    "add-to-queue": add_to_queue,
}
