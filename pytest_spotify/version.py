"""The version of this plugin that is installed."""

from functools import cache
from importlib import metadata


@cache  # a run that records asks for each cassette, and metadata is read anew each time
def version() -> str:
    """Return it, as `1.2.0`."""
    return metadata.version("pytest-spotify")
