"""The `fields` parameter of playlists."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_spotify.sandbox.call import ApiError
from pytest_spotify.sandbox.fields import select

_BODY: dict[str, Any] = {
    "name": "A list",
    "owner": {"id": "ada", "type": "user"},
    "tracks": {
        "total": 1,
        "items": [{"added_at": "now", "track": {"name": "A", "album": {"id": "1", "images": []}}}],
    },
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("name", {"name": "A list"}),
        ("name,owner.id", {"name": "A list", "owner": {"id": "ada"}}),
        ("tracks.items(added_at)", {"tracks": {"items": [{"added_at": "now"}]}}),
        (
            "tracks.items.track(name,album.id)",
            {"tracks": {"items": [{"track": {"name": "A", "album": {"id": "1"}}}]}},
        ),
        ("owner(!id)", {"owner": {"type": "user"}}),
        ("!tracks,!owner", {"name": "A list"}),
        ("tracks(items(track(album(!images))))", {"tracks": {"items": [{"track": {"album": {"id": "1"}}}]}}),
        ("absent", {}),
    ],
)
def test_fields_select(fields: str, expected: object) -> None:
    """Commas part names, dots and parentheses lead inside, an exclamation mark leaves out."""
    assert expected == select(_BODY, fields)


@pytest.mark.parametrize("fields", ["", "name,", "tracks(items", "tracks)", "a..b", "()"])
def test_malformed_fields_are_refused(fields: str) -> None:
    """A text that cannot be read is a 400, never a guess."""
    with pytest.raises(ApiError) as refused:
        select(_BODY, fields)

    assert refused.value.status == 400
