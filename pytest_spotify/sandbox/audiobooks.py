"""Audiobooks and chapters as the Web API writes them, and the shows and episodes that it takes them for."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Call
from pytest_spotify.sandbox.entities import Audiobook, Chapter
from pytest_spotify.sandbox.shapes import Body, identity, images, kept, markup
from pytest_spotify.sandbox.spoken import resume_point


def can_read(call: Call) -> bool:
    """Return True if audiobooks are there: in six markets only."""
    return call.market in call.catalogue.audiobook_markets


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
            "edition": "Unabridged",  # null once, in a chapter of an audiobook without a list (2023-04)
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
            "resume_point": resume_point(one.id),
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


def audiobook_as_show(call: Call, one: Audiobook, *, counted: bool = True) -> Body:
    """Write an audiobook as a show: like any among saved ones (2026-03), with nulls in the player."""
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
            "is_externally_hosted": False if counted else None,
            "languages": ["en"],
            "media_type": "audio",
            "name": one.name,
            "publisher": one.authors[0],
            "total_episodes": len(one.chapter_ids) if counted else None,
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
        body["resume_point"] = resume_point(one.id)
    return body
