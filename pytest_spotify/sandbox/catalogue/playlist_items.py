"""What the items of a playlist are called in a catalogue document, and the URIs that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_spotify.errors import did_you_mean
from pytest_spotify.sandbox.catalogue.place import Place
from pytest_spotify.sandbox.entities import Episode, Track, split_uri


class PlaylistItems:
    """All tracks and episodes, by id and by name. `before` are the ids that earlier documents brought."""

    def __init__(
        self, tracks: Mapping[str, Track], episodes: Mapping[str, Episode], before: set[str]
    ) -> None:
        self._known: dict[str, Mapping[str, Track | Episode]] = {"track": tracks, "episode": episodes}
        self._ids = {kind: _ids_by_name(known, before) for kind, known in self._known.items()}

    def uri(self, place: Place, item: str) -> str | None:
        """Return the URI of an item, None for a ghost; InvalidCatalogue if it names nothing."""
        kind, rest = split_uri(item)
        if item == "null":
            return None
        if kind == "local" and rest.count(":") == 3 and rest.rpartition(":")[2].isdecimal():
            return f"spotify:local:{rest.replace(' ', '+')}"
        if kind not in self._known:
            expected = "expected track:NAME, episode:NAME, spotify:track:ID, local:ARTIST:ALBUM:NAME:SECONDS"
            raise place.error(f"{expected} or null, found {item!r}")
        id_ = rest if item.startswith("spotify:") else self._ids[kind].get(rest)
        if id_ is None or id_ not in self._known[kind]:
            raise place.error(f"there is no {kind} {rest!r}{did_you_mean(rest, self._ids[kind])}")
        return f"spotify:{kind}:{id_}"


def _ids_by_name(known: Mapping[str, Track | Episode], before: set[str]) -> dict[str, str]:
    """Return ids by name: of several of a name the first that the document itself has, else the first."""
    ids: dict[str, str] = {}
    for own in (True, False):
        for id_, each in known.items():
            if (id_ not in before) is own:
                ids.setdefault(each.name, id_)
    return ids
