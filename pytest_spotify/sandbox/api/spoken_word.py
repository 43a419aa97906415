"""Shows, episodes, audiobooks and chapters: one, several, and what is in them."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.entities import Audiobook, Show
from pytest_spotify.sandbox.paging import page, slice_page
from pytest_spotify.sandbox.shapes import Body
from pytest_spotify.sandbox.spoken import (
    audiobook,
    can_hear,
    can_read,
    chapter,
    episode,
    show,
    simple_chapter,
    simple_episode,
    simple_show,
)

_EMBEDDED = 50


def get_show(call: Call) -> Answer:
    """Answer one show, its first 50 episodes within."""
    one = _show(call)
    rows = [call.catalogue.episodes[id_] for id_ in one.episode_ids]
    episodes = slice_page(
        call,
        f"/shows/{one.id}/episodes",
        rows,
        lambda each: simple_episode(call, each),
        limit=_EMBEDDED,
        kept=_market(call),
    )
    return Answer(body=show(call, one, episodes))


def get_shows(call: Call) -> Answer:
    """Answer up to 50 shows; null stands for one that is not there."""
    known = call.catalogue.shows if can_hear(call) else {}
    found = [known.get(id_) for id_ in call.ids(50)]
    return Answer(body={"shows": [simple_show(call, each) if each else None for each in found]})


def get_shows_episodes(call: Call) -> Answer:
    """Answer a page of a show's episodes."""
    rows = [call.catalogue.episodes[id_] for id_ in _show(call).episode_ids]
    return Answer(body=page(call, rows, lambda each: simple_episode(call, each)))


def get_episode(call: Call) -> Answer:
    """Answer one episode."""
    found = call.catalogue.episodes.get(call.id())
    if found is None or not can_hear(call):
        raise ApiError(404, "non existing id")
    return Answer(body=episode(call, found))


def get_episodes(call: Call) -> Answer:
    """Answer up to 50 episodes; null stands for one that is not there."""
    known = call.catalogue.episodes if can_hear(call) else {}
    found = [known.get(id_) for id_ in call.ids(50)]
    return Answer(body={"episodes": [episode(call, each) if each else None for each in found]})


def get_audiobook(call: Call) -> Answer:
    """Answer one audiobook, its first 50 chapters within."""
    return Answer(body=_full_audiobook(call, _audiobook(call)))


def get_audiobooks(call: Call) -> Answer:
    """Answer up to 50 audiobooks; null stands for one that is not there."""
    known = call.catalogue.audiobooks if can_read(call) else {}
    found = [known.get(id_) for id_ in call.ids(50)]
    return Answer(body={"audiobooks": [_full_audiobook(call, each) if each else None for each in found]})


def get_audiobooks_chapters(call: Call) -> Answer:
    """Answer a page of an audiobook's chapters."""
    rows = [call.catalogue.chapters[id_] for id_ in _audiobook(call).chapter_ids]
    return Answer(body=page(call, rows, lambda each: simple_chapter(call, each)))


def get_chapter(call: Call) -> Answer:
    """Answer one chapter."""
    found = call.catalogue.chapters.get(call.id())
    if found is None or not can_read(call):
        raise ApiError(404, "non existing id")
    return Answer(body=chapter(call, found))


def get_chapters(call: Call) -> Answer:
    """Answer up to 50 chapters; null stands for one that is not there."""
    known = call.catalogue.chapters if can_read(call) else {}
    found = [known.get(id_) for id_ in call.ids(50)]
    return Answer(body={"chapters": [chapter(call, each) if each else None for each in found]})


def _show(call: Call) -> Show:
    found = call.catalogue.shows.get(call.id())
    if found is None or not can_hear(call):
        raise ApiError(404, "non existing id")
    return found


def _audiobook(call: Call) -> Audiobook:
    found = call.catalogue.audiobooks.get(call.id())
    if found is None or not can_read(call):
        raise ApiError(404, "non existing id")
    return found


def _full_audiobook(call: Call, one: Audiobook) -> Body:
    rows = [call.catalogue.chapters[id_] for id_ in one.chapter_ids]
    chapters = slice_page(
        call,
        f"/audiobooks/{one.id}/chapters",
        rows,
        lambda each: simple_chapter(call, each),
        limit=_EMBEDDED,
        kept=_market(call),
    )
    return audiobook(call, one, chapters)


def _market(call: Call) -> list[tuple[str, str]]:
    return [(name, value) for name, value in call.query if name == "market"]


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
