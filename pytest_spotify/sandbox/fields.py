"""The `fields` parameter of playlists: which parts of the answer to keep.

`items(added_at,item(name,album(!images)))`: names are separated by commas, dots and parentheses lead
inside, and `!` leaves a name out. It does not depend on playlists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pytest_spotify.sandbox.call import ApiError

_DEEPEST = 100  # parentheses; no answer has a tenth of it, and each takes a frame of Python's stack


@dataclass(slots=True)
class _Selection:
    """What to keep of an object; nothing named means everything but what is left out."""

    kept: dict[str, _Selection] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


def select(body: Any, fields: str) -> Any:
    """Return the parts of a body that a `fields` text names; 400 where the text cannot be read."""
    if fields.count("(") > _DEEPEST:
        raise ApiError(400, "Invalid fields param")
    selection, rest = _parse(fields.replace(" ", ""))
    if rest:
        raise ApiError(400, "Invalid fields param")
    return _apply(body, selection)


def _parse(text: str) -> tuple[_Selection, str]:
    """Read up to the closing parenthesis that is not ours, and return what follows."""
    selection = _Selection()
    while True:
        name, text = _name(text)
        if name.startswith("!"):
            selection.left_out.add(name[1:])
        else:
            inner = selection.kept.setdefault(name, _Selection())
            while text.startswith("."):
                name, text = _name(text[1:])
                inner = inner.kept.setdefault(name, _Selection())
            if text.startswith("("):
                found, text = _parse(text[1:])
                if not text.startswith(")"):
                    raise ApiError(400, "Invalid fields param")
                inner.kept |= found.kept
                inner.left_out |= found.left_out
                text = text[1:]
        if not text.startswith(","):
            return selection, text
        text = text[1:]


def _name(text: str) -> tuple[str, str]:
    end = next((at for at, sign in enumerate(text) if sign in ",.()"), len(text))
    if not text[:end].lstrip("!"):
        raise ApiError(400, "Invalid fields param")
    return text[:end], text[end:]


def _apply(body: Any, selection: _Selection) -> Any:
    if isinstance(body, list):
        return [_apply(each, selection) for each in body]
    if not isinstance(body, dict):
        return body
    return {
        name: _apply(value, selection.kept.get(name, _Selection()))
        for name, value in body.items()
        if name not in selection.left_out and (not selection.kept or name in selection.kept)
    }
