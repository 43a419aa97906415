"""Bodies have the fields that Spotify's have: facts out of answers of the real API, 2023 to 2026-03."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.sandbox_client import (
    ALBUM,
    ARTIST,
    AUDIOBOOK,
    CATEGORY,
    CHAPTER,
    EPISODE,
    PLAYLIST,
    SHOW,
    TRACK,
    Api,
)

_IDENTITY = {"external_urls", "href", "id", "type", "uri"}
_SIMPLE_ALBUM = _IDENTITY | {
    "album_type",
    "total_tracks",
    "available_markets",
    "images",
    "name",
    "release_date",
    "release_date_precision",
    "artists",
}
_SIMPLE_TRACK = _IDENTITY | {
    "artists",
    "available_markets",
    "disc_number",
    "duration_ms",
    "explicit",
    "name",
    "preview_url",
    "track_number",
    "is_local",
}
_TRACK = _SIMPLE_TRACK | {"album", "external_ids", "popularity"}
_SHOW = _IDENTITY | {
    "available_markets",
    "copyrights",
    "description",
    "explicit",
    "html_description",
    "images",
    "is_externally_hosted",
    "languages",
    "media_type",
    "name",
    "publisher",
    "total_episodes",
}
_SIMPLE_EPISODE = _IDENTITY | {
    "audio_preview_url",
    "description",
    "duration_ms",
    "explicit",
    "html_description",
    "images",
    "is_externally_hosted",
    "is_playable",
    "language",
    "languages",
    "name",
    "release_date",
    "release_date_precision",
    "resume_point",
}
_AUDIOBOOK = _IDENTITY | {
    "authors",
    "available_markets",
    "copyrights",
    "description",
    "edition",
    "explicit",
    "html_description",
    "images",
    "languages",
    "media_type",
    "name",
    "narrators",
    "publisher",
    "total_chapters",
}
_CHAPTER = _IDENTITY | {
    "available_markets",
    "audio_preview_url",
    "chapter_number",
    "description",
    "duration_ms",
    "explicit",
    "html_description",
    "images",
    "languages",
    "name",
    "release_date",
    "release_date_precision",
    "resume_point",
}
_ARTIST = _IDENTITY | {"followers", "genres", "images", "name", "popularity"}
_PLAYLIST = _IDENTITY | {
    "collaborative",
    "description",
    "images",
    "name",
    "owner",
    "primary_color",
    "public",
    "snapshot_id",
    "tracks",
    "items",
}
_ENTRY = {"added_at", "added_by", "is_local", "primary_color", "track", "item", "video_thumbnail"}
_DEVICE = {
    "id",
    "is_active",
    "is_private_session",
    "is_restricted",
    "name",
    "supports_volume",
    "type",
    "volume_percent",
}
_PLAYING = {
    "timestamp",
    "context",
    "progress_ms",
    "item",
    "currently_playing_type",
    "actions",
    "is_playing",
}
_PAGE = {"href", "items", "limit", "next", "offset", "previous", "total"}
_FAVOURITE = _TRACK | {"is_playable"}
_LOST_OF_TRACK = {"available_markets", "popularity", "preview_url"}

# Path, the way to the object within the body, the fields that it has in extended quota mode, and which of
# them development mode lost in February 2026 ("*" for an operation that it lost).
_FACTS: list[tuple[str, str, set[str], set[str] | str]] = [
    (
        f"/albums/{ALBUM}",
        "",
        _SIMPLE_ALBUM | {"tracks", "copyrights", "external_ids", "genres", "label", "popularity"},
        {"available_markets", "label", "popularity"},
    ),
    (f"/albums/{ALBUM}", "artists.0", _IDENTITY | {"name"}, set()),
    (f"/albums/{ALBUM}", "tracks", _PAGE, set()),
    (f"/albums/{ALBUM}", "tracks.items.0", _SIMPLE_TRACK, {"available_markets", "preview_url"}),
    (f"/albums/{ALBUM}/tracks", "items.0", _SIMPLE_TRACK, {"available_markets", "preview_url"}),
    ("/browse/new-releases", "albums.items.0", _SIMPLE_ALBUM, "*"),
    (f"/artists/{ARTIST}", "", _ARTIST, {"followers", "popularity"}),
    (
        f"/artists/{ARTIST}/albums",
        "items.0",
        _SIMPLE_ALBUM | {"album_group"},
        {"available_markets", "album_group"},
    ),
    (f"/artists/{ARTIST}/top-tracks", "tracks.0", _FAVOURITE, "*"),
    (f"/tracks/{TRACK}", "", _TRACK, _LOST_OF_TRACK),
    (f"/tracks/{TRACK}", "album", _SIMPLE_ALBUM, {"available_markets"}),
    (
        f"/tracks/{TRACK}?market=ES",
        "",
        (_TRACK - {"available_markets"}) | {"is_playable"},
        {"popularity", "preview_url"},
    ),
    (f"/shows/{SHOW}", "", _SHOW | {"episodes"}, {"available_markets", "publisher"}),
    (f"/shows/{SHOW}", "episodes.items.0", _SIMPLE_EPISODE, set()),
    (f"/shows/{SHOW}/episodes", "items.0", _SIMPLE_EPISODE, set()),
    (f"/episodes/{EPISODE}", "", _SIMPLE_EPISODE | {"show"}, set()),
    (f"/episodes/{EPISODE}", "show", _SHOW, {"available_markets", "publisher"}),
    (f"/audiobooks/{AUDIOBOOK}", "", _AUDIOBOOK | {"chapters"}, {"available_markets", "publisher"}),
    (f"/audiobooks/{AUDIOBOOK}", "chapters.items.0", _CHAPTER, {"available_markets"}),
    (f"/audiobooks/{AUDIOBOOK}/chapters", "items.0", _CHAPTER, {"available_markets"}),
    (f"/chapters/{CHAPTER}", "", _CHAPTER | {"is_playable", "audiobook"}, {"available_markets"}),
    (f"/chapters/{CHAPTER}", "audiobook", _AUDIOBOOK, {"available_markets", "publisher"}),
    ("/browse/categories", "categories.items.0", {"href", "icons", "id", "name"}, "*"),
    (f"/browse/categories/{CATEGORY}/playlists", "playlists.items.0", _PLAYLIST, "*"),
    ("/browse/featured-playlists", "", {"message", "playlists"}, "*"),
    (
        f"/audio-features/{TRACK}",
        "",
        {
            "danceability",
            "energy",
            "key",
            "loudness",
            "mode",
            "speechiness",
            "acousticness",
            "instrumentalness",
            "liveness",
            "valence",
            "tempo",
            "type",
            "id",
            "uri",
            "track_href",
            "analysis_url",
            "duration_ms",
            "time_signature",
        },
        "*",
    ),
    ("/search?q=love&type=track", "tracks.items.0", _FAVOURITE, _LOST_OF_TRACK),
    ("/search?q=love&type=album", "albums.items.0", _SIMPLE_ALBUM, {"available_markets"}),
    ("/search?q=love&type=artist", "artists.items.0", _ARTIST, {"followers", "popularity"}),
    ("/search?q=love&type=playlist", "playlists.items.0", _PLAYLIST, {"tracks"}),
    ("/search?q=love&type=show", "shows.items.0", _SHOW, {"available_markets", "publisher"}),
    ("/search?q=love&type=episode", "episodes.items.0", _SIMPLE_EPISODE, set()),
    (
        "/search?q=love&type=audiobook",
        "audiobooks.items.0",
        _AUDIOBOOK | {"is_externally_hosted"},
        {"available_markets", "publisher"},
    ),
    (
        "/me",
        "",
        _IDENTITY
        | {
            "account_id",
            "country",
            "display_name",
            "email",
            "explicit_content",
            "followers",
            "images",
            "product",
        },
        {"country", "email", "explicit_content", "followers", "product"},
    ),
    ("/users/smedjan", "", _IDENTITY | {"display_name", "followers", "images"}, "*"),
    ("/me/playlists", "items.0", _PLAYLIST, {"tracks"}),
    ("/me/playlists", "items.0.owner", _IDENTITY | {"display_name"}, set()),
    ("/me/playlists", "items.0.items", {"href", "total"}, set()),
    ("/me/tracks", "items.0", {"added_at", "track"}, set()),
    ("/me/tracks", "items.0.track", _FAVOURITE, _LOST_OF_TRACK),
    ("/me/albums", "items.0", {"added_at", "album"}, set()),
    ("/me/episodes", "items.0", {"added_at", "episode"}, set()),
    ("/me/shows", "items.0", {"added_at", "show"}, set()),
    ("/me/audiobooks", "items.0", _AUDIOBOOK | {"is_externally_hosted"}, {"available_markets", "publisher"}),
    ("/me/following?type=artist", "artists.items.0", _ARTIST, {"followers", "popularity"}),
    ("/me/top/artists", "items.0", _ARTIST, {"followers", "popularity"}),
    ("/me/top/tracks", "items.0", _FAVOURITE, _LOST_OF_TRACK),
    ("/me/player", "", _PLAYING | {"device", "repeat_state", "shuffle_state", "smart_shuffle"}, set()),
    ("/me/player", "device", _DEVICE, set()),
    ("/me/player", "context", _IDENTITY - {"id"}, set()),
    ("/me/player/currently-playing", "", _PLAYING, set()),
    ("/me/player/currently-playing", "item", _TRACK, _LOST_OF_TRACK | {"external_ids"}),
    ("/me/player/devices", "devices.0", _DEVICE, set()),
    ("/me/player/queue", "", {"currently_playing", "queue"}, set()),
    ("/me/player/recently-played", "items.0", {"context", "played_at", "track"}, set()),
]


def _at(body: Any, way: str) -> Any:
    for step in filter(None, way.split(".")):
        body = body[int(step)] if step.isdigit() else body[step]
    return body


@pytest.mark.parametrize("fact", _FACTS, ids=lambda fact: f"{fact[0]} {fact[1]}")
def test_objects_have_spotifys_fields(
    extended: Api, development: Api, fact: tuple[str, str, set[str], set[str] | str]
) -> None:
    """An object has the fields that the real one has; in development mode less what February 2026 took."""
    path, way, fields, lost = fact
    assert fields == set(_at(extended.get(path), way))
    if lost == "*":
        assert development.call("GET", path).status_code in (403, 404)
    else:
        assert fields - set(lost) == set(_at(development.get(path), way))


def test_a_playlist_has_both_names_for_older_apps_and_one_for_new_ones(
    extended: Api, development: Api
) -> None:
    """`tracks` with `track`, and `items` with `item`, side by side as in 2026-03; new apps get the latter."""
    old = extended.get(f"/playlists/{PLAYLIST}")
    mine = extended.get("/me/playlists")["items"][0]["id"]
    new = development.get(f"/playlists/{mine}")

    assert set(old) == _PLAYLIST | {"followers"}
    assert old["tracks"]["items"] == old["items"]["items"]
    assert set(old["items"]["items"][0]) == _ENTRY
    assert set(old["items"]["items"][0]["added_by"]) == _IDENTITY
    assert set(old["items"]["items"][0]["item"]) == _TRACK | {"episode", "track"}
    assert set(new) == (_PLAYLIST | {"followers"}) - {"tracks"}
    assert set(new["items"]["items"][0]) == _ENTRY - {"track"}


def test_development_sees_only_what_is_in_ones_own_playlists(development: Api) -> None:
    """Somebody else's playlist has no `items`, and asking for them is refused."""
    assert "items" not in development.get(f"/playlists/{PLAYLIST}")
    assert development.refusal("GET", f"/playlists/{PLAYLIST}/items") == (403, "Forbidden")


def test_a_playlist_holds_a_local_file_an_episode_and_a_ghost(extended: Api) -> None:
    """The odd rows of real playlists are there: nulls where nobody expects them."""
    rows = extended.get(f"/playlists/{PLAYLIST}/tracks", additional_types="track,episode")["items"]
    local = next(row for row in rows if row["is_local"])
    episode = next(row["track"] for row in rows if row["track"] and row["track"]["type"] == "episode")

    assert [row["track"] for row in rows if row["track"] is None] == [None]
    assert (
        local["track"]["id"] is local["track"]["album"]["id"] is local["track"]["album"]["album_type"] is None
    )
    assert local["track"]["uri"] == "spotify:local:Example+Artist:Example+Album:A+Local+File:187"
    assert (episode["episode"], episode["track"]) == (True, False)
    assert episode["show"]["name"] == "Vetenskapsradion Historia"


def test_an_empty_playlist_has_no_images(extended: Api) -> None:
    """`images` is null there (spotify/spotify-web-api-ts-sdk#92)."""
    empty = next(each for each in extended.get("/me/playlists")["items"] if each["name"] == "Empty list")

    assert empty["images"] is None
    assert extended.get(f"/playlists/{empty['id']}/images") == []


def test_relinking_shows_with_a_market(extended: Api, development: Api) -> None:
    """With a market another edition is served, and says what it stands for, but not in development mode."""
    first = "6kLCHFM39wkFjOuyPGLGeQ"
    plain = extended.get(f"/tracks/{first}")
    linked = extended.get(f"/tracks/{first}", market="US")
    bare = development.get(f"/tracks/{first}", market="US")

    assert plain["id"] == first
    assert plain["available_markets"] == []
    assert (linked["id"], linked["linked_from"]["id"]) == ("6ozxplTAjWO0BlUxN8ia0A", first)
    assert set(linked["linked_from"]) == _IDENTITY
    assert linked["external_urls"] == linked["linked_from"]["external_urls"]
    assert "linked_from" not in bare
    assert bare["external_urls"]["spotify"].endswith(bare["id"])


@pytest.mark.parametrize("path", ["/albums/{}", "/albums/{}/tracks", "/albums?ids={}"])
def test_albums_relink_their_tracks_for_a_user(extended: Api, path: str) -> None:
    """A user's country is market enough there, and the edition that is served has no list of markets."""
    first = extended.get("/tracks/6kLCHFM39wkFjOuyPGLGeQ")
    path = path.format(first["album"]["id"])
    with Api.app(extended.sandbox) as app:
        plain = _only_track(app.get(path))
    linked = _only_track(extended.get(path))

    assert ("linked_from" in plain, plain["id"]) == (False, first["id"])
    assert (linked["linked_from"]["id"], linked["id"]) == (first["id"], "6ozxplTAjWO0BlUxN8ia0A")
    assert (linked["available_markets"], "is_playable" in linked) == ([], False)
    assert linked["external_urls"] == first["external_urls"]


def _only_track(body: Any) -> Any:
    """Return the one track of an album, alone or among several, or of a page."""
    body = body["albums"][0] if "albums" in body else body
    (track,) = body.get("tracks", body)["items"]
    return track


def test_a_track_may_be_restricted_where_the_user_is(extended: Api) -> None:
    """It says that it does not play, and why; lists of favourites and hits have it all the same."""
    hits = extended.get("/search", q='track:"what\'s love got"', type="track")["tracks"]["items"]
    id_ = hits[0]["id"]
    alone = extended.get(f"/tracks/{id_}", market="US")

    for track in (hits[0], alone):
        assert (track["is_playable"], track["restrictions"]) == (False, {"reason": "market"})
        assert track["album"]["is_playable"] is True
    assert "preview_url" not in alone
    assert extended.get(f"/tracks/{id_}")["available_markets"] == ["DE", "FR"]
    with Api.app(extended.sandbox) as app:
        assert app.get(f"/tracks/{id_}", market="DE")["is_playable"] is True


def test_previews_are_gone_from_lists(extended: Api) -> None:
    """A track on its own has a preview; in lists it is null."""
    assert extended.get(f"/tracks/{TRACK}")["preview_url"].startswith("https://p.scdn.co/")
    assert extended.get("/tracks", ids=TRACK)["tracks"][0]["preview_url"] is None


def test_addresses_are_the_sandboxes_own(extended: Api) -> None:
    """`href` and `next` lead back to the sandbox, and audiobooks and chapters keep their odd URIs."""
    book = extended.get(f"/audiobooks/{AUDIOBOOK}")

    assert extended.get(book["href"]) == book
    assert extended.get(book["chapters"]["items"][0]["href"])["type"] == "chapter"
    assert book["uri"] == f"spotify:show:{AUDIOBOOK}"
    assert book["chapters"]["items"][0]["uri"].startswith("spotify:episode:")
    assert book["external_urls"]["spotify"] == f"https://open.spotify.com/show/{AUDIOBOOK}"


def test_artist_albums_come_group_by_group(extended: Api) -> None:
    """`include_groups` chooses, `album_group` tells, and what an artist appears on comes last."""
    every = [each["album_group"] for each in extended.get(f"/artists/{ARTIST}/albums", limit=50)["items"]]
    singles = extended.get(f"/artists/{ARTIST}/albums", include_groups="single,appears_on")["items"]

    assert sorted(set(every), key=every.index) == ["album", "single", "compilation", "appears_on"]
    assert {each["album_group"] for each in singles} == {"single", "appears_on"}


@pytest.mark.parametrize("api_name", ["extended", "development"])
def test_playback_states(request: pytest.FixtureRequest, api_name: str) -> None:
    """Track, episode, advertisement, unknown, local file and silence look as they were seen."""
    api: Api = request.getfixturevalue(api_name)
    for need, kind, types, has_item in [
        ("playing-track", "track", "track", True),
        ("playing-episode", "episode", "", False),
        ("playing-episode", "episode", "track,episode", True),
        ("playing-advertisement", "ad", "track,episode", False),
        ("playing-unknown", "unknown", "track,episode", False),
        ("playing-local-track", "track", "", True),
    ]:
        api.sandbox.arrange([need])
        for path in ("/me/player", "/me/player/currently-playing"):
            body = api.get(path, additional_types=types)
            assert body["currently_playing_type"] == kind
            assert (body["item"] is not None) == has_item
    assert body["item"]["is_local"]
    for need in ("idle-player", "no-device"):
        api.sandbox.arrange([need])
        for path in ("/me/player", "/me/player/currently-playing"):
            response = api.call("GET", path)
            assert (response.status_code, response.content) == (204, b"")
    api.sandbox.reset()
