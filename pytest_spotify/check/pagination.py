"""Page arithmetic: what a schema cannot say of Spotify's pages.

Measured on 245 recorded pages of 2014 to 2025: never more items than `limit`, and `next` is null
exactly when offset + limit >= total.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def check_pagination(body: Any) -> Iterator[tuple[str, str, str]]:
    """Yield JSON pointer, expectation and finding for the page that a body is, or directly holds."""
    if not isinstance(body, dict):
        return
    yield from _check_page("", body)
    for name, inner in body.items():
        if isinstance(inner, dict):
            yield from _check_page(f"/{name}", inner)


def _check_page(pointer: str, page: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    items = page.get("items")
    limit, offset, total = (_count(page.get(name)) for name in ("limit", "offset", "total"))
    if not isinstance(items, list) or limit is None:
        return
    if len(items) > limit:
        yield f"{pointer}/items", f"at most {limit} items, the page's limit", f"{len(items)}"
    if "next" not in page or offset is None or total is None:
        return
    ends = offset + limit >= total
    if ends and page["next"] is not None:
        yield f"{pointer}/next", f"null: offset {offset} + limit {limit} reach total {total}", "a link"
    if not ends and page["next"] is None:
        yield f"{pointer}/next", f"a link: offset {offset} + limit {limit} do not reach total {total}", "null"


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
