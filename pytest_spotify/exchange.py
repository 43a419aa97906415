"""One HTTP request and its response, from any source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

API_URL = "https://api.spotify.com/v1"
ACCOUNTS_URL = "https://accounts.spotify.com"


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
