"""Page arithmetic: what a schema cannot say of Spotify's pages.

Measured on 166 recorded pages of 2020 to 2026. `limit` and `offset` may be missing from `href` (they have
their default then), and `limit` is 0 on some empty pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_spotify.check.consistency_rules import Finding, Object, whole

RULES = ("page-size", "page-total", "page-href", "page-previous", "page-next", "page-step", "page-short")
_QUERY_NUMBER = {name: re.compile(rf"[?&]{name}=([0-9]{{1,18}})(?=&|$)") for name in ("limit", "offset")}


def page_size(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if a page has more items than its limit."""
    limit = whole(page.get("limit"))
    count = _count(page)
    if limit is not None and count > limit:
        yield Finding("page-size", "/items", f"at most {limit} items, as {at}/limit is", f"{count}")


def page_total(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if the last item of a page is beyond the total."""
    offset, total = whole(page.get("offset")) or 0, whole(page.get("total"))
    count = _count(page)
    if total is not None and count and offset + count > total:
        behind = f" behind {at}/offset {offset}" if offset else ""
        expected = f"at most {max(0, total - offset)} items{behind}, as {at}/total is {total}"
        yield Finding("page-total", "/items", expected, f"{count}")


def page_href(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if a page's own address has another limit or offset than the page."""
    for name in ("limit", "offset"):
        value, sent = whole(page.get(name)), _number_in(page.get("href"), name)
        empty = name == "limit" and value == 0 and not _count(page)
        if value is not None and sent is not None and value != sent and not empty:
            yield Finding("page-href", f"/{name}", f"{sent}, as the query of {at}/href has it", f"{value}")


def page_previous(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding unless there is a previous page exactly if the offset is not 0."""
    offset = whole(page.get("offset"))
    if offset is None or "previous" not in page or (page["previous"] is None) == (offset == 0):
        return
    expected, actual = ("null", "a link") if offset == 0 else ("a link", "null")
    yield Finding("page-previous", "/previous", f"{expected}, as {at}/offset is {offset}", actual)


def page_next(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding unless there is a next page exactly while offset and limit do not reach the total."""
    limit, offset, total = (whole(page.get(name)) for name in ("limit", "offset", "total"))
    if not limit or offset is None or total is None or "next" not in page:
        return
    ends = offset + limit >= total
    if ends == (page["next"] is None):
        return
    expected, reach, actual = ("null", "reach", "a link") if ends else ("a link", "do not reach", "null")
    sum_ = f"{at}/offset {offset} and {at}/limit {limit} {reach} {at}/total {total}"
    yield Finding("page-next", "/next", f"{expected}, as {sum_}", actual)


def page_step(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding unless the next page starts where this one ends, and is as long."""
    limit, offset = whole(page.get("limit")), whole(page.get("offset"))
    if not limit or offset is None:
        return
    for name, expected, reason in (
        ("offset", offset + limit, f"{at}/offset {offset} and {at}/limit {limit} come to"),
        ("limit", limit, f"{at}/limit is"),
    ):
        sent = _number_in(page.get("next"), name)
        if sent is not None and sent != expected:
            link = f"a link with {name}={expected}, as {reason}"
            yield Finding("page-step", "/next", link, f"one with {name}={sent}")


def page_short(page: Object, at: str) -> Iterator[Finding]:
    """Yield a finding if a page in mid-list is short: reported (rspotify#492), never recorded."""
    limit, offset, total = (whole(page.get(name)) for name in ("limit", "offset", "total"))
    if limit is None or offset is None or total is None or page.get("next") is None:
        return
    if offset + limit < total and _count(page) < limit:
        expected = f"{limit} items, as {at}/limit is and {at}/next says that more follow"
        yield Finding("page-short", "/items", expected, f"{_count(page)}")


def _count(page: Object) -> int:
    items = page.get("items")
    return len(items) if isinstance(items, list) else 0


def _number_in(url: object, name: str) -> int | None:
    """Return a number in an address's query, or None."""
    found = _QUERY_NUMBER[name].findall(url) if isinstance(url, str) else []
    return int(found[-1]) if found else None
