"""Whatever a client sends, the sandbox answers as Spotify would: it refuses, and never breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox_client import ALBUM, TRACK, Api

from pytest_spotify.sandbox import Sandbox
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.operations import OPERATIONS

_VALUES: list[Any] = [None, True, -1, 10**30, "", "x", "²", [], [None], ["x"], [[]], {}, {"x": 1}, [TRACK]]
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
_BODIES = [b"{", b"null", b"[]", b'"x"', b"1e999", b"\xff\xfe", b"[" * 5000]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Sandbox("extended") as sandbox, Api(sandbox) as opened:
        yield opened


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_nonsense_is_refused_and_breaks_nothing(api: Api, operation: Any) -> None:
    """No body and no parameter brings forth anything but an answer of the Web API."""
    mine = spotify_id("playlist", "sandbox-listener", "Short list")
    path = operation.path.format(id=ALBUM, playlist_id=mine, user_id="ü", category_id="ü", type="artists")
    stamped = [
        [{"id": TRACK, "added_at": at}] for at in (1, "x", "2020-01-01T00:00:00", "2020-01-01T00:00:00Z")
    ]
    bodies = [*_BODIES, *(json.dumps(dict.fromkeys(_FIELDS, value)).encode() for value in _VALUES)]
    bodies += [json.dumps({"timestamped_ids": rows + stamped[2]}).encode() for rows in stamped]
    queries = [
        dict.fromkeys(_QUERY, value) for value in ("", "x", "-1", "²", "9" * 40, ",", "spotify:user:", "a:b")
    ]

    for body in bodies if operation.method != "GET" else []:
        response = api.call(operation.method, path, data=body)
        assert response.status_code < 500, (body, response.text)
    for query in [*queries, *({name: "²"} for name in _NUMBERS)]:
        response = api.call(operation.method, path, **query)
        assert response.status_code < 500, (query, response.text)
