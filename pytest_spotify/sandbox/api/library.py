"""The library by URI, since February 2026: save, remove and check anything in one call.

`uris` stands in the query; a JSON body is refused, whatever the migration guide shows (jpochyla/psst#740).
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import cast

from pytest_spotify.sandbox.api.users import follow, unfollow
from pytest_spotify.sandbox.call import Answer, ApiError, Call, counted, valid_id
from pytest_spotify.sandbox.gate import insufficient_scope
from pytest_spotify.sandbox.store import KINDS, Kind, now

_MOST = 40
_MODIFY = {"follow": "user-follow-modify", "playlist": "playlist-modify-public"}
_READ = {"follow": "user-follow-read", "playlist": "playlist-read-private"}


def save(call: Call) -> Answer:
    """Save, or follow."""
    for kind, id_ in list(_items(call, _MODIFY, "user-library-modify")):
        if kind == "playlist":
            if id_ in call.store.playlists:
                call.store.follow(call.me, call.store.playlists[id_])
        elif kind in ("artist", "user"):
            follow(call, kind, [id_])
        elif id_ in call.catalogue.of_kind(kind):
            call.me.save(cast(Kind, kind), {id_: now()})
    return Answer()


def remove(call: Call) -> Answer:
    """Remove, or follow no longer."""
    for kind, id_ in list(_items(call, _MODIFY, "user-library-modify")):
        if kind == "playlist":
            if id_ in call.store.playlists:
                call.store.unfollow(call.me, call.store.playlists[id_])
        elif kind in ("artist", "user"):
            unfollow(call, kind, [id_])
        else:
            call.me.forget(cast(Kind, kind), [id_])
    return Answer()


def contains(call: Call) -> Answer:
    """Answer for each URI whether it is saved or followed."""
    me = call.me
    present: dict[str, Container[str]] = dict(me.saved.items())
    present |= {"artist": me.artists, "user": me.users, "playlist": me.playlists}
    return Answer(body=[id_ in present[kind] for kind, id_ in _items(call, _READ, "user-library-read")])


def _items(call: Call, scopes: dict[str, str], library_scope: str) -> Iterator[tuple[str, str]]:
    """Read the URIs; each kind takes a scope of its own."""
    for uri in counted(call.words("uris"), "uris", _MOST):
        kind, id_ = _split(call, uri)
        group = {"artist": "follow", "user": "follow", "playlist": "playlist"}.get(kind, "")
        if scopes.get(group, library_scope) not in call.scope:
            raise insufficient_scope()
        yield kind, id_


def _split(call: Call, uri: str) -> tuple[str, str]:
    """Return kind and id; an audiobook may come as the show that its URI says it is."""
    match uri.split(":"):
        case ["spotify", "user", id_] if id_:
            return "user", id_
        case ["spotify", kind, id_] if kind in (*KINDS, "artist", "playlist"):
            is_book = kind == "show" and id_ in call.catalogue.audiobooks
            return ("audiobook" if is_book else kind), valid_id(id_)
    raise ApiError(400, f"Invalid uri: {uri}")


HANDLERS = {
    "save-library-items": save,
    "remove-library-items": remove,
    "check-library-contains": contains,
}
