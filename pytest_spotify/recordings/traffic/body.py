"""A response body alone, as projects keep them for their mocks."""

from __future__ import annotations

from pathlib import Path

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.formats import strict_json


def read_body(path: Path) -> bytes:
    """Return the bytes of a file of strict JSON; raises UnreadableTraffic for any other file."""
    try:
        data = path.read_bytes()
        strict_json.loads(data)
    except OSError as error:
        raise UnreadableTraffic(f"{path}: cannot be read: {error.strerror or error}") from None
    except strict_json.NotStrictJSONError as error:
        raise UnreadableTraffic(f"{path}: not JSON: {error}") from None
    return data
