"""The dashboard shows devices and songs by name."""

import pytest
from spotifyaio import SpotifyClient

from dashboard import dashboard, sleeve

pytestmark = pytest.mark.spotify


async def test_devices_and_songs(client: SpotifyClient):
    """Each song is shown once; at most one device is the active one."""
    shown = await dashboard(client)
    assert shown.heard
    assert len(set(shown.heard)) == len(shown.heard)
    assert sum(device.endswith("(active)") for device in shown.devices) <= 1


async def test_sleeve(client: SpotifyClient):
    """The widest picture is chosen."""
    assert (await sleeve(client, "4aawyAB9vmqN3uQ7FjRGTy")).startswith("https://")
