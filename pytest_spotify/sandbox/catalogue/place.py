"""A place in a catalogue document, for the errors that name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pytest_spotify.errors import InvalidCatalogue


@dataclass(frozen=True, slots=True)
class Place:
    """A document and a place in it, like `albums[0].tracks[3]`; the document itself is ""."""

    path: Path
    where: str = ""

    def property(self, name: str) -> Place:
        """Return the place of a property."""
        return Place(self.path, f"{self.where}.{name}" if self.where else name)

    def part(self, name: str, index: int) -> Place:
        """Return the place of a row of a property that is a list."""
        return self.property(f"{name}[{index}]")

    def error(self, message: str) -> InvalidCatalogue:
        """Return an error that names this place."""
        return InvalidCatalogue(self.path, self.where, message)
