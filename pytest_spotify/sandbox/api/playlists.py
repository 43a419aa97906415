"""Playlists themselves: read, list, create, change, follow, their picture."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

from pytest_spotify.sandbox.call import Answer, ApiError, Call, typed
from pytest_spotify.sandbox.catalogue import EDITORS
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.fields import select
from pytest_spotify.sandbox.gate import insufficient_scope
from pytest_spotify.sandbox.paging import page
from pytest_spotify.sandbox.people import content_names, cover, is_mine, playlist, simple_playlist
from pytest_spotify.sandbox.shapes import Body
from pytest_spotify.sandbox.store import Account, Playlist

_COVER_BYTES = 256 * 1024


def get_playlist(call: Call) -> Answer:
    """Answer one playlist, or the parts of it that `fields` names."""
    body: Any = playlist(call, find(call))
    fields = call.get("fields")
    return Answer(body=select(body, fields) if fields else body)


def get_my_playlists(call: Call) -> Answer:
    """Answer a page of the user's list.

    Links name the user, as seen up to 2026-03; that route is closed in development mode, so there they
    name `/me`.
    """
    path = call.path if call.development else f"/users/{call.me.id}/playlists"
    rows = _listed(call, call.me)
    return Answer(body=page(call, rows, lambda each: simple_playlist(call, each), path=path))


def get_users_playlists(call: Call) -> Answer:
    """Answer a page of a user's playlists: of other people the public ones, of nobody none."""
    id_ = call.names["user_id"]
    if call.account is not None and id_ == call.account.id:
        rows = _listed(call, call.account)
    else:
        rows = [
            each
            for each in call.store.playlists.values()
            if each.owner == id_ and each.public and not each.gone
        ]
    return Answer(body=page(call, rows, lambda each: simple_playlist(call, each)))


def create(call: Call) -> Answer:
    """Create a playlist for the user."""
    me, details = call.me, _details(call)
    if call.names.get("user_id", me.id) != me.id:
        raise ApiError(403, "You cannot create a playlist for another user.")
    if not details.get("name"):
        raise ApiError(400, "Missing required field: name")
    id_ = spotify_id("playlist", me.id, "created", len(call.store.playlists), details["name"])
    one = _changed(Playlist(id=id_, owner=me.id, name=""), details)
    require_scope(call, one)
    call.store.playlists[one.id] = one
    me.playlists.insert(0, one.id)
    return Answer(status=201, body=_created(call, one))


def _created(call: Call, one: Playlist) -> Body:
    """Write a playlist that was just made: no pictures, an owner without a name, links without a query.

    As in an answer of 2025-01.
    """
    body = playlist(call, one)
    for name in content_names(call):
        body[name]["href"] = body[name]["href"].partition("?")[0]
    return {**body, "images": [], "owner": {**body["owner"], "display_name": None}}


def change(call: Call) -> Answer:
    """Change the name, the description, or who may see and change a playlist.

    Making it public or private takes the scope for that (Spotify's page on playlists).
    """
    one = _changed(find_mine(call), _details(call))
    require_scope(call, one)
    call.store.playlists[one.id] = one
    one.changed()
    return Answer()


def follow(call: Call) -> Answer:
    """Put a playlist into the user's list."""
    one = find(call)
    typed(call.json(), public=bool)
    call.store.follow(call.me, one)
    return Answer()


def unfollow(call: Call) -> Answer:
    """Take a playlist out of the user's list; for one's own this is what deleting is."""
    call.store.unfollow(call.me, find(call))
    return Answer()


def check_followed(call: Call) -> Answer:
    """Answer whether the user has a playlist in the list."""
    return Answer(body=[find(call).id in call.me.playlists])


def get_cover(call: Call) -> Answer:
    """Answer a playlist's picture."""
    return Answer(body=cover(call, find(call)) or [])


def put_cover(call: Call) -> Answer:
    """Take a picture: a JPEG in base 64, 256 KB at most."""
    one = find_mine(call)
    if len(call.content) > _COVER_BYTES:
        raise ApiError(413, empty=True)
    try:
        picture = base64.b64decode(call.content, validate=True)
    except ValueError:
        picture = b""
    if not picture.startswith(b"\xff\xd8\xff"):
        raise ApiError(400, "Invalid image data")
    one.cover = hashlib.sha256(picture).hexdigest()[:24]
    one.changed()
    return Answer(status=202)


def find(call: Call) -> Playlist:
    """Return the playlist of the path that this user and this app may see."""
    found = call.store.playlists.get(call.id("playlist_id"))
    hidden = found is not None and (
        found.gone
        or (found.owner == EDITORS and call.restricted)
        or (not found.public and not is_mine(call, found))
    )
    if found is None or hidden:
        raise ApiError(404, "Resource not found")
    if not found.public and "playlist-read-private" not in call.scope:
        raise insufficient_scope()
    return found


def find_mine(call: Call, *, contents: bool = False) -> Playlist:
    """Return the playlist of the path, which this token may change."""
    found = call.store.playlists.get(call.id("playlist_id"))
    if found is None or found.gone:
        raise ApiError(404, "Resource not found")
    if found.owner != call.me.id and not (contents and is_mine(call, found)):
        raise ApiError(403, "You cannot modify a playlist you don't own.")
    require_scope(call, found)
    return found


def require_scope(call: Call, one: Playlist) -> None:
    """Refuse a token without the scope for public, private or (both) collaborative playlists."""
    needed = {"playlist-modify-public" if one.public else "playlist-modify-private"}
    if one.collaborative:
        needed = {"playlist-modify-public", "playlist-modify-private"}
    if not needed <= call.scope:
        raise insufficient_scope()


def _listed(call: Call, account: Account) -> list[Playlist]:
    """Return an account's list, less what the scopes do not show."""
    rows = call.store.playlists_of(account)
    if "playlist-read-private" not in call.scope:
        rows = [each for each in rows if each.public or each.collaborative]
    if "playlist-read-collaborative" not in call.scope:
        rows = [each for each in rows if not each.collaborative]
    return rows


def _details(call: Call) -> dict[str, Any]:
    body = call.json()
    typed(body, name=str, description=str, public=bool, collaborative=bool)
    return body


def _changed(one: Playlist, details: dict[str, Any]) -> Playlist:
    public = details.get("public", one.public)
    collaborative = details.get("collaborative", one.collaborative)
    if public and collaborative:
        raise ApiError(400, "A collaborative playlist can't be public.")
    description = details.get("description")
    return replace(
        one,
        public=bool(public),
        collaborative=bool(collaborative),
        name=details.get("name") or one.name,
        description=one.description if description is None else description,
    )


HANDLERS = {
    "get-playlist": get_playlist,
    "get-a-list-of-current-users-playlists": get_my_playlists,
    "get-list-users-playlists": get_users_playlists,
    "create-playlist": create,
    "create-playlist-for-user": create,
    "change-playlist-details": change,
    "follow-playlist": follow,
    "unfollow-playlist": unfollow,
    "check-if-user-follows-playlist": check_followed,
    "get-playlist-cover": get_cover,
    "upload-custom-playlist-cover": put_cover,
}
