"""Contract tests for the Spotify Web API: a pytest plugin, a command line, and this Python interface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_spotify.api import Contracts
    from pytest_spotify.check.violation import Violation
    from pytest_spotify.errors import ContractViolated

__all__ = ["ContractViolated", "Contracts", "Violation"]


def __getattr__(name: str) -> Any:
    """Import on first use: every pytest run loads this package, and few use these names."""
    if name == "Contracts":
        from pytest_spotify.api import Contracts

        return Contracts
    if name == "ContractViolated":
        from pytest_spotify.errors import ContractViolated

        return ContractViolated
    if name == "Violation":
        from pytest_spotify.check.violation import Violation

        return Violation
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
