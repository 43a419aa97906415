"""Shows, episodes, audiobooks and chapters as the Web API writes them. Beside `shapes`, which has music."""

from __future__ import annotations

from typing import Any

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import Audiobook, Chapter, Episode, Show, number_for
from pytest_spotify.sandbox.shapes import Body, identity, images, kept, markup


def can_hear(call: Call) -> bool:
    """Say whether shows and episodes are there: with neither a user nor a market they are not."""
    return call.market is not None


def can_read(call: Call) -> bool:
    """Say whether audiobooks are there: in six markets only."""
    return call.market in call.catalogue.audiobook_markets


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
        body["resume_point"] = _resume_point(one.id)
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


def simple_audiobook(call: Call, one: Audiobook) -> Body:
    """Write an audiobook without its chapters; its addresses and URI are a show's."""
    return kept(
        call,
        "audiobook",
        {
            "authors": [{"name": name} for name in one.authors],
            "available_markets": list(call.catalogue.audiobook_markets),
            "copyrights": [{"text": one.copyright, "type": "C"}] if one.copyright else [],
            "description": one.description,
            "edition": "Unabridged",
            "explicit": False,
            **identity(call, "audiobook", one.id, uri="show"),
            "html_description": markup(one.description),
            "images": images("audiobook", one.id),
            "languages": ["en"],
            "media_type": "audio",
            "name": one.name,
            "narrators": [{"name": name} for name in one.narrators],
            "publisher": one.authors[0],
            "total_chapters": len(one.chapter_ids),
        },
    )


def listed_audiobook(call: Call, one: Audiobook) -> Body:
    """Write an audiobook as search and the user's library list it."""
    return {**simple_audiobook(call, one), "is_externally_hosted": False}


def audiobook(call: Call, one: Audiobook, chapters: Body) -> Body:
    """Write an audiobook in full, with the first page of its chapters."""
    return {**simple_audiobook(call, one), "chapters": chapters}


def simple_chapter(call: Call, one: Chapter) -> Body:
    """Write a chapter as it stands within its audiobook; its address and URI are an episode's."""
    return kept(
        call,
        "chapter",
        {
            "available_markets": list(call.catalogue.audiobook_markets),
            "audio_preview_url": None,
            "chapter_number": one.number,
            "description": "",
            "duration_ms": one.duration_ms,
            "explicit": False,
            **identity(call, "chapter", one.id, uri="episode"),
            "html_description": "",
            "images": images("audiobook", one.audiobook.id),
            "languages": [""],
            "name": one.name,
            "release_date": one.audiobook.date,
            "release_date_precision": "day",
            "resume_point": _resume_point(one.id),
        },
    )


def chapter(call: Call, one: Chapter) -> Body:
    """Write a chapter in full."""
    return {
        **simple_chapter(call, one),
        "is_playable": True,
        "languages": ["en"],
        "audiobook": simple_audiobook(call, one.audiobook),
    }


def audiobook_as_show(call: Call, one: Audiobook) -> Body:
    """Write an audiobook as the show that it is in the player (2024-10, 2026-03): two of its fields are null.

    Whether it looks the same in other places is not known.
    """
    return kept(
        call,
        "show",
        {
            "available_markets": list(call.catalogue.audiobook_markets),
            "copyrights": [],
            "description": one.description,
            "explicit": False,
            **identity(call, "show", one.id),
            "html_description": markup(one.description),
            "images": images("audiobook", one.id),
            "is_externally_hosted": None,
            "languages": ["en"],
            "media_type": "audio",
            "name": one.name,
            "publisher": one.authors[0],
            "total_episodes": None,
        },
    )


def chapter_as_episode(call: Call, one: Chapter, *, type_: str) -> Body:
    """Write a chapter in the shape of an episode; its type is `episode` in the player.

    Among the episodes of a show that is an audiobook it is `chapter` (JohnnyCrazy/SpotifyAPI-NET#997).
    """
    body: Body = {
        "audio_preview_url": None,
        "description": "",
        "duration_ms": one.duration_ms,
        "explicit": False,
        **identity(call, "episode", one.id),
        "html_description": "",
        "images": images("audiobook", one.audiobook.id),
        "is_externally_hosted": False,
        "language": "",
        "languages": [""],
        "name": one.name,
        "release_date": "0000",
        "release_date_precision": "year",
        "type": type_,
    }
    if "user-read-playback-position" in call.scope:
        body["resume_point"] = _resume_point(one.id)
    return body


def _preview(one: Episode) -> str:
    return f"https://podz-content.spotifycdn.com/audio/clips/{one.id}/clip_0_60000.mp3"


def _resume_point(id_: str) -> Body:
    heard = number_for(0, 3, "heard", id_) * 30_000
    return {"fully_played": False, "resume_position_ms": heard}
