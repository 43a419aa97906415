"""One HTTP request and its response, from any source, and when two URLs are equal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

API_URL = "https://api.spotify.com/v1"
ACCOUNTS_URL = "https://accounts.spotify.com"
NOT_MODIFIED = 304
_PORTS = {"https": 443, "http": 80}
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_.~/:@!$&'()*+,;=-]*")  # written in the one way already, as most are


def split_url(url: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the address and the sorted query of a URL; equal URLs have equal ones, however they are written.

    Compared as RFC 3986 section 6.2.2 and 6.2.3 say: the case of scheme and host, the scheme's own port and
    what is percent-encoded without need make no difference, nor does a slash at the end of the path, which
    some clients send. Encoded slashes stay encoded (section 2.2). Raises ValueError for what is no URL.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    try:
        port = parts.port
    except ValueError:
        port = None
    shown = f":{port}" if port and port != _PORTS.get(parts.scheme) else ""
    path = parts.path.rstrip("/")
    if not _PLAIN_PATH.fullmatch(path):
        path = "/".join(quote(unquote(part), safe=":@!$&'()*+,;=") for part in path.split("/"))
    query = tuple(sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{parts.scheme}://{host}{shown}{path}", query


def normalized_url(url: str) -> str:
    """Return the one way to write a URL, for comparison; what is no URL stays as it is."""
    try:
        address, query = split_url(url)
    except ValueError:
        return url
    return f"{address}?{urlencode(query)}" if query else address


class Headers:
    """Header fields in the order they came; names are compared without case (RFC 9110 section 5.1).

    Empty headers are false. The `repr` shows names only: values may be secrets.
    """

    __slots__ = ("_pairs",)

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        self._pairs = tuple((str(name), str(value)) for name, value in pairs)

    def get(self, name: str, default: str = "") -> str:
        """Return the values of a field, joined by a comma, or the default if it is absent."""
        return ", ".join(self.all(name)) or default

    def all(self, name: str) -> list[str]:
        """Return each value of a field."""
        return [value for key, value in self._pairs if key.lower() == name.lower()]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __hash__(self) -> int:
        return hash(self._pairs)

    def __repr__(self) -> str:
        return f"Headers({', '.join(name for name, _ in self._pairs)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it was sent. `url` is absolute, with its query; `body` is the bytes without any encoding.

    `is_body_recorded` is false if a recorder dropped the body: an empty one says nothing then.
    """

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)
    is_body_recorded: bool = True

    @property
    def title(self) -> str:
        """Return method and URL without the query, which may hold secrets: how messages name a request."""
        return f"{self.method} {self.url.partition('?')[0]}"

    @property
    def condition(self) -> tuple[frozenset[str], str]:
        """Return the entity tags and the date on which a 304 may answer (RFC 9110 section 13.1).

        Tags are compared weakly (section 13.1.2), so a `W/` is left out. Both are empty without a condition.
        """
        tags = self.headers.get("If-None-Match").split(",")
        known = frozenset(tag.strip().removeprefix("W/") for tag in tags if tag.strip())
        return known, "" if known else self.headers.get("If-Modified-Since").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as it was received. `body` is decoded: no gzip, br, zstd or deflate is left in it.

    `are_headers_recorded` is false if a recorder dropped the header fields, the media type with them.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)
    are_headers_recorded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its response, under Spotify's own URLs whichever target they were exchanged with."""

    request: Request
    response: Response


def body_bytes(body: Any) -> bytes:
    """Return a request body as HTTP clients allow it: bytes, text, a file, an iterable of such, or None."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if hasattr(body, "read"):
        return body_bytes(body.read())
    return b"".join(body_bytes(part) for part in body)
