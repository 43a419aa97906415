"""Scrubbing: what of an exchange may be kept, and what stands in place of secrets and people.

By allow-list, always on, without state: the same exchanges give the same result, and scrubbing twice changes
nothing more. Knows nothing of files. `docs/recording.md` says what a user sees of it.
"""

from pytest_spotify.recordings.redact.people import ACCOUNT
from pytest_spotify.recordings.redact.scrub import redact_exchanges, redact_values
from pytest_spotify.recordings.redact.shown import OutputMasker

__all__ = ["ACCOUNT", "OutputMasker", "redact_exchanges", "redact_values"]
