"""Pages: offsets, cursors, and the links between them. Knows the call, nothing of what is listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pytest_spotify.sandbox.call import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The greatest and the usual number of items on a page."""

    most: int = 50
    usual: int = 20


ORDINARY = Limits()
_DEVELOPMENT = Limits(most=10, usual=5)  # since February 2026 (spotipy-dev/spotipy#1231)


def reduced_limits(call: Call) -> Limits:
    """Return the limits of the operations that give apps in development mode shorter pages."""
    return _DEVELOPMENT if call.development else ORDINARY


def limit_of(call: Call, limits: Limits = ORDINARY) -> int:
    """Return how many items are asked for; 400 where it is not between 1 and the greatest."""
    return call.number("limit", limits.usual, low=1, high=limits.most)


def page(
    call: Call,
    rows: Sequence[T],
    shape: Callable[[T], Any],
    *,
    limits: Limits = ORDINARY,
    path: str | None = None,
    greatest_offset: int = 100_000,
) -> dict[str, Any]:
    """Return the page that the call asks for; its links repeat the other parameters of the call."""
    kept = [(name, value) for name, value in call.query if name not in ("limit", "offset")]
    limit = limit_of(call, limits)
    offset = call.number("offset", 0, low=0, high=greatest_offset)
    return slice_page(call, path or call.path, rows, shape, limit=limit, offset=offset, kept=kept)


def first_page(call: Call, path: str, rows: Sequence[T], shape: Callable[[T], Any]) -> dict[str, Any]:
    """Return the first 50 rows, as they stand within an album, show or audiobook; links repeat the market."""
    kept = [(name, value) for name, value in call.query if name == "market"]
    return slice_page(call, path, rows, shape, limit=50, kept=kept)


def slice_page(
    call: Call,
    path: str,
    rows: Sequence[T],
    shape: Callable[[T], Any],
    *,
    limit: int,
    offset: int = 0,
    kept: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """Return one page of rows, with links to it and its neighbours."""
    total = len(rows)

    def at(start: int) -> str:
        return link(call, path, [("offset", str(start)), ("limit", str(limit)), *kept])

    return {
        "href": at(offset),
        "items": [shape(row) for row in rows[offset : offset + limit]],
        "limit": limit,
        "next": at(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset else None,
        "total": total,
    }


def link(call: Call, path: str, query: Sequence[tuple[str, str]]) -> str:
    """Return an address of this API with a query."""
    text = urlencode(query, quote_via=quote, safe=",:")
    return call.url(quote(path, safe="/%")) + (f"?{text}" if text else "")
