"""Drift: which differences between responses are told, how bad they are, and which are only content."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.drift import compare
from pytest_spotify.drift.difference import Difference, Recorded
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request, Response
from tests.support.sign_in import ROOT

EXTENDED = bundled("extended")
CASES = {
    "albums/get-an-album/album": "",
    "albums/get-an-albums-tracks/tracks": "/items/*",
    "artists/get-an-artist/artist": "",
    "artists/get-an-artists-albums/albums": "/items/*",
    "audiobooks/get-an-audiobook/audiobook": "",
    "episodes/get-an-episode/episode": "",
    "player/get-queue/queue": "/queue/*",
    "playlists/get-playlist/own": "",
    "search/search/artists": "/artists/items/*",
    "shows/get-a-show/show": "",
    "tracks/get-track/track": "",
    "users/get-current-users-profile/profile": "",
}


@cache
def _exchange(name: str) -> Exchange:
    return load(ROOT / "cassettes/extended" / f"{name}.yaml").exchanges[-1]


def _changed(exchange: Exchange, place: str, change: Callable[[dict[str, Any]], object]) -> Exchange:
    """Return an exchange whose objects at a place are changed."""
    body = json.loads(exchange.response.body)
    objects = [body]
    for part in place.split("/")[1:]:
        objects = [each for one in objects for each in (one if part == "*" else [one[part]])]
    for each in objects:
        change(each)
    return replace(exchange, response=replace(exchange.response, body=json.dumps(body).encode()))


def _compare(before: Exchange, after: Exchange) -> list[Difference]:
    return compare([Recorded(before, "2026-11-21")], [after], EXTENDED)


def _told(before: Exchange, after: Exchange) -> list[tuple[str, str, str]]:
    return [(each.pointer, each.change, each.severity) for each in _compare(before, after)]


CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str, str, str]] = {
    "removed": (lambda thing: thing.pop("uri"), "/uri", "removed", "breaking"),
    "renamed": (lambda thing: thing.update(address=thing.pop("uri")), "/uri", "renamed", "breaking"),
    "null": (lambda thing: thing.update(uri=None), "/uri", "null", "breaking"),
    "type": (lambda thing: thing.update(uri=7), "/uri", "type", "breaking"),
    "form": (lambda thing: thing.update(uri=f"spotify/{thing['id']}"), "/uri", "form", "breaking"),
    "added": (lambda thing: thing.update(mood="calm"), "/mood", "added", "additive"),
}


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("name", CASES)
def test_a_change_is_found_with_its_severity(name: str, kind: str):
    """A field that goes, comes, gets a new name, type or form, or is null is told, and nothing else is."""
    change, pointer, told, severity = CHANGES[kind]
    before = _exchange(name)
    after = _changed(before, CASES[name], change)
    found = _told(before, after)
    assert (CASES[name] + pointer, told, severity) in found
    assert {place for place, _, _ in found} == {CASES[name] + pointer}


@pytest.mark.parametrize("name", CASES)
def test_no_change_is_told_of_equal_responses(name: str):
    """The same response twice is no drift."""
    assert _compare(_exchange(name), _exchange(name)) == []


def test_a_difference_says_all_that_is_known():
    """Its text has operation, pointer, before, after, the day of the recording, and the announcement."""
    after = _exchange("playlists/get-playlist/own")
    before = _changed(after, "", lambda playlist: playlist.pop("items"))
    (difference,) = compare([Recorded(before, "2026-01-02")], [after], EXTENDED)
    text = "get-playlist  /items  added: absent -> object; recorded 2026-01-02; announced: "
    assert difference.sentence == text + difference.announced
    assert "February 2026" in difference.announced
    assert difference.source.startswith("https://developer.spotify.com/")


def test_a_field_that_may_be_absent_is_content():
    """A track without a field that it may lack says nothing, unless the same track had it."""
    track = _exchange("tracks/get-track/track")
    restricted = _changed(track, "", lambda body: body.update(restrictions={"reason": "market"}))
    assert _told(restricted, track) == [("/restrictions", "removed", "cosmetic")]
    other = "0000000000000000000001"
    another = _changed(track, "", lambda body: body.update(id=other, uri=f"spotify:track:{other}"))
    request = replace(track.request, url=f"{API_URL}/tracks/{other}")
    assert "/restrictions" not in {
        place for place, _, _ in _told(restricted, replace(another, request=request))
    }


def _page(*items: object) -> Exchange:
    return _answer(json.dumps({"devices": list(items)}).encode())


def _answer(body: bytes) -> Exchange:
    headers = Headers({"Content-Type": "application/json"})
    return Exchange(
        request=Request(method="GET", url=f"{API_URL}/me/player/devices"),
        response=Response(status=200, headers=headers, body=body),
    )


DEVICE = {
    "id": "ed01a3ca8def0a1772eab7be6c4b0bb37b06163e",
    "is_active": True,
    "is_private_session": False,
    "is_restricted": False,
    "name": "phone",
    "supports_volume": True,
    "type": "Smartphone",
    "volume_percent": 50,
}


def test_an_empty_list_says_nothing_of_its_items():
    """A list that is empty on either side is no drift."""
    assert _told(_page(DEVICE), _page()) == []
    assert _told(_page(), _page(DEVICE)) == []


def test_one_null_among_many_is_content_and_all_null_is_not():
    """A field that may be null is told once all of several are, with how many of how many."""
    without = {**DEVICE, "volume_percent": None}
    assert _told(_page(*[DEVICE] * 4), _page(*[DEVICE] * 3, without)) == []
    (difference,) = _compare(_page(*[DEVICE] * 4), _page(*[without] * 4))
    assert (difference.change, difference.after, difference.severity) == (
        "null",
        "null in 4 of 4",
        "cosmetic",
    )


def test_objects_of_another_type_are_not_compared():
    """A queue that held tracks and holds episodes now has not drifted."""
    queue = _exchange("player/get-queue/queue")
    episode = json.loads(_exchange("episodes/get-an-episode/episode").response.body)
    body = {**json.loads(queue.response.body), "queue": [episode] * 3}
    after = replace(queue, response=replace(queue.response, body=json.dumps(body).encode()))
    assert not [place for place, _, _ in _told(queue, after) if place.startswith("/queue")]


HTML = Headers({"Content-Type": "text/html"})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": 404, "body": b"{}"}, ("status", "200", "404", "breaking")),
        (
            {"headers": Headers({"Content-Type": "text/html"})},
            ("media type", "application/json", "text/html", "breaking"),
        ),
        ({"body": b"<p>no</p>"}, ("value", "JSON", "", "breaking")),
    ],
    ids=["status", "media type", "no JSON"],
)
def test_a_response_that_changes_as_a_whole(changes: dict[str, Any], told: tuple[str, str, str, str]):
    """Another status, another media type and a body that is no JSON are told as such."""
    before = _exchange("tracks/get-track/track")
    after = replace(before, response=replace(before.response, **changes))
    change, was, now, severity = told
    (difference,) = [each for each in _compare(before, after) if each.change == change]
    assert (difference.before, difference.severity) == (was, severity)
    assert now in difference.after


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_no_drift(status: int):
    """Limits and failures of the service say nothing of the API."""
    before = _exchange("tracks/get-track/track")
    assert _compare(before, replace(before, response=Response(status=status))) == []


def test_a_replaced_operation_is_compared_with_its_successor():
    """What development apps call `items` and `item` is told as the new name of `tracks` and `track`."""
    before = _exchange("playlists/get-playlists-tracks/tracks")
    before = _changed(before, "/items/*", lambda entry: entry.pop("item"))  # as it was until 2026
    after = load(ROOT / "cassettes/development/playlists/get-playlists-items/items.yaml").exchanges[-1]
    differences = compare([Recorded(before)], [after], bundled("development"))
    assert ("/items/*/track", "renamed", "item") in {
        (each.pointer, each.change, each.after) for each in differences
    }
    assert all("February 2026" in each.announced for each in differences if each.change == "renamed")


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("5190", "5190.0", True),
        ("0.5", "5190.0", True),
        ("5190.0", "5190", False),
        ("5190.0", "8.1E1", False),
        ("1", "0.5", False),
    ],
)
def test_whole_numbers_that_became_fractions(before: str, now: str, told: bool):
    """A number that was not recorded as 5190.0 and is now is drift: typed clients break on it."""
    old, new = (_answer(b'{"devices": [{"x": %s}]}' % number.encode()) for number in (before, now))
    assert (("/devices/*/x", "type") in {(place, change) for place, change, _ in _told(old, new)}) is told
