"""Entity tags and conditional requests, as RFC 9110 section 13 has them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pytest_spotify.sandbox.conditional import entity_tag, matches
from tests.support.sandbox_client import ALBUM, ARTIST, PLAYLIST, SHOW, Api

_TAG = entity_tag(b"some content")
_CHANGED_SINCE = "Wed, 01 Jan 2025 00:00:00 GMT"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, False),
        ("", False),
        (_TAG, True),
        (f"W/{_TAG}", True),
        (f'"MC-other", {_TAG}', True),
        (f'W/"other",W/{_TAG}', True),
        ("*", True),
        (" * ", True),
        ('"MC-other"', False),
        (_TAG.strip('"'), False),
        (_TAG[:-2], False),
        ('"*"', False),
    ],
)
def test_a_condition_names_a_tag(condition: str | None, expected: bool) -> None:
    """If-None-Match is a list of tags that are compared weakly, or a star for any; a bare word is no tag."""
    assert matches(condition, _TAG) is expected


def _get(api: Api, path: str, **headers: str) -> requests.Response:
    return api.session.get(api.sandbox.api_url + path, headers=headers, timeout=10)


@pytest.mark.parametrize(
    "path",
    [
        f"/albums/{ALBUM}",
        f"/artists/{ARTIST}/albums",
        f"/shows/{SHOW}",
        f"/playlists/{PLAYLIST}",
        "/search?q=love&type=track",
        "/me/playlists",
    ],
)
def test_what_has_not_changed_is_304_without_a_body(development: Api, path: str) -> None:
    """Whoever names the tag of an answer gets 304, no content, and the headers that a cache needs."""
    first = _get(development, path)

    second = _get(development, path, **{"If-None-Match": first.headers["ETag"]})

    assert first.headers["ETag"].startswith('"MC-')
    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")
    assert not {"Content-Type", "Content-Length", "Content-Encoding"} & set(second.headers)
    for name in ("ETag", "Cache-Control", "Vary", "Access-Control-Allow-Origin"):
        assert second.headers[name] == first.headers[name]
    assert second.headers["Date"]


@pytest.mark.parametrize("path", ["/me", "/me/player", "/me/tracks", "/artists/nothing"])
def test_what_is_the_users_own_or_refused_has_no_tag(development: Api, path: str) -> None:
    """Answers about the user alone, and refusals, have no entity tag, and a star changes nothing in them."""
    plain, conditional = _get(development, path), _get(development, path, **{"If-None-Match": "*"})

    assert "ETag" not in plain.headers
    assert plain.headers["Cache-Control"] == "private, max-age=0"
    assert (conditional.status_code, conditional.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If-Modified-Since": _CHANGED_SINCE}, 200),
        ({"If-None-Match": '"MC-other"', "If-Modified-Since": _CHANGED_SINCE}, 200),
        ({"If-None-Match": "*", "If-Modified-Since": _CHANGED_SINCE}, 304),
    ],
)
def test_a_time_is_no_condition_here(development: Api, headers: dict[str, str], status: int) -> None:
    """If-Modified-Since is ignored, as there is no Last-Modified, and never stands against If-None-Match."""
    response = _get(development, f"/albums/{ALBUM}", **headers)

    assert response.status_code == status
    assert "Last-Modified" not in response.headers


def test_a_change_makes_a_new_tag(development: Api) -> None:
    """A playlist that was renamed is sent anew to whoever has the old one."""
    made: Any = development.call("POST", "/me/playlists", json={"name": "before"}).json()
    path = f"/playlists/{made['id']}"
    before = _get(development, path).headers["ETag"]
    development.call("PUT", path, json={"name": "after"})

    after = _get(development, path, **{"If-None-Match": before})

    assert (after.status_code, after.json()["name"]) == (200, "after")
    assert after.headers["ETag"] != before


def test_a_write_is_never_conditional(development: Api) -> None:
    """If-None-Match stands for 304 in reading alone: a write with it is done."""
    made: Any = development.call("POST", "/me/playlists", json={"name": "before"}).json()
    url = f"{development.sandbox.api_url}/playlists/{made['id']}"

    response = development.session.put(
        url, json={"name": "after"}, headers={"If-None-Match": "*"}, timeout=10
    )

    assert response.status_code == 200
    assert development.get(f"/playlists/{made['id']}")["name"] == "after"


def test_a_condition_does_not_pass_the_gate(development: Api) -> None:
    """A request without a token is 401 whatever tag it names (RFC 9110, section 13.2.1)."""
    url = f"{development.sandbox.api_url}/albums/{ALBUM}"

    assert requests.get(url, headers={"If-None-Match": "*"}, timeout=10).status_code == 401
