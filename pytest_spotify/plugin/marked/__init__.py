"""Tests that are marked `spotify`: their marks, access and cassette.

Function beats class beats module; `allow` and `needs` add up.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes.marked_names import MARKED_SUFFIX, marked_name
from pytest_spotify.contracts import Contract
from pytest_spotify.errors import did_you_mean
from pytest_spotify.intercept.callers import caller_lines, definition
from pytest_spotify.plugin.flow import ItemCassette
from pytest_spotify.plugin.state import get_state


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotifyMark:
    """The arguments of a test's marks; None where they leave it to the run."""

    access: Access | None
    strict: bool | None
    allow: Mapping[str, str]  # the reason by operation
    scopes: frozenset[str] | None
    needs: tuple[str, ...]
    processes: bool
    client_retries: bool


def spotify_mark(item: pytest.Item) -> SpotifyMark:
    """Return the parsed marks of a test; raises UsageError for a malformed one."""
    if _SPOTIFY_MARK not in item.stash:
        item.stash[_SPOTIFY_MARK] = _parse(item)
    return item.stash[_SPOTIFY_MARK]


def validate_marks(items: Iterable[pytest.Item], operations: Callable[[], Mapping[str, Contract]]) -> None:
    """Raise UsageError if a mark is malformed, allows an unknown operation, or needs what is not there."""
    for item in items:
        if spotify_mark(item).processes and find_spec("trustme") is None:
            raise _usage_error(item, "processes=True needs trustme; pip install 'pytest-spotify[processes]'")
        for scope in spotify_mark(item).scopes or ():
            _reject_misspelt_scope(item, scope, operations)
        for name in spotify_mark(item).allow:
            known = operations()
            if name not in known:
                hint = did_you_mean(name, known, "{!r}")
                raise _usage_error(item, f"allow names the unknown operation {name!r}{hint}")


_SCOPES_OF_NO_OPERATION = {"app-remote-control", "streaming", "playlist-read-collaborative"}
"""Scopes for what is not in the Web API (documentation/web-api/concepts/scopes)."""


def _reject_misspelt_scope(
    item: pytest.Item, scope: str, operations: Callable[[], Mapping[str, Contract]]
) -> None:
    """Raise UsageError if a scope is nearly a known one; one that is like none may be new."""
    from pytest_spotify.contracts.registry import scopes_by_operation

    known = {*_SCOPES_OF_NO_OPERATION}
    for access in ACCESSES:
        known |= scopes_by_operation(operations().values(), access).keys()
    if scope not in known and (hint := did_you_mean(scope, known, "{!r}")):
        raise _usage_error(item, f"scopes names the unknown scope {scope!r}{hint}")


def access_for(item: pytest.Item) -> Access:
    """Return the access of a marked test: its mark's, else the run's."""
    return spotify_mark(item).access or get_state(item.config).settings.access


def marked_cassette(item: pytest.Item) -> ItemCassette:
    """Return the cassette of a marked test."""
    folder = get_state(item.config).settings.import_dir
    return ItemCassette(
        path=marked_cassette_path(item),
        root=_cassette_root(item),
        access=access_for(item),
        item=item,
        complete=False,
        stock_path=_stock_path(item, folder) if folder else None,
    )


def marked_cassette_path(item: pytest.Item) -> Path:
    """Return the path of a marked test's cassette."""
    from pytest_spotify.cassettes import cassette_name

    # A class is part of the name: two classes of a module may have a test of the same name.
    test = item.nodeid.partition("::")[2] or item.name
    folder = _cassette_root(item) / access_for(item) / cassette_name(item.path.stem)
    path = folder / f"{cassette_name(test)}{MARKED_SUFFIX}"
    # Tests of classes, and parametrized ones, were recorded under the other name before.
    return path if path.exists() else folder / marked_name(test)


def _stock_path(item: pytest.Item, folder: str) -> Path:
    """Return where pytest-recording keeps the cassette of a test, in a folder beside the module."""
    from pytest_spotify.cassettes.stock import stock_name

    return item.path.parent / folder / item.path.stem / f"{stock_name(item.nodeid)}.yaml"


def sending_lines(item: pytest.Item) -> str:
    """Return the lines of the user's code and of the test that run now, else where the test begins."""
    lines = caller_lines(item.config.rootpath, item.path)
    if not lines:
        path, number, _ = item.reportinfo()
        lines = [(Path(path), definition(Path(path), (number or 0) + 1))]
    display_path = get_state(item.config).display_path
    return ", from ".join(f"{display_path(path)}:{number}" for path, number in lines)


def _cassette_root(item: pytest.Item) -> Path:
    """Return the directory that contains all cassettes of the test's directory."""
    return item.path.parent / "cassettes"


_SPOTIFY_MARK: pytest.StashKey[SpotifyMark] = pytest.StashKey()


def _parse(item: pytest.Item) -> SpotifyMark:
    arguments: dict[str, Any] = {}
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
            arguments.setdefault(name, value)
        allow = {**mark.kwargs.get("allow", {}), **allow}
        needs |= dict.fromkeys(mark.kwargs.get("needs", ()))
    return SpotifyMark(
        access=arguments.get("access"),
        strict=arguments.get("strict"),
        allow=allow,
        scopes=frozenset(arguments["scopes"]) if "scopes" in arguments else None,
        needs=tuple(needs),
        processes=arguments.get("processes", False),
        client_retries="retries" in arguments,
    )


def _usage_error(item: pytest.Item, text: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @pytest.mark.spotify {text}")


def _known() -> str:
    return ", ".join(f"{name}=" for name in _ARGUMENTS)


def _is_access(value: object) -> bool:
    return value in ACCESSES


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)


def _is_client(value: object) -> bool:
    return value == "client"


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
    "processes": (_is_bool, "True or False"),
    "retries": (_is_client, '"client": it waits after a 429, and not the run'),
    "scopes": (_is_scopes, 'a list of scopes, as ["user-library-read"]'),
    "strict": (_is_bool, "True or False"),
}
