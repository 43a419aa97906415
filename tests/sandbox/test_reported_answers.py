"""Answers of the real API that differ from its reference: facts that people recorded or reported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import ALBUM, AUDIOBOOK, PLAYLIST, SHOW, TRACK, Api, token_call

_EPISODE_ROW = 2


@pytest.fixture
def api() -> Iterator[Api]:
    """Somebody whose account a test arranges."""
    with Sandbox("extended") as sandbox, Api(sandbox) as opened:
        yield opened


def _tracks(body: Any) -> list[dict[str, Any]]:
    """Return every track in a body, at whatever depth."""
    if isinstance(body, list):
        return [track for each in body for track in _tracks(each)]
    if not isinstance(body, dict):
        return []
    within = [track for each in body.values() for track in _tracks(each)]
    return [body, *within] if body.get("type") == "track" and "duration_ms" in body else within


_OF_TRACKS = (
    f"/albums/{ALBUM}",
    f"/tracks/{TRACK}",
    "/search?q=love&type=track",
    "/me/tracks",
    "/me/top/tracks",
    "/me/player",
    "/me/player/queue",
    "/me/player/recently-played",
)


@pytest.mark.parametrize("path", _OF_TRACKS)
def test_development_mode_has_no_preview_url(extended: Api, development: Api, path: str) -> None:
    """`preview_url` is absent, and not null, in every track that an app in development mode gets."""
    assert all("preview_url" in track for track in _tracks(extended.get(path)))
    assert _tracks(development.get(path))
    assert not any("preview_url" in track for track in _tracks(development.get(path)))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/tracks/{TRACK}", {True}),
        ("/me/tracks", {True}),
        ("/me/player", {False}),
        ("/me/player/currently-playing", {False}),
        ("/me/player/queue", {False}),
        ("/me/player/recently-played", {True, False}),
    ],
)
def test_external_ids_came_back_in_places(
    extended: Api, development: Api, path: str, expected: set[bool]
) -> None:
    """In development mode the player has no `external_ids`, and the listening history only now and then."""
    assert {"external_ids" in track for track in _tracks(extended.get(path))} == {True}
    assert {"external_ids" in track for track in _tracks(development.get(path))} == expected


def test_rows_of_playlists_say_in_development_mode_whether_they_play(extended: Api, development: Api) -> None:
    """A track in a playlist and its album have `is_playable` there without `market`, and `external_ids`."""
    id_ = development.get("/me/playlists", limit=1)["items"][0]["id"]

    new = development.get(f"/playlists/{id_}/items", limit=1)["items"][0]["item"]
    old = extended.get(f"/playlists/{id_}/items", limit=1)["items"][0]["item"]

    assert (new["is_playable"], new["album"]["is_playable"], "external_ids" in new) == (True, True, True)
    assert "is_playable" not in old


def test_contexts_tell_how_playing_began(development: Api) -> None:
    """The public address of a past context may have a session or the play button in it; its URI never."""
    contexts = [each["context"] for each in development.get("/me/player/recently-played", limit=50)["items"]]
    addresses = [each["external_urls"]["spotify"] for each in contexts if each]

    assert any(re.search(r"/playlist/\w{22}\?sessionId=\d+&mode=enhanced$", each) for each in addresses)
    assert any(re.search(r"/album/\w{22}/play_button$", each) for each in addresses)
    assert any(re.search(r"/\w{22}$", each) for each in addresses)
    assert all(re.fullmatch(r"spotify:\w+:\w{22}", each["uri"]) for each in contexts if each)


@pytest.mark.parametrize("kind", ["albums", "audiobooks"])
def test_what_has_gone_is_null_among_saved_items(api: Api, kind: str) -> None:
    """A saved item that left the catalogue is null in its place, and counts."""
    before = api.get(f"/me/{kind}")
    api.sandbox.arrange(["unavailable-saved-items"])

    page = api.get(f"/me/{kind}")

    assert before["items"].count(None) == 0
    assert [index for index, each in enumerate(page["items"]) if each is None] == [1]
    assert page["total"] == before["total"] + 1 == len(page["items"])


def test_a_saved_episode_that_has_gone_is_empty(api: Api) -> None:
    """All its fields are there with nothing in them, and its addresses name an id `null`."""
    usual = api.get("/me/episodes")["items"][0]["episode"]
    api.sandbox.arrange(["unavailable-saved-items"])

    gone = api.get("/me/episodes")["items"][1]["episode"]

    assert set(gone) == set(usual) - {"is_playable"}
    assert (gone["id"], gone["uri"], gone["name"], gone["languages"]) == (None, None, None, [None])
    assert gone["href"] == f"{api.sandbox.api_url}/episodes/null"
    assert (gone["show"]["id"], gone["show"]["total_episodes"]) == (None, None)


def test_an_audiobook_comes_among_saved_shows(api: Api) -> None:
    """There it is a show like any other, its chapters counted as episodes."""
    api.sandbox.arrange(["audiobook-among-shows"])
    book = api.get(f"/audiobooks/{AUDIOBOOK}")

    first, second = (row["show"] for row in api.get("/me/shows")["items"][:2])

    assert (first["type"], first["id"], first["total_episodes"]) == (
        "show",
        book["id"],
        book["total_chapters"],
    )
    assert {name: type(value) for name, value in first.items()} == {
        name: type(value) for name, value in second.items()
    }


def test_what_may_be_null_is_null_somewhere(extended: Api) -> None:
    """Sizes of icons and pictures and previews of episodes are there or null."""
    icons = [each["icons"][0] for each in extended.get("/browse/categories", limit=50)["categories"]["items"]]
    playlists = extended.get("/search", q="e", type="playlist", limit=50)["playlists"]["items"]
    mine = extended.get("/me/playlists", limit=50)["items"]
    episodes = extended.get(f"/shows/{SHOW}/episodes", limit=50)["items"]

    assert {each["height"] for each in icons} == {None, 274}
    pictures = [each["images"] for each in (*playlists, *mine) if each and each["images"]]
    assert {tuple(each["height"] for each in some) for some in pictures} == {(None,), (640, 300, 60)}
    assert {each["public"] for each in (*playlists, *mine) if each} == {None, True, False}
    assert {type(each["audio_preview_url"]) for each in episodes} == {str, type(None)}


def test_followers_may_be_unknown_for_a_whole_page(api: Api) -> None:
    """On such a day `followers.total` is null for every artist of a page of top artists."""
    api.sandbox.arrange(["unknown-followers"])
    assert {each["followers"]["total"] for each in api.get("/me/top/artists")["items"]} == {None}

    api.sandbox.arrange(["top-artists"])
    assert None not in {each["followers"]["total"] for each in api.get("/me/top/artists")["items"]}


def test_an_empty_page_of_top_tracks_has_limit_0(api: Api) -> None:
    """With no history the page is empty and says limit 0, while its `href` says what was asked for."""
    api.sandbox.arrange(["no-history"])

    page = api.get("/me/top/tracks", limit=50)

    assert (page["items"], page["limit"], page["total"]) == ([], 0, 0)
    assert "limit=50" in page["href"]


@pytest.mark.parametrize("path", [f"/tracks/{TRACK}", f"/albums/{ALBUM}", f"/shows/{SHOW}"])
def test_the_market_of_the_token_has_one_spelling(extended: Api, path: str) -> None:
    """`market=from_token` is taken as the user's country; in capitals it is no market, and 400."""
    assert extended.get(path, market="from_token")["id"]
    assert extended.refusal("GET", path, market="FROM_TOKEN") == (400, "Invalid market code")


def test_an_audiobook_is_a_show_with_chapters(extended: Api) -> None:
    """The episodes of a show that is an audiobook are its chapters, in the shape of episodes."""
    chapters = extended.get(f"/audiobooks/{AUDIOBOOK}/chapters", limit=2)
    page = extended.get(f"/shows/{AUDIOBOOK}/episodes", limit=2)
    episode = extended.get(f"/shows/{SHOW}/episodes", limit=1)["items"][0]

    assert [each["id"] for each in page["items"]] == [each["id"] for each in chapters["items"]]
    assert page["total"] == chapters["total"]
    assert [each["type"] for each in page["items"]] == ["chapter", "chapter"]
    assert all(each["uri"] == f"spotify:episode:{each['id']}" for each in page["items"])
    assert set(page["items"][0]) == set(episode) - {"is_playable"}
    assert extended.get(f"/shows/{AUDIOBOOK}")["total_episodes"] == page["total"]


def test_an_audiobook_in_the_player_is_an_episode_of_a_show(api: Api) -> None:
    """A chapter plays as an episode, and its audiobook is a show without a count of episodes."""
    api.sandbox.arrange(["playing-audiobook"])

    state = api.get("/me/player", additional_types="episode")

    assert (state["item"]["type"], state["item"]["language"]) == ("episode", "")
    assert state["item"]["show"]["uri"] == state["context"]["uri"] == f"spotify:show:{AUDIOBOOK}"
    assert (state["item"]["show"]["total_episodes"], state["item"]["show"]["is_externally_hosted"]) == (
        None,
        None,
    )


def test_a_refresh_may_leave_the_scope_out(api: Api) -> None:
    """With `omit_scope` a refresh names no scope, and the new token has those that the grant had."""
    sandbox = api.sandbox
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.refresh_token}
    usual = token_call(sandbox, **form).json()
    sandbox.omit_scope = True

    unnamed = token_call(sandbox, **form).json()

    assert set(usual) - set(unnamed) == {"scope"}
    with Api(sandbox, unnamed["access_token"]) as later:
        assert later.get("/me/tracks")["total"]


@pytest.mark.parametrize("name", ["tracks", "items"])
def test_an_episode_in_a_playlist_is_a_track_for_who_knows_no_episodes(extended: Api, name: str) -> None:
    """Without `additional_types=episode` it has a track's fields, its show as album and nameless artist."""
    path = f"/playlists/{PLAYLIST}/{name}"
    item = extended.get(path)["items"][_EPISODE_ROW]["item"]

    assert set(item) == set(extended.get(path)["items"][0]["item"])
    assert (item["type"], item["track"], item["episode"]) == ("episode", True, False)
    assert item["album"]["type"] == "show"
    assert item["album"]["uri"] == f"spotify:show:{SHOW}"
    assert [(each["name"], each["type"]) for each in item["artists"]] == [(None, item["album"]["name"])]
    assert item["external_ids"] == item["external_urls"]


def test_an_episode_in_a_playlist_is_one_for_who_asks_for_it(extended: Api) -> None:
    """With `additional_types=episode` the row has the episode in full, its flags the other way about."""
    rows = extended.get(f"/playlists/{PLAYLIST}/items", additional_types="track,episode")["items"]
    item = rows[_EPISODE_ROW]["item"]

    assert (item["track"], item["episode"], item["show"]["id"]) == (False, True, SHOW)


def test_an_episode_in_a_playlist_takes_no_market(extended: Api) -> None:
    """An app without a user finds the episode in the row with `market` and, since 2024-04, without."""
    with Api.app(extended.sandbox) as app:
        path = f"/playlists/{PLAYLIST}/tracks"

        assert app.get(path)["items"][_EPISODE_ROW]["track"]["type"] == "episode"
        assert app.get(path, market="FI")["items"][_EPISODE_ROW]["track"]["type"] == "episode"


def test_a_local_file_in_a_playlist_has_no_flags(extended: Api) -> None:
    """Rows with a file of the user's own say neither `track` nor `episode` of it, unlike those beside."""
    items = [row["item"] for row in extended.get(f"/playlists/{PLAYLIST}/items")["items"]]

    assert [item["is_local"] for item in items if item and not {"track", "episode"} & set(item)] == [True]
