"""A difference between responses and earlier ones, as a value with an id that is the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal, NamedTuple, get_args

from pytest_spotify.drift.comparison import Change
from pytest_spotify.exchange import Exchange

Severity = Literal["breaking", "additive", "cosmetic"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # worst first


class Recorded(NamedTuple):
    """An earlier exchange and the day it was recorded, as 2026-11-21; empty if that is not known."""

    exchange: Exchange
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which responses to an operation differ from earlier ones.

    `pointer` has `*` for array positions; `object` is the `type` of the object that has the property. `since`
    is the day of the earlier responses. `announced` is the title of the documentation of the change, and
    `source` its address, if they are known.
    """

    operation: str
    pointer: str
    change: Change
    before: str
    after: str
    severity: Severity
    object: str = ""
    since: str = ""
    announced: str = ""
    source: str = ""

    @property
    def id(self) -> str:
        """Return what the same difference has in every run: operation, place and kind of change."""
        return f"{self.operation} {self.pointer or '/'} {self.change.replace(' ', '-')}"

    @property
    def sentence(self) -> str:
        """Return the difference in one line."""
        parts = [
            f"{self.operation}  {self.pointer or '(response)'}  {self.change}: {self.before} -> {self.after}",
            f"recorded {self.since}" if self.since else "",
            f"announced: {self.announced}" if self.announced else "",
        ]
        return "; ".join(part for part in parts if part)

    @classmethod
    def from_json(cls, values: Mapping[str, str]) -> Difference:
        """Return the difference that `to_json` gave."""
        return cls(**{name: value for name, value in values.items() if name != "id"})  # type: ignore[arg-type]

    def to_json(self) -> dict[str, str]:
        """Return plain values, with the id."""
        return {"id": self.id, **asdict(self)}
