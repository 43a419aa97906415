"""Ends of lists, wrong methods, odd ids: where the sandbox was once unlike Spotify."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import ARTIST, AUDIOBOOK, CHAPTER, Api


@pytest.fixture
def api() -> Iterator[Api]:
    """Somebody whose account a test changes."""
    with Sandbox("extended") as sandbox, Api(sandbox) as opened:
        yield opened


@pytest.mark.parametrize("direction", ["before", "after"])
def test_the_listening_history_ends_with_an_empty_page(extended: Api, direction: str) -> None:
    """Every page with plays names a next one; the last is empty, and has neither links nor cursors."""
    start = {"after": "0"} if direction == "after" else {}
    pages = [extended.get("/me/player/recently-played", limit=15, **start)]
    while pages[-1]["next"]:
        pages.append(extended.get(pages[-1]["next"]))

    assert all(page["items"] and page["cursors"] for page in pages[:-1])
    assert (pages[-1]["items"], pages[-1]["next"], pages[-1]["cursors"]) == ([], None, None)
    if direction == "before":
        played = [each["played_at"] for page in pages for each in page["items"]]
        assert len(played) == len(set(played)) == 40


@pytest.mark.parametrize(
    "query", [{}, {"limit": "7"}, {"before": "1788000000000"}, {"after": "1", "limit": "3"}]
)
def test_links_of_the_history_repeat_what_was_asked(extended: Api, query: dict[str, str]) -> None:
    """`limit` stands in `href` and `next` of the history only where the request had it."""
    page = extended.get("/me/player/recently-played", **query)

    assert ("limit=" in page["href"], "limit=" in (page["next"] or "")) == (
        "limit" in query,
        "limit" in query,
    )
    assert all(f"{name}={value}" in page["href"] for name, value in query.items())


@pytest.mark.parametrize(
    ("limit", "offset", "status"),
    [(1, 999, 200), (50, 950, 200), (1, 1000, 400), (50, 951, 400), (50, 990, 400)],
)
def test_hits_beyond_a_thousand_cannot_be_reached(
    extended: Api, limit: int, offset: int, status: int
) -> None:
    """Offset and limit of a search are 1000 together at the most."""
    response = extended.call("GET", "/search", q="love", type="track", limit=limit, offset=offset)

    assert response.status_code == status


def test_a_new_playlist_has_no_pictures_and_an_owner_without_a_name(api: Api) -> None:
    """What creating a playlist answers differs from what reading it does, in four places."""
    made = api.call("POST", "/me/playlists", json={"name": "new"}).json()
    read = api.get(f"/playlists/{made['id']}")

    assert (made["images"], read["images"]) == ([], None)
    assert (made["owner"]["display_name"], read["owner"]["display_name"]) == (None, "Sandbox Listener")
    for name in ("tracks", "items"):
        assert made[name]["href"] == f"{api.sandbox.api_url}/playlists/{made['id']}/{name}"
        assert read[name]["href"].startswith(made[name]["href"] + "?")


@pytest.mark.parametrize("query", [{"market": "FI"}, {"market": "US"}, {}])
def test_chapters_are_there_in_every_market(extended: Api, query: dict[str, str]) -> None:
    """A chapter can be had where its audiobook cannot."""
    with Api.app(extended.sandbox) as app:
        assert app.get(f"/chapters/{CHAPTER}", **query)["id"] == CHAPTER
        assert app.get("/chapters", ids=CHAPTER, **query)["chapters"][0]["id"] == CHAPTER
        assert app.call("GET", f"/audiobooks/{AUDIOBOOK}", market="FI").status_code == 404


def test_whom_one_follows_last_comes_first(api: Api) -> None:
    """A newly followed artist stands on the first page of those followed."""
    api.call("DELETE", "/me/following", type="artist", ids=ARTIST)
    api.call("PUT", "/me/following", type="artist", ids=ARTIST)

    assert api.get("/me/following", type="artist", limit=1)["artists"]["items"][0]["id"] == ARTIST


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/v1/me", "GET"),
        ("PATCH", "/v1/me/library", "DELETE, PUT"),
        ("DELETE", "/v1/me/playlists", "GET, POST"),
        ("GET", "/accounts/api/token", "POST"),
        ("PUT", "/accounts/authorize", "GET, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(extended: Api, method: str, path: str, allowed: str) -> None:
    """A 405 names the methods of the path in `Allow` (RFC 9110, section 15.5.6)."""
    origin = extended.sandbox.api_url.removesuffix("/v1")
    response = extended.session.request(method, origin + path, timeout=10)

    assert (response.status_code, response.headers["Allow"]) == (405, allowed)


def test_an_id_of_a_user_is_decoded(extended: Api) -> None:
    """An encoded id in the path is looked up as it is meant, and stands encoded in links."""
    origin, headers = extended.sandbox.api_url, extended.session.headers
    page = requests.get(f"{origin}/users/a%23b/playlists", headers=headers, timeout=10)
    user = requests.get(f"{origin}/users/smed%6Aan", headers=headers, timeout=10)
    hash_user = requests.get(f"{origin}/users/a%23a", headers=headers, timeout=10).json()

    assert page.json()["href"].startswith(f"{origin}/users/a%23b/playlists?")
    assert user.json()["id"] == "smedjan"
    assert (hash_user["id"], hash_user["uri"]) == ("a#a", "spotify:user:a%23a")
    assert hash_user["href"] == f"{origin}/users/a%23a"


@pytest.mark.parametrize("path", ["/users/a%0Ab", "/users/a%0Ab/playlists", "/nothing/%0A"])
def test_a_line_feed_in_a_path_is_a_character_like_any_other(extended: Api, path: str) -> None:
    """The answer is the API's own, an error object or nothing, and not one of the server's."""
    response = extended.session.get(f"{extended.sandbox.api_url}{path}", timeout=10)

    assert response.headers.get("Content-Type", "application/json").startswith("application/json")
    assert response.status_code in (200, 404)
