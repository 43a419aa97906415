"""What the player refuses because of what it is doing, as `actions.disallows` says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import ALBUM, TRACK, Api

_REFUSED = (403, "UNKNOWN")


@pytest.fixture
def api() -> Iterator[Api]:
    """Somebody for whom a track plays."""
    with Sandbox() as sandbox, Api(sandbox) as opened:
        yield opened


def _disallowed(api: Api) -> dict[str, bool]:
    disallows: dict[str, bool] = api.get("/me/player")["actions"]["disallows"]
    return disallows


def test_what_plays_cannot_be_resumed_and_what_does_not_cannot_be_paused(api: Api) -> None:
    """Resuming twice and pausing twice are 403 `Restriction violated`, and the state says so beforehand."""
    assert _disallowed(api) == {"resuming": True}
    assert api.refusal("PUT", "/me/player/play") == _REFUSED
    assert api.call("PUT", "/me/player/pause").status_code == 204

    assert _disallowed(api) == {"pausing": True}
    assert api.refusal("PUT", "/me/player/pause") == _REFUSED
    assert api.call("PUT", "/me/player/play").status_code == 204
    assert _disallowed(api) == {"resuming": True}


@pytest.mark.parametrize(
    "body", [{"uris": [f"spotify:track:{TRACK}"]}, {"context_uri": f"spotify:album:{ALBUM}"}]
)
def test_something_else_can_be_played_at_any_time(api: Api, body: dict[str, Any]) -> None:
    """A request that says what to play is done while something plays."""
    assert api.call("PUT", "/me/player/play", json=body).status_code == 204


@pytest.mark.parametrize("uri", ["spotify:track:0000000000000000000000", 7, ["x"]])
def test_an_offset_outside_the_context_is_refused(api: Api, uri: object) -> None:
    """An `offset.uri` that the context does not hold is 400, and what plays goes on."""
    before = api.get("/me/player")["item"]
    body = {"context_uri": f"spotify:album:{ALBUM}", "offset": {"uri": uri}}

    assert api.refusal("PUT", "/me/player/play", json=body) == (400, "Invalid offset")
    assert api.get("/me/player")["item"] == before
