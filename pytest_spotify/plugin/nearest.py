"""What somebody may have meant by a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(name: str, known: Iterable[str], form: str = "{}") -> str:
    """Return the end of a refusal, with the nearest known name in a form; empty where none is near."""
    nearest = get_close_matches(name, list(known), n=1)
    return f"; did you mean {form.format(nearest[0])}?" if nearest else ""
