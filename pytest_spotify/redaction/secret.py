"""A text that must not be shown.

An object and no `str`: a subclass of `str` leaks its characters in assertion diffs and in concatenation,
and an f-string would put `***` on the wire.
"""

from __future__ import annotations

import hmac
from typing import Never

MASK = "***"


class Secret:
    """A text that is shown as `***`; only `reveal()` returns it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself. Call it only to send the text or to write it to disk."""
        return self.__value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __getstate__(self) -> Never:
        raise TypeError("a Secret is not pickled: hand the token store's path to the other process")

    def __reduce_ex__(self, protocol: object) -> Never:
        self.__getstate__()
