"""The browse page: categories, what the editors chose, genres, markets."""

from __future__ import annotations

from pytest_spotify.sandbox.call import Answer, ApiError, Call
from pytest_spotify.sandbox.catalogue import EDITORS
from pytest_spotify.sandbox.entities import Category
from pytest_spotify.sandbox.paging import page
from pytest_spotify.sandbox.people import simple_playlist
from pytest_spotify.sandbox.shapes import Body, category
from pytest_spotify.sandbox.store import Playlist


def get_categories(call: Call) -> Answer:
    """Answer a page of categories."""
    rows = list(call.catalogue.categories.values())
    return Answer(body={"categories": page(call, rows, lambda each: category(call, each))})


def get_category(call: Call) -> Answer:
    """Answer one category."""
    return Answer(body=category(call, _find(call)))


def get_category_playlists(call: Call) -> Answer:
    """Answer a page of what the editors put into a category: here, all they made."""
    _find(call)
    return Answer(body={"playlists": _editorial(call)})


def get_featured(call: Call) -> Answer:
    """Answer a page of what the editors recommend, and their greeting."""
    return Answer(body={"message": "Popular Playlists", "playlists": _editorial(call)})


def get_genres(call: Call) -> Answer:
    """Answer the genres that recommendations can start from."""
    return Answer(body={"genres": list(call.catalogue.genre_seeds)})


def get_markets(call: Call) -> Answer:
    """Answer the countries where Spotify can be had."""
    return Answer(body={"markets": list(call.catalogue.markets)})


def _editorial(call: Call) -> Body:
    rows = [each for each in call.store.playlists.values() if each.owner == EDITORS]

    def shape(one: Playlist) -> Body:
        return {**simple_playlist(call, one), "public": None}

    return page(call, rows, shape)


def _find(call: Call) -> Category:
    found = call.catalogue.categories.get(call.names["category_id"])
    if found is None:
        raise ApiError(404, "Specified id doesn't exist")
    return found


HANDLERS = {
    "get-categories": get_categories,
    "get-a-category": get_category,
    "get-a-categories-playlists": get_category_playlists,
    "get-featured-playlists": get_featured,
    "get-recommendation-genres": get_genres,
    "get-available-markets": get_markets,
}
