"""Shows, episodes, audiobooks and chapters: one, several, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pytest_spotify.sandbox.audiobooks import (
    audiobook,
    audiobook_as_show,
    can_read,
    chapter,
    chapter_as_episode,
    simple_chapter,
)
from pytest_spotify.sandbox.call import Answer, Call
from pytest_spotify.sandbox.entities import Audiobook, Chapter, Episode
from pytest_spotify.sandbox.paging import first_page, page
from pytest_spotify.sandbox.shapes import Body
from pytest_spotify.sandbox.spoken import can_hear, episode, simple_episode, simple_show

T = TypeVar("T")


def get_show(call: Call) -> Answer:
    """Answer one show, its first 50 episodes within."""
    rows = _episodes(call)
    path = f"/shows/{call.id()}/episodes"
    episodes = first_page(call, path, rows, lambda each: _simple_episode(call, each))
    book = call.catalogue.audiobooks.get(call.id())
    shape = audiobook_as_show(call, book) if book else simple_show(call, call.catalogue.shows[call.id()])
    return Answer(body={**shape, "episodes": episodes})


def get_shows(call: Call) -> Answer:
    """Answer up to 50 shows; null stands for one that is not there."""
    return Answer(body={"shows": call.several(_heard(call, call.catalogue.shows), simple_show, most=50)})


def get_shows_episodes(call: Call) -> Answer:
    """Answer a page of a show's episodes."""
    return Answer(body=page(call, _episodes(call), lambda each: _simple_episode(call, each)))


def get_episode(call: Call) -> Answer:
    """Answer one episode."""
    return Answer(body=episode(call, call.find(_heard(call, call.catalogue.episodes))))


def get_episodes(call: Call) -> Answer:
    """Answer up to 50 episodes; null stands for one that is not there."""
    return Answer(body={"episodes": call.several(_heard(call, call.catalogue.episodes), episode, most=50)})


def get_audiobook(call: Call) -> Answer:
    """Answer one audiobook, its first 50 chapters within."""
    return Answer(body=_full_audiobook(call, call.find(_read(call, call.catalogue.audiobooks))))


def get_audiobooks(call: Call) -> Answer:
    """Answer up to 50 audiobooks; null stands for one that is not there."""
    known = _read(call, call.catalogue.audiobooks)
    return Answer(body={"audiobooks": call.several(known, _full_audiobook, most=50)})


def get_audiobooks_chapters(call: Call) -> Answer:
    """Answer a page of an audiobook's chapters."""
    one = call.find(_read(call, call.catalogue.audiobooks))
    rows = [call.catalogue.chapters[id_] for id_ in one.chapter_ids]
    return Answer(body=page(call, rows, lambda each: simple_chapter(call, each)))


def get_chapter(call: Call) -> Answer:
    """Answer one chapter; unlike their audiobooks, chapters are there in every market (since 2025-12).

    As tekore's live tests found.
    """
    return Answer(body=chapter(call, call.find(call.catalogue.chapters)))


def get_chapters(call: Call) -> Answer:
    """Answer up to 50 chapters; null stands for one that is not there."""
    return Answer(body={"chapters": call.several(call.catalogue.chapters, chapter, most=50)})


def _episodes(call: Call) -> Sequence[Episode | Chapter]:
    """Return the episodes of the show that the path names; an audiobook is a show too, with its chapters.

    Reported of `GET /shows/{id}/episodes` (JohnnyCrazy/SpotifyAPI-NET#997).
    """
    if call.id() in call.catalogue.audiobooks:
        book = call.find(_read(call, call.catalogue.audiobooks))
        return [call.catalogue.chapters[id_] for id_ in book.chapter_ids]
    one = call.find(_heard(call, call.catalogue.shows))
    return [call.catalogue.episodes[id_] for id_ in one.episode_ids]


def _simple_episode(call: Call, one: Episode | Chapter) -> Body:
    if isinstance(one, Chapter):
        return chapter_as_episode(call, one, type_="chapter")
    return simple_episode(call, one)


def _heard(call: Call, known: Mapping[str, T]) -> Mapping[str, T]:
    """Return shows or episodes, where they can be heard."""
    return known if can_hear(call) else {}


def _read(call: Call, known: Mapping[str, T]) -> Mapping[str, T]:
    """Return audiobooks, where they are read."""
    return known if can_read(call) else {}


def _full_audiobook(call: Call, one: Audiobook) -> Body:
    rows = [call.catalogue.chapters[id_] for id_ in one.chapter_ids]
    path = f"/audiobooks/{one.id}/chapters"
    return audiobook(call, one, first_page(call, path, rows, lambda each: simple_chapter(call, each)))


HANDLERS = {
    "get-a-show": get_show,
    "get-multiple-shows": get_shows,
    "get-a-shows-episodes": get_shows_episodes,
    "get-an-episode": get_episode,
    "get-multiple-episodes": get_episodes,
    "get-an-audiobook": get_audiobook,
    "get-multiple-audiobooks": get_audiobooks,
    "get-audiobook-chapters": get_audiobooks_chapters,
    "get-a-chapter": get_chapter,
    "get-several-chapters": get_chapters,
}
