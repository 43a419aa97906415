"""One thing in an exchange that does not fit, and how bad it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from pytest_spotify.contracts.messages import UNEXPECTED, actual_text, expected_text, sentence
from pytest_spotify.contracts.schema import SchemaError

Kind = Literal["breaking", "request", "additive", "unknown"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # worst first
FAILING: frozenset[Kind] = frozenset({"breaking", "request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What was expected and what was there, in a few words each.

    `pointer` (RFC 6901) points into the response body; where the request is at fault into the
    request, as `/query/NAME`, `/path/NAME` or `/body/...`.
    """

    kind: Kind
    pointer: str
    expected: str
    actual: str
    sentence: str = ""  # where `expected ..., got ...` would not read well

    @property
    def message(self) -> str:
        """Return one short sentence."""
        return self.sentence or f"expected {self.expected}, got {self.actual}"

    def without_values(self) -> Violation:
        """Return the violation without the texts of the exchange, which may be somebody's name or address.

        Numbers, counts and kinds of values stay, and so do the texts that the contract has.
        """
        if self.kind == "unknown":
            hidden = _ID.sub("/...", self.actual)
            return replace(self, actual=hidden, sentence=self.sentence.replace(self.actual, hidden))
        if self.sentence:
            found = UNEXPECTED in self.sentence
            return replace(self, sentence=UNEXPECTED) if found else self
        expected = _TEXT.sub("another text", self.expected) if "(rule " in self.expected else self.expected
        actual = _TEXT.sub("a text", self.actual) if self.actual.startswith('"') else self.actual
        return replace(self, expected=expected, actual=actual)


# As `contracts.messages` writes them: a text in quotes, one that is cut too.
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"?')
# A segment of a path that is no word of an API: an id; and what follows /users, which is a name.
_ID = re.compile(r"(?<=/users)/[^/?]+|/(?!v1/)(?:[0-9A-Za-z]{22}|[^/?]*[^/?a-z-][^/?]*)(?=[/?]|$)")


def worst(violations: Collection[Violation]) -> Kind | Literal["ok"]:
    """Return the worst kind among violations; `ok` where there are none."""
    kinds = {violation.kind for violation in violations}
    return next((kind for kind in KINDS if kind in kinds), "ok")


def failing(violations: Collection[Violation], *, strict: bool = False) -> list[Violation]:
    """Return those that fail a test: `breaking` and `request`, and every kind where `strict`."""
    return [violation for violation in violations if strict or violation.kind in FAILING]


def with_refusals(violations: Sequence[Violation], status: int) -> Sequence[Violation]:
    """Return the violations; a request that no contract knows is at fault if the Web API refused it.

    A 401 is about the token, a 429 about the rate: the operation may exist.
    """
    if 400 <= status < 500 and status not in (401, 429):
        return [replace(each, kind="request") if each.kind == "unknown" else each for each in violations]
    return violations


def violation_from_schema_error(kind: Kind, error: SchemaError, *, within: str = "") -> Violation:
    """Return a schema fault as a violation of that kind, or `additive`.

    An unknown field is additive wherever it stands; an unknown enum value is only where Spotify sent
    it, not where the request did (`within` the request).
    """
    unknown_value = error.keyword == "enum" and isinstance(error.instance, str) and not within
    return Violation(
        kind="additive" if error.keyword == "additionalProperties" or unknown_value else kind,
        pointer=within + error.location,
        expected=expected_text(error),
        actual=actual_text(error),
        sentence=sentence(error),
    )
