"""The accesses that Spotify gives to apps, and the kinds of token.

Spotify split its API on 2026-02-11
(https://developer.spotify.com/documentation/web-api/tutorials/february-2026-migration-guide).
"""

from __future__ import annotations

from typing import Literal, get_args

Access = Literal["development", "development-older", "extended"]
ACCESSES: tuple[Access, ...] = get_args(Access)


def parse_access(name: str) -> Access:
    """Return the access of that name, or raise ValueError listing the valid ones."""
    for access in ACCESSES:
        if access == name:
            return access
    # Not repeated: it may come from the environment, where a secret can end up in the wrong variable.
    raise ValueError(f"no such access; expected one of {', '.join(ACCESSES)}")


TokenKind = Literal["app", "user"]
