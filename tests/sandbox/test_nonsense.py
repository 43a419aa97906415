"""Whatever a client sends, the sandbox answers as Spotify would: it refuses, and never breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Sandbox
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.operations import OPERATIONS
from tests.support.sandbox_client import ALBUM, TRACK, UNKNOWN, Api

_VALUES: list[Any] = [None, True, -1, 10**30, "", "x", "²", [], [None], ["x"], [[]], {}, {"x": 1}, [TRACK]]
_VALUES += [[UNKNOWN], ["spotify:local:x"], [{"uri": "spotify:local:x"}], "\ud800", ["\ud800"]]
_FIELDS = [
    "ids",
    "uris",
    "tracks",
    "items",
    "timestamped_ids",
    "position",
    "range_start",
    "insert_before",
    "range_length",
    "snapshot_id",
    "name",
    "description",
    "public",
    "collaborative",
    "device_ids",
    "play",
    "context_uri",
    "offset",
    "position_ms",
]
_QUERY = [
    "ids",
    "uris",
    "uri",
    "limit",
    "offset",
    "market",
    "fields",
    "additional_types",
    "after",
    "before",
    "type",
    "time_range",
    "q",
    "include_groups",
    "position",
    "position_ms",
    "volume_percent",
    "state",
    "device_id",
    "seed_tracks",
    "include_external",
    "locale",
]
_NUMBERS = (
    "limit",
    "offset",
    "position",
    "position_ms",
    "volume_percent",
    "after",
    "before",
    "market",
    "fields",
)
_READS = [
    "/me",
    "/me/playlists",
    "/me/tracks",
    "/me/following?type=artist",
    "/me/player?additional_types=track,episode",
    "/me/player/queue",
    "/me/player/recently-played",
]
_BODIES = [b"{", b"null", b"[]", b'"x"', b"1e999", b"\xff\xfe", b"[" * 5000]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Sandbox("extended") as sandbox, Api(sandbox) as opened:
        yield opened


@pytest.mark.parametrize(
    "operation",
    [
        pytest.param(operation, marks=[pytest.mark.slow] if number % 7 else [], id=operation.name)
        for number, operation in enumerate(OPERATIONS)
    ],
)
def test_nonsense_is_refused_and_breaks_nothing(api: Api, operation: Any) -> None:
    """No body and no parameter brings forth anything but an answer of the Web API, then or later."""
    mine = spotify_id("playlist", "sandbox-listener", "Short list")
    path = operation.path.format(id=ALBUM, playlist_id=mine, user_id="ü", category_id="ü", type="artists")
    stamped = [
        [{"id": TRACK, "added_at": at}] for at in (1, "x", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z")
    ]
    bodies = [*_BODIES, *(json.dumps(dict.fromkeys(_FIELDS, value)).encode() for value in _VALUES)]
    bodies += [json.dumps({"timestamped_ids": rows + stamped[2]}).encode() for rows in stamped]
    queries = [
        dict.fromkeys(_QUERY, value)
        for value in ("", "x", "-1", "²", "9" * 40, ",", "spotify:user:", "a:b", UNKNOWN)
    ]

    for body in bodies if operation.method != "GET" else []:
        response = api.call(operation.method, path, data=body)
        assert response.status_code < 500, (body, response.text)
    for query in [*queries, *({name: "²"} for name in _NUMBERS)]:
        response = api.call(operation.method, path, **query)
        assert response.status_code < 500, (query, response.text)
    for read in [*_READS, f"/playlists/{mine}", f"/playlists/{mine}/items"]:
        assert api.call("GET", read).status_code in (200, 204), read


@pytest.mark.parametrize("fields", ["items(" * 5000, "items(" * 5000 + "item" + ")" * 5000])
def test_fields_of_any_depth_are_refused(api: Api, fields: str) -> None:
    """Parentheses deeper than any answer are 400."""
    mine = spotify_id("playlist", "sandbox-listener", "Short list")
    assert api.refusal("GET", f"/playlists/{mine}", fields=fields) == (400, "Invalid fields param")


def test_a_long_query_holds_nobody_up(api: Api) -> None:
    """A search for a word of 50,000 letters is answered in time that grows with its length alone."""
    assert api.get("/search", q="x" * 50_000, type="track")["tracks"]["items"] == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/playlists/{mine}", "x"),
        ("PUT", "/playlists/{mine}", []),
        ("PUT", "/playlists/{mine}/followers", {"public": "x"}),
        ("POST", "/playlists/{mine}/items", 5),
        ("PUT", "/playlists/{mine}/items", "x"),
        ("DELETE", "/playlists/{mine}/items", []),
        ("POST", "/me/playlists", []),
        ("PUT", "/me/tracks", {"ids": [1, UNKNOWN]}),
        ("DELETE", "/me/tracks", {"ids": [TRACK, None]}),
        ("PUT", "/me/tracks", {"timestamped_ids": [{"id": TRACK, "added_at": "2020-01-01"}]}),
        ("PUT", "/me/player/play", []),
        ("PUT", "/me/player/play", {"position_ms": True}),
        ("PUT", "/me/player/play", {"position_ms": -1}),
        ("PUT", "/me/player/play", {"uris": "x"}),
        ("PUT", "/me/player/play", {"context_uri": f"spotify:album:{ALBUM}", "offset": []}),
        ("PUT", "/me/player/play", {"context_uri": f"spotify:album:{ALBUM}", "offset": {"position": True}}),
        ("PUT", "/me/player", {"device_ids": ["x"], "play": "yes"}),
    ],
)
def test_bodies_of_another_type_are_refused(api: Api, method: str, path: str, body: Any) -> None:
    """JSON of another type than documented is 400 and changes nothing, whole or in part."""
    api.sandbox.reset()
    mine = spotify_id("playlist", "sandbox-listener", "Short list")
    reads = ["/me/playlists", "/me/tracks", "/me/player", f"/playlists/{mine}"]
    before = [api.get(read) for read in reads]

    assert api.call(method, path.format(mine=mine), json=body).status_code == 400
    assert [api.get(read) for read in reads] == before
