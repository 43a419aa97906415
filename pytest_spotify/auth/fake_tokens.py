"""Tokens that open nothing."""

from __future__ import annotations

DUMMY_TOKEN = "pytest-spotify-dummy"
"""Stands for every credential in replay."""

BAD_TOKEN = "pytest-spotify-bad-token"
"""The one token that is known not to be valid: `bad-token` cases send it, even with a write."""
