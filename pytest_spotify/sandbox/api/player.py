"""What plays, where, what comes next and what was played."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.paging import limit_of, link
from pytest_spotify.sandbox.playback import currently_playing, device, milliseconds, play, player_item

_TYPES = ("track", "episode")


def get_playback(call: Call) -> Answer:
    """Answer the state of playback; 204 with nothing playing."""
    types = _types(call)
    player = call.me.player
    active = player.active_device
    if player.idle or active is None:
        return Answer(status=204)
    return Answer(
        body={
            "device": device(active),
            "shuffle_state": player.shuffle,
            "smart_shuffle": False,
            "repeat_state": player.repeat,
            **currently_playing(call, types),
        }
    )


def get_currently_playing(call: Call) -> Answer:
    """Answer what plays now, without device, shuffle and repeat; 204 with nothing playing."""
    types = _types(call)
    if call.me.player.idle:
        return Answer(status=204)
    return Answer(body=currently_playing(call, types))


def get_devices(call: Call) -> Answer:
    """Answer the devices that could play."""
    return Answer(body={"devices": [device(each) for each in call.me.player.devices]})


def get_queue(call: Call) -> Answer:
    """Answer what plays and up to 20 things that come next."""
    player = call.me.player
    coming = [player_item(call, uri) for uri in (*player.queue, *player.upcoming)[:20]]
    return Answer(
        body={
            "currently_playing": player_item(call, player.item) if player.item and not player.idle else None,
            "queue": [each for each in coming if each is not None],
        }
    )


def get_recently_played(call: Call) -> Answer:
    """Answer plays around a cursor in Unix milliseconds. There is no total.

    A page with plays always has a next one, and the one after the last is empty, without links and cursors
    (spotify/web-api#1405). Links repeat what was asked, and no more (16 recorded pages, 2020 to 2026).
    """
    limit = limit_of(call)
    if call.get("after") is not None and call.get("before") is not None:
        raise ApiError(400, "Only one of after and before may be given")
    plays = call.me.plays
    if call.get("before") is not None:
        before = call.number("before", None, low=0)
        shown = [each for each in plays if milliseconds(each.played_at) < before][:limit]
    elif call.get("after") is not None:
        after = call.number("after", None, low=0)
        shown = [each for each in plays if milliseconds(each.played_at) > after][-limit:]
    else:
        shown = plays[:limit]
    asked = [(name, value) for name, value in call.query if name in ("after", "before")]
    size = [("limit", str(limit))] if call.get("limit") is not None else []
    cursors, following = None, None
    if shown:
        first, last = (str(milliseconds(each.played_at)) for each in (shown[0], shown[-1]))
        cursors = {"after": first, "before": last}
        step = ("after", first) if call.get("after") is not None else ("before", last)
        following = link(call, call.path, [step, *size])
    return Answer(
        body={
            "href": link(call, call.path, [*asked, *size]),
            "items": [play(call, each) for each in shown],
            "limit": limit,
            "next": following,
            "cursors": cursors,
        }
    )


def _types(call: Call) -> list[str]:
    types = call.words("additional_types")
    if not set(types) <= set(_TYPES):
        raise ApiError(400, "Invalid additional_types")
    return types


HANDLERS = {
    "get-information-about-the-users-current-playback": get_playback,
    "get-the-users-currently-playing-track": get_currently_playing,
    "get-a-users-available-devices": get_devices,
    "get-queue": get_queue,
    "get-recently-played": get_recently_played,
}
