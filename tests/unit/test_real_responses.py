"""What the real Web API was seen to send, made from recorded bodies: what is allowed, and what still breaks.

Each fact stands with its source in `contracts/schemas`.
"""

import dataclasses
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_exchange
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import Exchange

CASSETTES = Path(__file__).parents[2] / "cassettes"
MISSING = object()  # marks a property to take out

Changes = dict[str, Any]

SAVED = [
    "albums/get-users-saved-albums/albums",
    "audiobooks/get-users-saved-audiobooks/audiobooks",
    "shows/get-users-saved-shows/shows",
    "episodes/get-users-saved-episodes/episodes",
]
TOP_ARTISTS = "users/get-users-top-artists-and-tracks/artists"
TOP_TRACKS = "users/get-users-top-artists-and-tracks/tracks"
PLAYLIST = "playlists/get-playlist/own"
PLAYLIST_ITEMS = "playlists/get-playlists-items/items"
PLAYING_TRACK = "player/get-information-about-the-users-current-playback/playing-track"
PLAYING_EPISODE = "player/get-information-about-the-users-current-playback/playing-episode"
LOCAL_TRACK = "player/get-information-about-the-users-current-playback/playing-local-track"
EPISODE = "episodes/get-an-episode/episode"
SHOW = "shows/get-a-show/show"
SHOW_EPISODES = "shows/get-a-shows-episodes/episodes"
TRACK = "tracks/get-track/track"
ALBUM = "albums/get-an-album/album"
ALBUM_TRACKS = "albums/get-an-albums-tracks/tracks"
PLAYED = "player/get-recently-played/tracks"
CURRENTLY = "player/get-the-users-currently-playing-track/playing-track"
SAVED_TRACKS = "tracks/get-users-saved-tracks/tracks"
ID = "37i9dQZF1DXcBWIGoYBM5M"
RESTRICTED = {"restrictions": {"reason": "market"}, "is_playable": False, "preview_url": MISSING}


@cache
def recorded(name: str, access: Access) -> Exchange:
    """Return the recorded exchange of a case; an older development app is sent what extended quota is."""
    folder = "development" if access == "development" else "extended"
    return load(CASSETTES / folder / f"{name}.yaml").exchanges[0]


def violations(exchange: Exchange, body: Any, access: Access) -> list[tuple[str, str]]:
    """Return kind and place of what is wrong with a body, on which both engines must agree.

    The reference engine is slow, and not asked again for an older development app: its bodies and most of its
    schemas are those of extended quota.
    """
    response = dataclasses.replace(exchange.response, body=json.dumps(body).encode())
    exchange = dataclasses.replace(exchange, response=response)
    found = check_exchange(exchange, bundled(access))
    if access != "development-older":
        assert found == check_exchange(exchange, bundled(access, "jsonschema"))
    return [(violation.kind, violation.pointer) for violation in found]


def changed(body: Any, changes: Changes) -> Any:
    """Change a body at paths and return it; `*` is every item, a value of MISSING takes out."""
    made = {"": body}
    for path, value in changes.items():
        _set(made, ["", *path.split("/")] if path else [""], value)
    return made[""]


def _set(holder: Any, path: list[str], value: Any) -> None:
    key: Any = int(path[0]) if isinstance(holder, list) and path[0] != "*" else path[0]
    for each in range(len(holder)) if key == "*" else [key]:
        if len(path) > 1:
            _set(holder[each], path[1:], value)
        elif value is MISSING:
            holder.pop(each, None)
        else:
            holder[each] = value


def of_change(name: str, changes: Changes, access: Access) -> list[tuple[str, str]]:
    exchange = recorded(name, access)
    return violations(exchange, changed(json.loads(exchange.response.body), changes), access)


def restricted(path: str) -> Changes:
    return {f"{path}{name}": value for name, value in RESTRICTED.items()}


def audiobook(path: str) -> Changes:
    return {f"{path}is_externally_hosted": None, f"{path}total_episodes": None}


def context(kind: str, suffix: str) -> Changes:
    return {
        "context": {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{ID}{suffix}"},
            "href": f"https://api.spotify.com/v1/{kind}s/{ID}",
            "type": kind,
            "uri": f"spotify:{kind}:{ID}",
        }
    }


EMPTY = {"items": [], "limit": 0, "total": 0, "next": None, "previous": None}
SESSION = "?sessionId=1234567890&mode=enhanced"

ALLOWED = [
    *[pytest.param(name, {"items/1": None}, id=f"null-in-{name.split('/')[1]}") for name in SAVED],
    pytest.param(TOP_TRACKS, EMPTY, id="limit-0-of-an-empty-page"),
    pytest.param(PLAYED, {"items": [], "limit": 0, "next": None, "cursors": None},
                 id="limit-0-of-an-empty-cursor-page"),
    pytest.param(PLAYING_TRACK, context("playlist", SESSION), id="playlist-context-with-session"),
    pytest.param(PLAYING_TRACK, context("album", "/play_button"), id="album-context-of-a-play-button"),
    pytest.param(PLAYING_TRACK, context("artist", SESSION), id="artist-context-with-session"),
    pytest.param(CURRENTLY, context("show", "/play_button"),
                 id="show-context-of-a-play-button"),
    pytest.param(PLAYED,
                 {f"items/0/{name}": value for name, value in context("playlist", SESSION).items()},
                 id="context-of-what-was-played"),
    pytest.param(TRACK, restricted(""), id="restricted-track"),
    pytest.param(TOP_TRACKS, restricted("items/0/"), id="restricted-top-track"),
    pytest.param(ALBUM_TRACKS, restricted("items/0/"), id="restricted-track-of-an-album"),
    pytest.param(SHOW, audiobook(""), id="audiobook-as-show"),
    pytest.param(SAVED[2], audiobook("items/0/show/"), id="audiobook-in-saved-shows"),
    pytest.param("search/search/shows", audiobook("shows/items/0/"), id="audiobook-in-found-shows"),
    pytest.param(EPISODE, audiobook("show/"), id="audiobook-of-an-episode"),
    pytest.param(SAVED[3], audiobook("items/0/episode/show/"), id="audiobook-of-a-saved-episode"),
    pytest.param(PLAYING_EPISODE, audiobook("item/show/"), id="audiobook-that-plays"),
    pytest.param(SHOW_EPISODES, {"items/*/type": "chapter"}, id="chapters-of-a-show"),
    pytest.param(SHOW, {"episodes/items/0/type": "chapter"}, id="chapter-in-a-show"),
    pytest.param("search/search/episodes", {"episodes/items/0/type": "chapter"},
                 id="chapter-in-found-episodes"),
    pytest.param(EPISODE, {"type": "chapter"}, id="chapter-as-episode"),
    pytest.param(PLAYING_EPISODE, {"item/type": "chapter"}, id="chapter-that-plays"),
    pytest.param("albums/get-users-saved-albums/second-page", {"items/0": None}, id="null-on-a-second-page"),
]  # fmt: skip


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize(("name", "changes"), ALLOWED)
def test_what_was_seen_is_allowed(name: str, changes: Changes, access: Access) -> None:
    """What real responses have is no violation of any kind, under any access."""
    assert of_change(name, changes, access) == []


@pytest.mark.parametrize("access", ["development-older", "extended"])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        (TOP_ARTISTS, "items/*/followers/total"),
        ("artists/get-an-artist/artist", "followers/total"),
        ("search/search/artists", "artists/items/0/followers/total"),
        ("users/get-followed/artists", "artists/items/0/followers/total"),
    ],
)
def test_how_many_follow_an_artist_may_be_unknown(name: str, place: str, access: Access) -> None:
    """An artist's followers may have a total of null, wherever the artist comes."""
    assert of_change(name, {place: None}, access) == []


BREAKING = [
    pytest.param(SAVED_TRACKS, {"items/1": None}, "/items/1", id="null-in-saved-tracks"),
    pytest.param(SAVED[0], {"items/1/album": None}, "/items/1/album", id="null-for-a-saved-album"),
    pytest.param(TOP_TRACKS, {"limit": 0}, "/items", id="limit-0-of-a-page-with-items"),
    pytest.param(PLAYING_TRACK, {**context("playlist", ""), "context/uri": f"spotify:playlist:{ID}{SESSION}"},
                 "/context/uri", id="session-in-a-uri"),
    pytest.param(PLAYING_TRACK,
                 {**context("album", ""), "context/href": f"https://api.spotify.com/v1/albums/{ID}/play_button"},
                 "/context/href", id="play-button-in-a-href"),
    pytest.param(PLAYING_TRACK, context("album", "/other"), "/context/external_urls/spotify",
                 id="other-end-of-an-address"),
    pytest.param(SHOW, {"external_urls/spotify": f"https://open.spotify.com/show/{ID}/play_button"},
                 "/external_urls/spotify", id="play-button-outside-of-a-context"),
    pytest.param(SHOW, {"total_episodes": None}, "/total_episodes", id="show-without-total"),
    pytest.param(SHOW, {"is_externally_hosted": None}, "/is_externally_hosted", id="show-of-an-unknown-host"),
    pytest.param(SAVED[2], {"items/0/show/total_episodes": None},
                 "/items/0/show/total_episodes", id="saved-show-without-total"),
    pytest.param(EPISODE, {"uri": f"spotify:chapter:{ID}"}, "/uri", id="uri-of-a-chapter"),
    pytest.param(TRACK, {"external_ids": MISSING}, "/external_ids", id="track-without-external-ids"),
    pytest.param(PLAYLIST_ITEMS, {"items/0/item/external_ids": MISSING}, "/items/0/item/external_ids",
                 id="playlist-item-without-external-ids"),
    pytest.param(ALBUM, {"external_ids": MISSING}, "/external_ids", id="album-without-external-ids"),
]  # fmt: skip


@pytest.mark.parametrize("access", ACCESSES)
@pytest.mark.parametrize(("name", "changes", "pointer"), BREAKING)
def test_what_was_not_seen_is_breaking(name: str, changes: Changes, pointer: str, access: Access) -> None:
    """Each fact loosens the one place that it is known of, and what stands beside it is held as before."""
    assert ("breaking", pointer) in of_change(name, changes, access)


LISTED = {
    "search/search/tracks": "tracks/items/0/",
    SAVED_TRACKS: "items/0/track/",
    TOP_TRACKS: "items/0/",
    PLAYED: "items/0/track/",
    PLAYING_TRACK: "item/",
    "player/get-queue/queue": "queue/0/",
}
WITH_PREVIEW = {
    **LISTED,
    TRACK: "",
    PLAYLIST_ITEMS: "items/0/item/",
    PLAYLIST: "items/items/0/item/",
    ALBUM: "tracks/items/0/",
    ALBUM_TRACKS: "items/0/",
    SAVED[0]: "items/0/album/tracks/items/0/",
}


@pytest.mark.parametrize("name", LISTED)
def test_development_apps_may_miss_external_ids_in_lists_of_tracks(name: str) -> None:
    """It is known to be missing in what plays and was played, and not known to be in the other lists."""
    changes = {f"{LISTED[name]}external_ids": MISSING, f"{LISTED[name]}preview_url": MISSING}
    assert of_change(name, changes, "development") == []
    if name.startswith("search"):  # the older accesses have it everywhere
        assert of_change(name, changes, "extended") == [
            ("breaking", f"/{LISTED[name]}external_ids"),
            ("breaking", f"/{LISTED[name]}preview_url"),
        ]


@pytest.mark.parametrize("name", WITH_PREVIEW)
def test_development_apps_get_no_preview_url(name: str) -> None:
    """A track without preview_url is whole for a development app, wherever it stands."""
    assert of_change(name, {f"{WITH_PREVIEW[name]}preview_url": MISSING}, "development") == []


def test_a_local_file_that_plays_has_no_external_ids_either() -> None:
    """What the player leaves out of tracks in development mode it may leave out of local files too."""
    changes = {"item/external_ids": MISSING, "item/preview_url": MISSING}
    assert of_change(LOCAL_TRACK, changes, "development") == []
    assert ("breaking", "/item/external_ids") in of_change(LOCAL_TRACK, changes, "extended")


@pytest.mark.parametrize("access", ACCESSES)
def test_development_apps_may_get_an_episode_in_a_playlist_without_its_markets(access: Access) -> None:
    """A playlist's episode needs neither available_markets nor is_playable; any other needs is_playable."""
    episode = json.loads(recorded(EPISODE, access).response.body)
    del episode["is_playable"]
    entry = {"items/0/item": {**episode, "episode": True, "track": False}}
    expected = [] if access == "development" else [("breaking", "/items/0/item/is_playable")]

    assert of_change(PLAYLIST_ITEMS, entry, access) == expected
    assert of_change(EPISODE, {"is_playable": MISSING}, access) == [("breaking", "/is_playable")]


@pytest.mark.parametrize("access", ["development-older", "extended"])
@pytest.mark.parametrize("name", [TRACK, TOP_TRACKS, ALBUM])
def test_other_apps_get_a_preview_url(name: str, access: Access) -> None:
    """Null is allowed there, and a track without preview_url is breaking unless it is restricted."""
    place = WITH_PREVIEW[name]
    assert of_change(name, {f"{place}preview_url": None}, access) == []
    assert of_change(name, {f"{place}preview_url": MISSING}, access) == [("breaking", f"/{place}preview_url")]


def test_older_fields_are_additive_for_a_development_app() -> None:
    """An app that gets every field back, as some did for an hour, is reported and does not fail."""
    names = [
        TRACK,
        TOP_TRACKS,
        TOP_ARTISTS,
        ALBUM,
        SHOW,
        "search/search/tracks",
        PLAYING_TRACK,
    ]
    for name in [*names, "users/get-current-users-profile/profile"]:
        body = json.loads(recorded(name, "extended").response.body)
        found = violations(recorded(name, "development"), body, "development")
        assert {kind for kind, _ in found} == {"additive"}, name
