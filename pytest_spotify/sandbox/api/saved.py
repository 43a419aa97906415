"""What the user saved, kind by kind: list, save, remove, check."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pytest_spotify.sandbox.api import albums
from pytest_spotify.sandbox.audiobooks import audiobook_as_show, listed_audiobook
from pytest_spotify.sandbox.call import Answer, ApiError, Call, checked_ids
from pytest_spotify.sandbox.paging import page
from pytest_spotify.sandbox.people import timestamp
from pytest_spotify.sandbox.spoken import episode, gone_episode, simple_show
from pytest_spotify.sandbox.store import Kind, now
from pytest_spotify.sandbox.tracks import playable_track

Handler = Callable[[Call], Answer]
_UTC = "%Y-%m-%dT%H:%M:%SZ"
_MOST: dict[Kind, int] = {"track": 50, "album": 20, "episode": 50, "show": 50, "audiobook": 50}


def write_saved(call: Call, kind: Kind, id_: str, at: datetime) -> Any:
    """Write a saved item with the time it was saved; audiobooks come without (seen in 2026-02).

    What is gone from the catalogue leaves null in its place (albums and audiobooks, 2024-10 to 2026-03), or
    an empty episode. Audiobooks come among shows.
    """
    known = call.catalogue
    item: Any
    match kind:
        case "episode" if id_ not in known.episodes:
            item = gone_episode(call)
        case "show" if id_ in known.audiobooks:
            item = audiobook_as_show(call, known.audiobooks[id_])
        case _ if id_ not in known.of_kind(kind):
            return None
        case "audiobook":
            return listed_audiobook(call, known.audiobooks[id_])
        case "track":
            item = playable_track(call, known.tracks[id_])
        case "album":
            item = albums.full(call, known.albums[id_])
        case "episode":
            item = episode(call, known.episodes[id_])
        case "show":
            item = simple_show(call, known.shows[id_])
    return {"added_at": timestamp(at), kind: item}


def list_saved(kind: Kind) -> Handler:
    """Answer a page of saved items, newest first."""

    def handle(call: Call) -> Answer:
        rows = list(call.me.saved[kind].items())
        return Answer(body=page(call, rows, lambda row: write_saved(call, kind, *row)))

    return handle


def save(kind: Kind) -> Handler:
    """Save items; ids in the query win over the body."""

    def handle(call: Call) -> Answer:
        wanted = _stamped(call) if kind == "track" else None
        if wanted is None:
            wanted = dict.fromkeys(_ids(call, kind), now())
        known = call.catalogue.of_kind(kind)
        call.me.save(kind, {id_: at for id_, at in wanted.items() if id_ in known})
        return Answer()

    return handle


def remove(kind: Kind) -> Handler:
    """Remove saved items; what is not saved is passed over."""

    def handle(call: Call) -> Answer:
        call.me.forget(kind, _ids(call, kind))
        return Answer()

    return handle


def check(kind: Kind) -> Handler:
    """Answer for each id whether it is saved."""

    def handle(call: Call) -> Answer:
        return Answer(body=[id_ in call.me.saved[kind] for id_ in call.ids(_MOST[kind])])

    return handle


def _ids(call: Call, kind: Kind) -> list[str]:
    """Return the ids to save or remove; those of audiobooks stand in the query alone."""
    return call.ids(50) if kind == "audiobook" else call.ids_anywhere(50)


def _stamped(call: Call) -> dict[str, datetime] | None:
    """Return tracks with the times that the body gives them, newest first; None where it gives none."""
    body = call.json_value()
    rows = body.get("timestamped_ids") if isinstance(body, dict) else None
    if rows is None or call.get("ids") is not None:
        return None
    try:
        stamped = {
            str(row["id"]): datetime.strptime(row["added_at"], _UTC).replace(tzinfo=UTC) for row in rows
        }
        newest_first = sorted(stamped.items(), key=lambda row: row[1], reverse=True)
    except (KeyError, TypeError, ValueError):
        raise ApiError(400, "Invalid timestamped_ids") from None
    checked_ids(list(stamped), 50)
    return dict(newest_first)


HANDLERS = {
    "get-users-saved-albums": list_saved("album"),
    "save-albums-user": save("album"),
    "remove-albums-user": remove("album"),
    "check-users-saved-albums": check("album"),
    "get-users-saved-tracks": list_saved("track"),
    "save-tracks-user": save("track"),
    "remove-tracks-user": remove("track"),
    "check-users-saved-tracks": check("track"),
    "get-users-saved-episodes": list_saved("episode"),
    "save-episodes-user": save("episode"),
    "remove-episodes-user": remove("episode"),
    "check-users-saved-episodes": check("episode"),
    "get-users-saved-shows": list_saved("show"),
    "save-shows-user": save("show"),
    "remove-shows-user": remove("show"),
    "check-users-saved-shows": check("show"),
    "get-users-saved-audiobooks": list_saved("audiobook"),
    "save-audiobooks-user": save("audiobook"),
    "remove-audiobooks-user": remove("audiobook"),
    "check-users-saved-audiobooks": check("audiobook"),
}
