"""What is written can be read back: the library, playlists, whom one follows, the player."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import (
    ALBUM,
    ARTIST,
    AUDIOBOOK,
    EPISODE,
    PLAYLIST,
    SHOW,
    TRACK,
    TRACKS,
    UNKNOWN,
    Api,
)

_URIS = [f"spotify:track:{id_}" for id_ in (TRACK, *TRACKS)]
# Local files can be neither added nor removed by URI (spotify/web-api#510, #612).
_LOCAL = "spotify:local:Example+Artist:Example+Album:A+Local+File:187"


@pytest.fixture(scope="module")
def extended() -> Iterator[Sandbox]:
    with Sandbox("extended") as running:
        yield running


@pytest.fixture(scope="module")
def development() -> Iterator[Sandbox]:
    with Sandbox("development") as running:
        yield running


@pytest.fixture
def api(extended: Sandbox) -> Iterator[Api]:
    extended.reset()
    with Api(extended) as opened:
        yield opened


@pytest.fixture
def new_api(development: Sandbox) -> Iterator[Api]:
    development.reset()
    with Api(development) as opened:
        yield opened


def _done(api: Api, method: str, path: str, status: int = 200, **rest: Any) -> Any:
    response = api.call(method, path, **rest)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


_SAVED = {"tracks": TRACK, "albums": ALBUM, "episodes": EPISODE, "shows": SHOW, "audiobooks": AUDIOBOOK}


@pytest.mark.parametrize(
    ("kind", "id_", "where"),
    [(*row, "query") for row in _SAVED.items()]
    + [(*row, "body") for row in _SAVED.items() if row[0] != "audiobooks"],
)
def test_items_are_saved_and_removed(api: Api, kind: str, id_: str, where: str) -> None:
    """Saving shows in the list, at its head, and in `contains`; removing takes it out of both."""
    ids = {"ids": id_} if where == "query" else {"json": {"ids": [id_]}}

    _done(api, "DELETE", f"/me/{kind}", **ids)
    without = api.get(f"/me/{kind}", limit=50)
    _done(api, "PUT", f"/me/{kind}", **ids)
    first = api.get(f"/me/{kind}", limit=1)["items"][0]

    assert api.get(f"/me/{kind}/contains", ids=f"{id_},{UNKNOWN}") == [True, False]
    assert first.get(kind[:-1], first)["id"] == id_
    assert id_ not in [each.get(kind[:-1], each)["id"] for each in without["items"]]


def test_tracks_can_be_saved_with_a_time(api: Api) -> None:
    """`timestamped_ids` say when; the list is told so."""
    _done(api, "DELETE", "/me/tracks", ids=TRACK)
    _done(
        api,
        "PUT",
        "/me/tracks",
        json={"timestamped_ids": [{"id": TRACK, "added_at": "2010-01-01T00:00:00Z"}]},
    )

    assert api.get("/me/tracks", limit=1)["items"][0]["added_at"] == "2010-01-01T00:00:00Z"


def test_ids_of_audiobooks_stand_in_the_query_alone(api: Api) -> None:
    """A body with the ids of audiobooks is no way to save or remove them."""
    for method in ("PUT", "DELETE"):
        refused = api.refusal(method, "/me/audiobooks", json={"ids": [AUDIOBOOK]})
        assert refused == (400, "Missing required field: ids")


def test_library_writes_refuse_a_bare_array(api: Api) -> None:
    """Since 2024-09-30 the body must be an object (JMPerez/spotify-web-api-js#228)."""
    assert api.refusal("PUT", "/me/tracks", json=[TRACK]) == (400, "Missing required field: ids")
    assert api.refusal("PUT", "/me/albums", json={"ids": ["not-an-id"]}) == (400, "Invalid base62 id")
    assert api.refusal("PUT", "/me/tracks", data=b"{") == (400, "Error parsing JSON.")


@pytest.mark.parametrize(
    "uri",
    [
        _URIS[0],
        f"spotify:album:{ALBUM}",
        f"spotify:episode:{EPISODE}",
        f"spotify:show:{SHOW}",
        f"spotify:show:{AUDIOBOOK}",
        f"spotify:audiobook:{AUDIOBOOK}",
        f"spotify:artist:{ARTIST}",
        "spotify:user:jmperezperez",
        f"spotify:playlist:{PLAYLIST}",
    ],
)
def test_the_library_takes_any_uri(new_api: Api, uri: str) -> None:
    """One route saves, follows, removes and checks whatever a URI names."""
    _done(new_api, "DELETE", "/me/library", uris=uri)
    before = new_api.get("/me/library/contains", uris=uri)
    _done(new_api, "PUT", "/me/library", uris=uri)

    assert (before, new_api.get("/me/library/contains", uris=uri)) == ([False], [True])


def test_the_library_wants_its_uris_in_the_query(new_api: Api) -> None:
    """A JSON body is refused (jpochyla/psst#740), as are too many and malformed URIs."""
    many = ",".join([_URIS[0]] * 41)

    assert new_api.refusal("PUT", "/me/library", json={"uris": _URIS}) == (
        400,
        "Missing required field: uris",
    )
    assert new_api.refusal("PUT", "/me/library", uris=many) == (400, "Too many uris requested")
    assert new_api.refusal("PUT", "/me/library", uris="spotify:song:x") == (
        400,
        "Invalid uri: spotify:song:x",
    )
    assert new_api.refusal("PUT", "/me/library", uris="spotify:track:x") == (400, "Invalid base62 id")


@pytest.mark.parametrize(
    "uri", [f"spotify:{kind}:{UNKNOWN}" for kind in ("track", "artist", "playlist", "user")]
)
def test_what_is_not_there_is_passed_over(new_api: Api, uri: str) -> None:
    """Saving or following what the catalogue does not have changes nothing, and breaks no list."""
    _done(new_api, "PUT", "/me/library", uris=uri)

    assert new_api.get("/me/library/contains", uris=uri) == [False]
    assert UNKNOWN not in str(new_api.get("/me/following", type="artist", limit=50))


def test_following_a_playlist_counts_whichever_way(new_api: Api) -> None:
    """A playlist that is followed through the library has a follower more, and one less afterwards."""
    counts = []
    for method in ("DELETE", "PUT", "PUT", "DELETE"):
        _done(new_api, method, "/me/library", uris=f"spotify:playlist:{PLAYLIST}")
        counts.append(new_api.get(f"/playlists/{PLAYLIST}")["followers"]["total"])

    assert counts == [counts[0], counts[0] + 1, counts[0] + 1, counts[0]]


def test_artists_and_users_are_followed(api: Api) -> None:
    """Following shows in the list and in `contains`, for artists and for users."""
    _done(api, "DELETE", "/me/following", 204, type="artist", ids=ARTIST)
    _done(api, "PUT", "/me/following", 204, type="user", json={"ids": ["jmperezperez"]})

    assert api.get("/me/following/contains", type="artist", ids=ARTIST) == [False]
    assert api.get("/me/following/contains", type="user", ids="jmperezperez,nobody") == [True, False]
    assert ARTIST not in [
        each["id"] for each in api.get("/me/following", type="artist", limit=50)["artists"]["items"]
    ]


def test_a_playlist_lives(new_api: Api) -> None:
    """Create, add, add at a position, move, remove, replace, rename: seen at once, with a new snapshot."""
    made = _done(
        new_api, "POST", "/me/playlists", 201, json={"name": "Story", "public": False, "description": "d"}
    )
    items = f"/playlists/{made['id']}/items"
    snapshots = [made["snapshot_id"]]

    def uris() -> list[str]:
        return [each["item"]["uri"] for each in new_api.get(items)["items"]]

    def step(method: str, status: int = 200, **rest: Any) -> list[str]:
        snapshots.append(_done(new_api, method, items, status, **rest)["snapshot_id"])
        return uris()

    a, b, c, d = _URIS
    assert (made["name"], made["public"], made["description"], made["items"]["total"]) == (
        "Story",
        False,
        "d",
        0,
    )
    assert step("POST", 201, json={"uris": [a, b]}) == [a, b]
    assert step("POST", 201, uris=f"{c},{d}", position=1) == [a, c, d, b]
    assert step("PUT", json={"range_start": 0, "insert_before": 4}) == [c, d, b, a]
    assert step("PUT", json={"range_start": 2, "range_length": 2, "insert_before": 0}) == [b, a, c, d]
    assert step("PUT", json={"range_start": 1, "insert_before": 1, "snapshot_id": snapshots[-1]}) == [
        b,
        a,
        c,
        d,
    ]
    assert step("DELETE", json={"items": [{"uri": a}, {"uri": c}], "snapshot_id": snapshots[0]}) == [b, d]
    assert step("PUT", json={"uris": [a, a]}) == [a, a]
    assert step("DELETE", json={"items": [{"uri": a}]}) == []
    assert len(set(snapshots)) == len(snapshots)

    _done(
        new_api,
        "PUT",
        f"/playlists/{made['id']}",
        json={"name": "Renamed", "public": True, "description": ""},
    )
    read = new_api.get(f"/playlists/{made['id']}")
    assert (read["name"], read["public"], read["description"]) == ("Renamed", True, "")
    assert new_api.get("/me/playlists", limit=1)["items"][0]["name"] == "Renamed"

    _done(new_api, "DELETE", "/me/library", uris=made["uri"])
    assert made["id"] not in [each["id"] for each in new_api.get("/me/playlists", limit=50)["items"]]


def test_the_old_names_do_the_same(api: Api) -> None:
    """`/tracks` writes what `/items` reads, and `tracks` is the word in its body."""
    made = _done(api, "POST", "/users/sandbox-listener/playlists", 201, json={"name": "Old"})
    tracks = f"/playlists/{made['id']}/tracks"
    _done(api, "POST", tracks, 201, json=_URIS)
    _done(api, "DELETE", tracks, json={"tracks": [{"uri": _URIS[0]}]})

    assert [each["item"]["uri"] for each in api.get(f"/playlists/{made['id']}/items")["items"]] == _URIS[1:]
    assert api.refusal("POST", "/users/smedjan/playlists", json={"name": "x"})[0] == 403


@pytest.mark.parametrize(
    ("method", "rest", "message"),
    [
        ("POST", {}, "Missing required field: uris"),
        ("POST", {"json": {"uris": ["spotify:track:nothing"]}}, "Invalid track uri: spotify:track:nothing"),
        ("POST", {"json": {"uris": [_LOCAL]}}, f"Invalid track uri: {_LOCAL}"),
        ("PUT", {"json": {"uris": [_LOCAL]}}, f"Invalid track uri: {_LOCAL}"),
        ("DELETE", {"json": {"items": [{"uri": _LOCAL}]}}, f"Invalid track uri: {_LOCAL}"),
        ("POST", {"json": {"uris": _URIS, "position": 999}}, "Index out of bounds."),
        ("POST", {"json": {"uris": _URIS[:1] * 101}}, "You can add a maximum of 100 tracks per request."),
        ("PUT", {"json": {"range_start": 0}}, "Missing required field: insert_before"),
        ("PUT", {"json": {"range_start": 99, "insert_before": 0}}, "Index out of bounds."),
        ("DELETE", {"json": {"tracks": [{"uri": _URIS[0]}]}}, "Missing required field: items"),
        ("DELETE", {"json": {"items": [{"uri": _URIS[0]}], "snapshot_id": "x"}}, "Invalid snapshot id"),
    ],
)
def test_bad_playlist_writes_change_nothing(
    new_api: Api, method: str, rest: dict[str, Any], message: str
) -> None:
    """A refused write leaves the playlist and its snapshot as they were."""
    mine = new_api.get("/me/playlists", limit=1)["items"][0]

    assert new_api.refusal(method, f"/playlists/{mine['id']}/items", **rest) == (400, message)
    assert new_api.get(f"/playlists/{mine['id']}")["snapshot_id"] == mine["snapshot_id"]


def test_only_ones_own_playlists_can_be_changed(new_api: Api) -> None:
    """Somebody else's playlist is not to be changed, and private ones take their own scope."""
    scope = "playlist-modify-public playlist-read-private"
    with Api.user(new_api.sandbox, "Public", scope) as public:
        private = next(
            each for each in public.get("/me/playlists", limit=50)["items"] if each["name"] == "Private list"
        )
        assert public.refusal("PUT", f"/playlists/{private['id']}", json={"name": "x"}) == (
            403,
            "Insufficient client scope",
        )
        assert new_api.refusal("GET", f"/playlists/{private['id']}") == (404, "Resource not found")
    assert new_api.refusal("PUT", f"/playlists/{PLAYLIST}", json={"name": "x"})[0] == 403
    assert new_api.refusal("POST", "/me/playlists", json={}) == (400, "Missing required field: name")
    assert new_api.refusal("POST", "/me/playlists", json={"name": 1}) == (400, "Invalid value for name")


@pytest.mark.parametrize("own", ["public", "private"])
def test_making_a_playlist_public_or_private_takes_a_scope(new_api: Api, own: str) -> None:
    """It is the scope for what the playlist becomes; without it nothing changes."""
    with Api.user(new_api.sandbox, "Scoped", f"playlist-modify-{own} playlist-read-private") as api:
        made = _done(api, "POST", "/me/playlists", 201, json={"name": "x", "public": own == "public"})
        path = f"/playlists/{made['id']}"
        refused = api.refusal("PUT", path, json={"public": own != "public"})

        assert refused == (403, "Insufficient client scope")
        assert api.get(path)["public"] == (own == "public")
        _done(api, "PUT", path, json={"name": "y", "public": own == "public"})


def test_a_cover_is_put_up(new_api: Api) -> None:
    """A JPEG in base 64 becomes the picture; anything else, or too much of it, is refused."""
    id_ = new_api.get("/me/playlists", limit=1)["items"][0]["id"]
    path = f"/playlists/{id_}/images"
    before = new_api.get(path)
    _done(new_api, "PUT", path, 202, data=base64.b64encode(b"\xff\xd8\xff\xe0 picture"))

    after = new_api.get(path)

    assert after != before
    assert new_api.get(f"/playlists/{id_}")["images"] == after
    assert new_api.call("PUT", path, data=b"no picture").status_code == 400
    assert new_api.call("PUT", path, data=b"A" * 300_000).status_code == 413


def test_playlists_are_followed(api: Api) -> None:
    """Following puts a playlist into the list and counts; unfollowing takes it out."""
    other = api.get("/users/smedjan/playlists")["items"][0]["id"]
    before = api.get(f"/playlists/{other}")["followers"]["total"]
    contains = f"/playlists/{other}/followers/contains"

    _done(api, "PUT", f"/playlists/{other}/followers", json={"public": False})
    assert (api.get(contains), api.get(f"/playlists/{other}")["followers"]["total"]) == ([True], before + 1)
    _done(api, "DELETE", f"/playlists/{other}/followers")
    assert (api.get(contains), api.get(f"/playlists/{other}")["followers"]["total"]) == ([False], before)


def test_spotifys_own_playlists_are_closed_to_apps_under_the_2024_rule(new_api: Api, api: Api) -> None:
    """An editorial playlist is there in extended quota mode, and a null or a 404 elsewhere."""
    found = api.get("/search", q="kitchen", type="playlist")["playlists"]["items"]

    assert found[0]["owner"]["id"] == "spotify"
    assert new_api.get("/search", q="kitchen", type="playlist")["playlists"]["items"] == [None]
    assert new_api.refusal("GET", f"/playlists/{found[0]['id']}") == (404, "Resource not found")


def _player(api: Api, method: str, command: str, status: int = 204, **rest: Any) -> Any:
    _done(api, method, f"/me/player{command}", status, **rest)
    return api.get("/me/player", additional_types="track,episode")


def test_the_player_obeys(new_api: Api) -> None:
    """Every command is 204 without a body, and shows in the state of playback."""
    album = f"spotify:album:{ALBUM}"
    tracks = [each["uri"] for each in new_api.get(f"/albums/{ALBUM}")["tracks"]["items"]]

    state = _player(
        new_api, "PUT", "/play", json={"context_uri": album, "offset": {"position": 3}, "position_ms": 9}
    )
    assert (state["item"]["uri"], state["progress_ms"], state["context"]["uri"]) == (tracks[3], 9, album)
    assert not _player(new_api, "PUT", "/pause")["is_playing"]
    assert _player(new_api, "PUT", "/play")["is_playing"]
    assert _player(new_api, "POST", "/next")["item"]["uri"] == tracks[4]
    assert _player(new_api, "POST", "/previous")["item"]["uri"] == tracks[3]
    assert _player(new_api, "PUT", "/seek", position_ms=1234)["progress_ms"] == 1234
    assert _player(new_api, "PUT", "/seek", position_ms=99_999_999)["item"]["uri"] == tracks[4]
    assert _player(new_api, "PUT", "/volume", volume_percent=7)["device"]["volume_percent"] == 7
    assert _player(new_api, "PUT", "/repeat", state="context")["repeat_state"] == "context"
    assert _player(new_api, "PUT", "/shuffle", state="true")["shuffle_state"]
    _player(new_api, "POST", "/queue", uri=_URIS[0])
    assert new_api.get("/me/player/queue")["queue"][0]["uri"] == _URIS[0]
    assert _player(new_api, "POST", "/next")["item"]["uri"] == _URIS[0]
    assert (
        _player(new_api, "PUT", "/play", json={"uris": _URIS, "offset": {"uri": _URIS[2]}})["context"] is None
    )
    assert (
        _player(new_api, "PUT", "/play", json={"context_uri": f"spotify:show:{SHOW}"})[
            "currently_playing_type"
        ]
        == "episode"
    )
    other = new_api.get("/me/player/devices")["devices"][1]
    assert (
        _player(new_api, "PUT", "", json={"device_ids": [other["id"]], "play": True})["device"]["id"]
        == other["id"]
    )


_COMMANDS = [
    ("PUT", "/play", {}),
    ("PUT", "/pause", {}),
    ("POST", "/next", {}),
    ("POST", "/previous", {}),
    ("PUT", "/seek", {"position_ms": 1}),
    ("PUT", "/volume", {"volume_percent": 1}),
    ("PUT", "/repeat", {"state": "off"}),
    ("PUT", "/shuffle", {"state": "false"}),
    ("POST", "/queue", {"uri": _URIS[0]}),
]


@pytest.mark.parametrize("command", _COMMANDS, ids=lambda command: command[1])
@pytest.mark.parametrize(
    ("need", "expected"),
    [
        ("no-device", (404, "NO_ACTIVE_DEVICE")),
        ("idle-player", (404, "NO_ACTIVE_DEVICE")),
        ("free-account", (403, "PREMIUM_REQUIRED")),
    ],
)
def test_the_player_refuses(
    new_api: Api, command: tuple[str, str, dict[str, Any]], need: str, expected: tuple[int, str]
) -> None:
    """Without Premium, and without a device, every command is refused with its reason."""
    method, path, query = command
    new_api.sandbox.arrange([need])

    assert new_api.refusal(method, f"/me/player{path}", **query) == expected


def test_a_command_can_wake_a_device(new_api: Api) -> None:
    """With nothing active, a command that names a device makes it the active one; an unknown one is 404."""
    new_api.sandbox.arrange(["idle-player"])
    device = new_api.get("/me/player/devices")["devices"][1]["id"]

    state = _player(new_api, "PUT", "/play", device_id=device, json={"uris": _URIS})

    assert (state["device"]["id"], state["item"]["uri"]) == (device, _URIS[0])
    assert new_api.refusal("PUT", "/me/player/play", device_id="nothing") == (404, "Device not found")
    assert new_api.refusal("PUT", "/me/player", json={"device_ids": ["nothing"]}) == (404, "Device not found")


@pytest.mark.parametrize(
    ("method", "command", "rest", "message"),
    [
        ("PUT", "/seek", {}, "Missing required field: position_ms"),
        ("PUT", "/volume", {"volume_percent": 101}, "Invalid volume_percent"),
        ("PUT", "/repeat", {"state": "all"}, "Invalid state"),
        ("POST", "/queue", {"uri": "spotify:album:x"}, "Invalid track uri: spotify:album:x"),
        ("PUT", "/play", {"json": {"context_uri": "spotify:album:x"}}, "Invalid context uri"),
        ("PUT", "/play", {"json": {"uris": _URIS, "offset": {"position": 9}}}, "Invalid offset"),
        ("PUT", "", {"json": {"device_ids": []}}, "Missing required field: device_ids"),
    ],
)
def test_bad_commands_are_refused(
    new_api: Api, method: str, command: str, rest: dict[str, Any], message: str
) -> None:
    """Parameters out of range, and what cannot be played, are 400."""
    assert new_api.refusal(method, f"/me/player{command}", **rest) == (400, message)
