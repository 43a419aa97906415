"""A response body that is parsed once, and only if somebody asks."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pytest_spotify import strict_json


class Body:
    """The bytes of a body and, on demand, the JSON in them."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def parsed(self) -> tuple[Any, str]:
        """Return the value and, where there is none, why."""
        try:
            return strict_json.loads(self.data), ""
        except strict_json.NotStrictJSONError as error:
            return None, str(error)

    def names(self, url: str) -> bool:
        """Say whether the body gives the URL as its own address: then Spotify made it."""
        if url.encode() not in self.data:
            return False
        value, _ = self.parsed
        pages = [value, *value.values()] if isinstance(value, dict) else []
        return any(isinstance(page, dict) and page.get("href") == url for page in pages)
