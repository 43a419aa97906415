"""A local stand-in for Spotify: accounts service and Web API, on one port of this machine.

A program of its own. It answers as Spotify's documentation and recorded answers say, and knows nothing
of the contracts, so that each of the two checks the other. Needs the extra `sandbox`.
"""

from pytest_spotify.access import Access
from pytest_spotify.sandbox.server import Sandbox

__all__ = ["Access", "Sandbox"]
