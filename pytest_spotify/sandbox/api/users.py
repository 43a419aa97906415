"""Users: the profile, other people, what is listened to most, whom one follows."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_spotify.sandbox.call import Answer, ApiError, Call, counted
from pytest_spotify.sandbox.entities import Artist
from pytest_spotify.sandbox.paging import limit_of, link, page
from pytest_spotify.sandbox.people import private_user, public_user
from pytest_spotify.sandbox.shapes import Body, artist
from pytest_spotify.sandbox.tracks import playable_track

_RANGES = ("long_term", "medium_term", "short_term")


def get_profile(call: Call) -> Answer:
    """Answer the user's own profile."""
    return Answer(body=private_user(call, call.me))


def get_user(call: Call) -> Answer:
    """Answer what everybody sees of a user."""
    id_ = call.names["user_id"]
    if not is_user(call, id_):
        raise ApiError(404, "No such user")
    return Answer(body=public_user(call, id_))


def get_top(call: Call) -> Answer:
    """Answer a page of the artists or tracks that are listened to most, by the length of the time."""
    span = call.choice("time_range", _RANGES, "medium_term")
    kind = call.names["type"]
    if kind not in ("artists", "tracks"):
        raise ApiError(404, "Resource not found")
    turn = _RANGES.index(span)
    if kind == "artists":
        ids = call.me.top_artists
        artists = [call.catalogue.artists[id_] for id_ in ids[turn:] + ids[:turn]]
        return Answer(body=page(call, artists, lambda each: _top_artist(call, each)))
    ids = call.me.top_tracks
    tracks = [call.catalogue.tracks[id_] for id_ in ids[turn:] + ids[:turn]]
    body = page(call, tracks, lambda each: playable_track(call, each))
    if not tracks:
        body["limit"] = 0  # whatever was asked for, and its `href` says (2025-06-10, chekos/my-spotify-data)
    return Answer(body=body)


def _top_artist(call: Call, one: Artist) -> Body:
    """Write an artist; on some days Spotify does not know how many followers any of a page has.

    Ten dates from 2022-12-05 to 2026-06-16 (chekos/my-spotify-data).
    """
    body = artist(call, one)
    if not call.me.top_followers_known and "followers" in body:
        body["followers"]["total"] = None
    return body


def get_followed(call: Call) -> Answer:
    """Answer followed artists after a cursor: the id of the last artist that was seen."""
    call.choice("type", ["artist"])
    limit, after, ids = limit_of(call), call.get("after"), call.me.artists
    start = ids.index(after) + 1 if after in ids else 0
    shown = ids[start : start + limit]
    more = start + limit < len(ids)
    plain = [(name, value) for name, value in call.query if name not in ("after", "limit")]
    plain.append(("limit", str(limit)))
    artists = [artist(call, call.catalogue.artists[id_]) for id_ in shown]
    return Answer(
        body={
            "artists": {
                "href": link(call, call.path, [*plain, *([("after", after)] if after else [])]),
                "items": artists,
                "limit": limit,
                "next": link(call, call.path, [*plain, ("after", shown[-1])]) if more else None,
                "cursors": {"after": shown[-1] if more else None},
                "total": len(ids),
            }
        }
    )


def put_following(call: Call) -> Answer:
    """Follow artists or users."""
    follow(call, *_followed(call))
    return Answer(status=204)


def delete_following(call: Call) -> Answer:
    """Follow artists or users no longer."""
    unfollow(call, *_followed(call))
    return Answer(status=204)


def check_following(call: Call) -> Answer:
    """Answer for each id whether it is followed."""
    kind, ids = _followed(call)
    return Answer(body=[id_ in _list(call, kind) for id_ in ids])


def follow(call: Call, kind: str, ids: Sequence[str]) -> None:
    """Follow the artists or users that there are, the newest first; other ids are passed over.

    Spotify's own SDK expects a new one on the first page. By id was the order until 2024.
    """
    followed = _list(call, kind)
    for id_ in ids:
        there = id_ in call.catalogue.artists if kind == "artist" else is_user(call, id_)
        if there and id_ not in followed:
            followed.insert(0, id_)


def unfollow(call: Call, kind: str, ids: Sequence[str]) -> None:
    """Follow artists or users no longer."""
    followed = _list(call, kind)
    followed[:] = [id_ for id_ in followed if id_ not in ids]


def is_user(call: Call, id_: str) -> bool:
    """Return True if somebody goes by an id."""
    return id_ in call.store.accounts or id_ in call.catalogue.users


def _list(call: Call, kind: str) -> list[str]:
    return call.me.artists if kind == "artist" else call.me.users


def _followed(call: Call) -> tuple[str, list[str]]:
    """Return whether artists or users are meant, and the ids; those of users are no base 62."""
    kind = call.choice("type", ["artist", "user"])
    if kind == "artist":
        return kind, call.ids_anywhere(50)
    return kind, counted(call.words("ids") or call.strings("ids"), "ids", 50)


HANDLERS = {
    "get-current-users-profile": get_profile,
    "get-users-profile": get_user,
    "get-users-top-artists-and-tracks": get_top,
    "get-followed": get_followed,
    "follow-artists-users": put_following,
    "unfollow-artists-users": delete_following,
    "check-current-user-follows": check_following,
}
