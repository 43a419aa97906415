"""Shows and episodes as the Web API writes them. Beside `shapes`, which has music."""

from __future__ import annotations

from typing import Any

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import Episode, Show, number_for
from pytest_spotify.sandbox.shapes import Body, identity, images, kept, markup


def can_hear(call: Call) -> bool:
    """Return True if shows and episodes are there: with neither a user nor a market they are not."""
    return call.market is not None


def simple_show(call: Call, one: Show) -> Body:
    """Write a show as it stands in lists and within episodes."""
    return kept(
        call,
        "show",
        {
            "available_markets": list(call.catalogue.listed_markets),
            "copyrights": [],
            "description": one.description,
            "explicit": one.explicit,
            **identity(call, "show", one.id),
            "html_description": markup(one.description),
            "images": images("show", one.id),
            "is_externally_hosted": False,
            "languages": [one.language],
            "media_type": "audio",
            "name": one.name,
            "publisher": one.publisher,
            "total_episodes": len(one.episode_ids),
        },
    )


def simple_episode(call: Call, one: Episode) -> Body:
    """Write an episode as it stands within its show; how far the user is takes a scope."""
    body: dict[str, Any] = {
        "audio_preview_url": _preview(one),
        "description": one.description,
        "duration_ms": one.duration_ms,
        "explicit": one.show.explicit,
        **identity(call, "episode", one.id),
        "html_description": f"<p>{markup(one.description)}</p>",
        "images": images("show", one.show.id),
        "is_externally_hosted": False,
        "is_playable": True,
        "language": one.show.language,
        "languages": [one.show.language],
        "name": one.name,
        "release_date": one.date,
        "release_date_precision": "day",
    }
    if "user-read-playback-position" in call.scope:
        body["resume_point"] = resume_point(one.id)
    return body


def episode(call: Call, one: Episode) -> Body:
    """Write an episode in full."""
    return {**simple_episode(call, one), "show": simple_show(call, one.show)}


def episode_as_track(call: Call, one: Episode) -> Body:
    """Write an episode in the shape of a track, its show being album and artist.

    As seen in a playlist of 2024-12, oddities and all (ramsayleung/rspotify#525): the artist has no name, and
    the show's name for a type.
    """
    markets = {"available_markets": list(call.catalogue.listed_markets)}
    artists = [{**identity(call, "show", one.show.id), "name": None, "type": one.show.name}]
    album = {
        **markets,
        **identity(call, "show", one.show.id),
        "album_type": "compilation",
        "artists": artists,
        "external_urls": {"spotify": f"https://open.spotify.com/album/{one.show.id}"},
        "images": images("show", one.show.id),
        "name": one.show.name,
        "release_date": None,
        "release_date_precision": None,
        "total_tracks": 1,
    }
    here = identity(call, "episode", one.id)
    return kept(
        call,
        "track",
        {
            **markets,
            **here,
            "album": kept(call, "album", album),
            "artists": artists,
            "disc_number": 0,
            "duration_ms": one.duration_ms,
            "episode": False,
            "explicit": one.show.explicit,
            "external_ids": dict(here["external_urls"]),
            "is_local": False,
            "name": one.name,
            "popularity": 0,
            "preview_url": _preview(one),
            "track": True,
            "track_number": 0,
        },
    )


def _preview(one: Episode) -> str | None:
    """Return where a preview is; some episodes have none."""
    if number_for(1, 8, "preview", one.id) == 1:
        return None
    return f"https://podz-content.spotifycdn.com/audio/clips/{one.id}/clip_0_60000.mp3"


def resume_point(id_: str) -> Body:
    """Write how far the user is in an episode or a chapter."""
    heard = number_for(0, 3, "heard", id_) * 30_000
    return {"fully_played": False, "resume_position_ms": heard}


def gone_episode(call: Call) -> Body:
    """Write a saved episode that is gone from the catalogue: all its fields, and nothing in them.

    As recorded in 2025-01 and 2026-03; its addresses name an id `null`.
    """
    show = {
        **_nobody(call, "show"),
        "copyrights": None,
        "is_externally_hosted": None,
        "media_type": None,
        "publisher": None,
        "total_episodes": None,
    }
    return {
        **_nobody(call, "episode"),
        "audio_preview_url": None,
        "duration_ms": None,
        "is_externally_hosted": None,
        "language": None,
        "release_date": "0000",
        "release_date_precision": "year",
        "resume_point": {"fully_played": False, "resume_position_ms": None},
        "show": kept(call, "show", show),
    }


def _nobody(call: Call, kind: str) -> Body:
    return {
        **identity(call, kind, "null"),
        "description": None,
        "explicit": False,
        "html_description": None,
        "id": None,
        "images": [],
        "languages": [None],
        "name": None,
        "uri": None,
    }
