"""What a home dashboard shows of Spotify."""

import asyncio
from dataclasses import dataclass

from spotifyaio import SpotifyClient


@dataclass(frozen=True)
class Dashboard:
    devices: list[str]
    heard: list[str]


async def dashboard(client: SpotifyClient) -> Dashboard:
    """Ask for everything at once."""
    devices, played = await asyncio.gather(client.get_devices(), client.get_recently_played_tracks())
    return Dashboard(
        devices=[f"{device.name} (active)" if device.is_active else device.name for device in devices],
        heard=list(dict.fromkeys(each.track.name for each in played)),
    )


async def sleeve(client: SpotifyClient, album: str) -> str:
    """Return the address of an album's picture."""
    return max((await client.get_album(album)).images, key=lambda image: image.width or 0).url
