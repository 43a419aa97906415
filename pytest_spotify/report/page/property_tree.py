"""The properties of an object as a tree, each with how often it was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Property:
    """A property with how often it and each value of its enum was seen, and the properties of its value.

    Those of a list are the properties of its items.
    """

    name: str
    seen: int = 0
    is_list: bool = False
    values: dict[str, int] = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTree:
    """An object: its properties, and how many of its properties and enum values were seen."""

    name: str
    properties: Mapping[str, Property]
    seen: int
    known: int

    @property
    def unseen(self) -> int:
        """Return how many were never seen."""
        return self.known - self.seen


def object_tree(name: str, places: Mapping[str, int]) -> ObjectTree:
    """Return the tree of pointers such as `/external_ids/isrc`, and of values such as `/type=track`."""
    root = Property(name=name)
    for place, seen in sorted(places.items()):
        pointer, is_value, value = place.partition("=")
        node = root
        for part in pointer.split("/")[1:]:
            if part == "*" and node is not root:
                node.is_list = True
            else:
                node = node.properties.setdefault(part, Property(name=part))
        if is_value:
            node.values[value] = seen
        else:
            node.seen = seen
    return ObjectTree(
        name=name,
        properties=root.properties,
        seen=sum(bool(seen) for seen in places.values()),
        known=len(places),
    )
