"""What a consistency rule is, and the rule of identity: the fields of an object agree on what it is.

`id`, `type`, `uri`, `href` and `external_urls.spotify` each name a kind, an id, or both. Each is held against
what most of them name, so that one wrong field is one violation. Spotify names chapters episodes, and
audiobooks shows, in URIs and in addresses of its player, so they count as the same kind here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from pytest_spotify.contracts.messages import shorten_value

Object = dict[str, Any]


class Finding(NamedTuple):
    """A rule that an object breaks. `field` is a JSON pointer from the object on."""

    rule: str
    field: str
    expected: str
    actual: str


# A function for one or more rules. It gets an object and the object's own pointer, to name the field that it
# compares with.
Rule = Callable[[Object, str], Iterator[Finding]]


def whole(value: Any) -> int | None:
    """Return a whole number, even where it is written with a fraction (`20.0`); None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else None


_Identity = tuple[str | None, str | None]  # kind and id, each None where the field does not say it

_KINDS = frozenset({"track", "album", "artist", "playlist", "user", "show", "episode"})
_TYPES = {kind: kind for kind in _KINDS} | {
    "chapter": "episode",
    "audiobook": "show",
    "audio_features": "track",
}
_COLLECTIONS = {f"{kind}s": kind for kind in _KINDS} | {
    "chapters": "episode",
    "audiobooks": "show",
    "categories": "category",
}
_PLAYER = "https://open.spotify.com/"
_API = "https://api.spotify.com/v1/"
_URL = "/external_urls/spotify"
_FIELDS = {"/id": "id", "/type": "type", "/uri": "uri", "/href": "href", _URL: "external-url"}
RULES = (*_FIELDS.values(), "linked-from")


def identities(thing: Object) -> dict[str, _Identity]:
    """Return kind and id that each field of an object names, by the field's JSON pointer."""
    urls = thing.get("external_urls")
    url = urls.get("spotify") if isinstance(urls, dict) else None
    kind, name = thing.get("type"), thing.get("id")
    found = {
        "/id": (None, name if isinstance(name, str) else None),
        "/type": (_TYPES.get(kind) if isinstance(kind, str) else None, None),
        "/uri": _of_uri(thing.get("uri")),
        "/href": _of_url(thing.get("href"), _API, _COLLECTIONS),
        _URL: _of_url(url, _PLAYER, _TYPES),
    }
    if kind == "show" and found[_URL][0] == "album":
        # The show that stands as the album of an episode in a playlist has an album's address (rspotify#525).
        found[_URL] = "show", found[_URL][1]
    return {field: identity for field, identity in found.items() if identity != (None, None)}


def same_identity(thing: Object, at: str) -> Iterator[Finding]:
    """Every field names the kind and the id that most fields of its object name."""
    found = identities(thing)
    linked = thing.get("linked_from")
    if isinstance(linked, dict):
        yield from _relinked(found.pop(_URL, (None, None))[1], linked.get("id"), thing, at)
    for part, word in enumerate(("kind", "id")):
        named = {field: identity[part] for field, identity in found.items() if identity[part] is not None}
        values = list(named.values())
        agreed = max(values, key=values.count, default=None)
        for field in [field for field, value in named.items() if value != agreed]:
            witness = next(other for other, value in named.items() if value == agreed)
            expected = f"the {word} {shorten_value(agreed)}, which {at}{witness} names"
            yield Finding(_FIELDS[field], field, expected, _text(thing, field))
            del found[field]  # a field that is wrong in both is wrong once


def _relinked(named: str | None, linked_id: Any, thing: Object, at: str) -> Iterator[Finding]:
    """Yield a finding where the address of a relinked track is not that of the requested track.

    https://developer.spotify.com/documentation/web-api/concepts/track-relinking
    """
    if not isinstance(linked_id, str):
        return
    if linked_id == thing.get("id"):
        yield Finding("linked-from", "/linked_from/id", f"another id than {at}/id", shorten_value(linked_id))
    elif named is not None and named != linked_id:
        expected = f"the id {shorten_value(linked_id)}, which {at}/linked_from/id names"
        yield Finding(_FIELDS[_URL], _URL, expected, _text(thing, _URL))


def _of_uri(uri: Any) -> _Identity:
    parts = uri.split(":") if isinstance(uri, str) else []
    if len(parts) < 3 or parts[1] == "local" or parts[-2] not in _KINDS:
        return None, None
    return parts[-2], unquote(parts[-1])


def _of_url(url: Any, start: str, kinds: dict[str, str]) -> _Identity:
    """Return what an address ends in; a playing context's may have `/play_button` or a query behind that."""
    if not isinstance(url, str) or not url.startswith(start):
        return None, None
    parts = url[len(start) :].partition("?")[0].removesuffix("/play_button").split("/")
    kind = kinds.get(parts[-2]) if len(parts) > 1 else None
    return (kind, unquote(parts[-1])) if kind else (None, None)


def _text(thing: Object, field: str) -> str:
    value: Any = thing
    for name in field.split("/")[1:]:
        value = value[name]
    return shorten_value(value)


# What the addresses of an ordinary object start with, each followed by its id: comparing them is quick.
_ORDINARY = {
    "track": ("tracks", "track"),
    "album": ("albums", "album"),
    "artist": ("artists", "artist"),
    "playlist": ("playlists", "playlist"),
    "user": ("users", "user"),
    "show": ("shows", "show"),
    "episode": ("episodes", "episode"),
    "chapter": ("chapters", "episode"),
    "audiobook": ("audiobooks", "show"),
}
PREFIXES = {
    kind: (f"spotify:{named}:", f"{_API}{collection}/", f"{_PLAYER}{named}/")
    for kind, (collection, named) in _ORDINARY.items()
}
