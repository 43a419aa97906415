"""Scrubbing: what of an exchange may be kept, and what stands in place of secrets and people.

By allow-list, always on, without state: the same exchanges give the same result, and scrubbing twice changes
nothing more. Knows nothing of files. `docs/recording.md` says what a user sees of it.
"""

from pytest_spotify.recordings.redact.people import ACCOUNT
from pytest_spotify.recordings.redact.scrub import scrub, scrub_values
from pytest_spotify.recordings.redact.shown import Shown

__all__ = ["ACCOUNT", "Shown", "scrub", "scrub_values"]
