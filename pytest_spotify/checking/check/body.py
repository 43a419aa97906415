"""A response body that is parsed once, and only if somebody asks."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from pytest_spotify.formats import strict_json


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

    def is_self_link(self, url: str) -> bool:
        """Say whether the body gives the URL as its own address: then Spotify made it."""
        return url.encode() in self.data and any(page.get("href") == url for page in self._pages())

    def page_links(self) -> set[str]:
        """Return the page links in the body: a client that follows one sends what Spotify wrote."""
        if b'"href"' not in self.data:
            return set()
        found = (page.get(name) for page in self._pages() for name in ("next", "previous", "href"))
        return {link for link in found if isinstance(link, str)}

    def _pages(self) -> list[dict[str, Any]]:
        value, _ = self.parsed
        objects = [value, *value.values()] if isinstance(value, dict) else []
        return [each for each in objects if isinstance(each, dict)]
