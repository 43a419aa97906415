"""Pages keep their promises: every list is walked to its end and compared with what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Access, Sandbox
from tests.support.sandbox_client import ALBUM, ARTIST, AUDIOBOOK, PLAYLIST, SHOW, Api

_ALL = {
    f"/albums/{ALBUM}/tracks": "",
    f"/artists/{ARTIST}/albums": "",
    f"/audiobooks/{AUDIOBOOK}/chapters": "",
    f"/shows/{SHOW}/episodes": "",
    "/me/albums": "",
    "/me/audiobooks": "",
    "/me/episodes": "",
    "/me/playlists": "",
    "/me/shows": "",
    "/me/top/artists": "",
    "/me/top/tracks": "",
    "/me/tracks": "",
    "/search?q=love&type=track": "tracks",
    "/search?q=love&type=album": "albums",
}
_OLDER = {
    f"/playlists/{PLAYLIST}/tracks": "",
    f"/playlists/{PLAYLIST}/items": "",
    "/browse/categories": "categories",
    "/browse/new-releases": "albums",
    "/users/smedjan/playlists": "",
}


@pytest.fixture(scope="module", params=["development", "development-older", "extended"])
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    access: Access = request.param
    with Sandbox(access) as sandbox, Api(sandbox) as opened:
        yield opened


def _walk(api: Api, path: str, key: str, limit: int) -> list[dict[str, Any]]:
    pages = []
    link: str | None = f"{path}{'&' if '?' in path else '?'}limit={limit}"
    while link:
        body = api.get(link)
        pages.append(body[key] if key else body)
        link = pages[-1]["next"]
    return pages


@pytest.mark.parametrize("limit", [10, *(pytest.param(limit, marks=pytest.mark.slow) for limit in (2, 7))])
@pytest.mark.parametrize("path", [*_ALL, *_OLDER])
def test_offset_pages(api: Api, path: str, limit: int) -> None:
    """Never more than the limit, no short page before the end, next null exactly at the end, links good."""
    if path in _OLDER and api.sandbox.access == "development":
        assert api.call("GET", path).status_code == 403
        return
    key = (_ALL | _OLDER)[path]
    pages = _walk(api, path, key, limit)
    items = [item for page in pages for item in page["items"]]

    assert len(pages) == -(-pages[0]["total"] // limit)
    for number, page in enumerate(pages):
        last = number == len(pages) - 1
        assert set(page) == {"href", "items", "limit", "next", "offset", "previous", "total"}
        assert (page["limit"], page["offset"]) == (limit, number * limit)
        assert len(page["items"]) == limit or last
        assert (page["next"] is None) == (page["offset"] + page["limit"] >= page["total"])
        assert (page["previous"] is None) == (number == 0)
        assert page["href"].startswith(api.sandbox.api_url)
        again = api.get(page["href"])
        assert (again[key] if key else again) == page
    assert pages[0]["total"] == len(items)


def test_own_long_playlist_is_walked_by_the_links_within(api: Api) -> None:
    """The page within a playlist has 100 rows, and the links in it are good as they stand."""
    listed = api.get("/me/playlists", limit=50)["items"]
    name = "items" if api.sandbox.access == "development" else "tracks"
    long = next(each for each in listed if each[name]["total"] > 100)

    for part in [name, "items"]:
        first = api.get(f"/playlists/{long['id']}")[part]
        second = api.get(first["next"])
        assert (len(first["items"]), first["total"], len(second["items"])) == (100, 120, 20)
        assert second["next"] is None


def test_followed_artists_are_walked_by_cursor(api: Api) -> None:
    """The cursor is the last id of the page; both it and the link are null at the end."""
    seen: list[str] = []
    link: str | None = "/me/following?type=artist&limit=5"
    while link:
        page = api.get(link)["artists"]
        seen += [each["id"] for each in page["items"]]
        assert set(page) == {"href", "items", "limit", "next", "cursors", "total"}
        assert (page["cursors"]["after"] is None) == (page["next"] is None)
        assert page["next"] is None or f"after={seen[-1]}" in page["next"]
        link = page["next"]

    assert len(seen) == len(set(seen)) == page["total"] == 24


def test_recently_played_is_walked_by_time(api: Api) -> None:
    """Pages go back in time without a total; `after` finds what came later."""
    seen: list[str] = []
    last, link = {}, "/me/player/recently-played?limit=15"
    while link:
        page = api.get(link)
        assert set(page) == {"href", "items", "limit", "next", "cursors"}
        seen += [each["played_at"] for each in page["items"]]
        last, link = page if page["items"] else last, page["next"]
    later = api.get("/me/player/recently-played", after=last["cursors"]["after"], limit=50)
    nothing = api.get("/me/player/recently-played", before=1)

    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 40
    assert [each["played_at"] for each in later["items"]] == seen[:30]
    assert (nothing["items"], nothing["next"], nothing["cursors"]) == ([], None, None)


def test_a_search_page_is_for_one_type(api: Api) -> None:
    """Each type has its page and its links; every word counts, and a field can be named."""
    found = api.get("/search", q="love", type="track,album,artist,playlist,show,episode,audiobook", limit=5)
    second = api.get(found["tracks"]["next"])

    assert set(found) == {"tracks", "albums", "artists", "playlists", "shows", "episodes", "audiobooks"}
    assert set(second) == {"tracks"}
    assert all(page["items"] for page in found.values())
    assert found["tracks"]["total"] >= 12
    assert found["albums"]["total"] >= 12
    assert None in found["playlists"]["items"]
    assert api.get("/search", q="love zzzz", type="track")["tracks"]["total"] == 0
    assert api.get("/search", q="artist:queen love", type="track")["tracks"]["total"] == 2
    assert api.get("/search", q='album:"human after all"', type="album")["albums"]["total"] == 1


def test_fields_shrink_an_answer_and_its_total(api: Api) -> None:
    """With `fields` only what is named comes, and the total is that of the page."""
    listed = api.get("/me/playlists", limit=50)["items"]
    long = next(each for each in listed if each["items"]["total"] > 100)
    page = api.get(f"/playlists/{long['id']}/items", fields="total,items(added_at,item(name))", limit=10)

    assert page["total"] == 10
    assert all(set(each) == {"added_at", "item"} and set(each["item"]) == {"name"} for each in page["items"])
    assert api.get(f"/playlists/{PLAYLIST}", fields="name,owner.id") == {
        "name": "Spotify Web API Testing playlist",
        "owner": {"id": "jmperezperez"},
    }
