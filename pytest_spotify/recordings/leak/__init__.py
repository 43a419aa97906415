"""The search for secrets in bytes about to be written, or written long ago: every usual encoding is undone.

Formats do not matter: a cassette that is cut or edited, a HAR file and any other text are searched alike. A
finding names the place and the form, never the value.
"""

from pytest_spotify.recordings.leak.environment import environment_secrets
from pytest_spotify.recordings.leak.search import MIN_SECRET, SecretFinding, find_secrets

__all__ = ["MIN_SECRET", "SecretFinding", "environment_secrets", "find_secrets"]
