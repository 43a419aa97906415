"""How each operation is answered, group by group. A handler gets a call that has passed the gate."""

from __future__ import annotations

from collections.abc import Callable

from pytest_spotify.sandbox.api import (
    albums,
    artists,
    browse,
    library,
    player,
    player_commands,
    playlist_items,
    playlists,
    saved,
    search,
    spoken_word,
    tracks,
    users,
)
from pytest_spotify.sandbox.call import Answer, Call

HANDLERS: dict[str, Callable[[Call], Answer]] = {
    **albums.HANDLERS,
    **artists.HANDLERS,
    **browse.HANDLERS,
    **library.HANDLERS,
    **player.HANDLERS,
    **player_commands.HANDLERS,
    **playlist_items.HANDLERS,
    **playlists.HANDLERS,
    **saved.HANDLERS,
    **search.HANDLERS,
    **spoken_word.HANDLERS,
    **tracks.HANDLERS,
    **users.HANDLERS,
}
