"""What the `spotify` marks of a test say: its own, its class's and its module's; the nearest counts.

`allow` and `needs` add up. Knows nothing of recordings or judgement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.text import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyMark:
    """The arguments of a test's marks; None where they leave it to the run."""

    access: Access | None
    strict: bool | None
    allow: Mapping[str, str]  # the reason by operation
    scopes: frozenset[str] | None
    needs: tuple[str, ...]


def spotify_mark(item: pytest.Item) -> SpotifyMark:
    """Return what a test's marks say; raises UsageError for what they may not say."""
    if _SPOTIFY_MARK not in item.stash:
        item.stash[_SPOTIFY_MARK] = _parse(item)
    return item.stash[_SPOTIFY_MARK]


def validate_marks(items: Iterable[pytest.Item], operations: Callable[[], Collection[str]]) -> None:
    """Raise UsageError where a mark cannot be read, or allows what is no operation."""
    for item in items:
        for name in spotify_mark(item).allow:
            known = operations()
            if name not in known:
                hint = did_you_mean(name, known, "{!r}")
                raise _usage_error(item, f"allow names {name!r}, which is no operation{hint}")


_SPOTIFY_MARK: pytest.StashKey[SpotifyMark] = pytest.StashKey()


def _parse(item: pytest.Item) -> SpotifyMark:
    said: dict[str, Any] = {}
    allow: dict[str, str] = {}
    needs: dict[str, None] = {}
    for mark in item.iter_markers("spotify"):  # the nearest first
        if mark.args:
            raise _usage_error(
                item, f"takes no positional argument, got {len(mark.args)}; there are {_known()}"
            )
        for name, value in mark.kwargs.items():
            if name not in _ARGUMENTS:
                hint = did_you_mean(name, _ARGUMENTS, "{}=")
                raise _usage_error(item, f"has no argument {name}={hint} There are {_known()}")
            fits, expected = _ARGUMENTS[name]
            if not fits(value):
                there_are = f"; there are {', '.join(_needs())}" if name == "needs" else ""
                raise _usage_error(item, f"{name}={value!r}: expected {expected}{there_are}")
            said.setdefault(name, value)
        allow = {**mark.kwargs.get("allow", {}), **allow}
        needs |= dict.fromkeys(mark.kwargs.get("needs", ()))
    return SpotifyMark(
        access=said.get("access"),
        strict=said.get("strict"),
        allow=allow,
        scopes=frozenset(said["scopes"]) if "scopes" in said else None,
        needs=tuple(needs),
    )


def _usage_error(item: pytest.Item, text: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @pytest.mark.spotify {text}")


def _known() -> str:
    return ", ".join(f"{name}=" for name in _ARGUMENTS)


def _is_access(value: object) -> bool:
    return value in ACCESSES


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_reasons(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(text, str) and text.strip() for pair in value.items() for text in pair
    )


def _is_scopes(value: object) -> bool:
    # RFC 6749 section 3.3: printable, without blanks, quotes and backslashes.
    return _is_names(value, r"[\x21\x23-\x5b\x5d-\x7e]+")


def _is_needs(value: object) -> bool:
    return _is_names(value, "|".join(map(re.escape, _needs())))


def _needs() -> Collection[str]:
    from pytest_spotify.plugin.account_state import PRECONDITIONS

    return PRECONDITIONS


def _is_names(value: object, pattern: str) -> bool:
    return isinstance(value, list | tuple | set | frozenset) and all(
        isinstance(each, str) and re.fullmatch(pattern, each) for each in value
    )


_ARGUMENTS: dict[str, tuple[Callable[[object], bool], str]] = {
    "access": (_is_access, f"one of {', '.join(ACCESSES)}"),
    "allow": (_is_reasons, 'a reason for each operation, as {"get-new-releases": "for older apps only"}'),
    "needs": (_is_needs, "a list of what the account must have"),
    "scopes": (_is_scopes, 'a list of scopes, as ["user-library-read"]'),
    "strict": (_is_bool, "True or False"),
}
