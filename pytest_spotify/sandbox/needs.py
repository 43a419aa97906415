"""The states of an account that contract cases name as `needs`. Knows the seed, nothing of HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_spotify.sandbox import seed
from pytest_spotify.sandbox.catalogue import Catalogue
from pytest_spotify.sandbox.entities import spotify_id
from pytest_spotify.sandbox.store import Account, Kind, Store

Need = Callable[[Store, Account, Catalogue], None]


def arrange(store: Store, account: Account, catalogue: Catalogue, needs: Iterable[str]) -> None:
    """Put an account into the states that are named, in their order; an unknown one is refused first."""
    wanted = list(needs)
    unknown = [name for name in wanted if not isinstance(name, str) or name not in NEEDS]
    if unknown:
        raise ValueError(
            f"unknown need {', '.join(map(repr, unknown))}; the sandbox knows {', '.join(sorted(NEEDS))}"
        )
    for name in wanted:
        NEEDS[name](store, account, catalogue)


def _saved(kind: Kind) -> Need:
    return lambda _store, account, catalogue: seed.seed_saved(account, catalogue, kind)


def _playing_track(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)


def _playing_episode(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    show = next(iter(catalogue.shows.values()))
    player = account.player
    player.playing_type, player.context = "episode", f"spotify:show:{show.id}"
    player.item, *player.upcoming = (f"spotify:episode:{id_}" for id_ in show.episode_ids[:10])


def _playing_audiobook(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    book = next(iter(catalogue.audiobooks.values()))
    player = account.player
    player.playing_type, player.context = "episode", f"spotify:show:{book.id}"
    player.item, *player.upcoming = (f"spotify:episode:{id_}" for id_ in book.chapter_ids[:10])


def _playing_advertisement(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    player = account.player
    player.playing_type, player.item, player.context, player.progress_ms = "ad", None, None, 12_000


def _playing_unknown(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    player = account.player
    player.playing_type, player.item, player.context = "unknown", None, None


def _playing_local_track(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    account.player.item = "spotify:local:Example+Artist:Example+Album:A+Local+File:187"
    account.player.context = None
    account.player.upcoming = []


def _idle_player(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    player = account.player
    player.item, player.context, player.playing, player.progress_ms = None, None, False, 0
    player.upcoming, player.queue = [], []
    for device in player.devices:
        device.active = False


def _device(_store: Store, account: Account, _catalogue: Catalogue) -> None:
    account.player.devices = seed.seed_devices(account)


def _no_device(store: Store, account: Account, catalogue: Catalogue) -> None:
    _idle_player(store, account, catalogue)
    account.player.devices = []


def _premium(_store: Store, account: Account, _catalogue: Catalogue) -> None:
    account.premium = True


def _free_account(_store: Store, account: Account, _catalogue: Catalogue) -> None:
    account.premium = False


def _audiobook_market(_store: Store, account: Account, _catalogue: Catalogue) -> None:
    account.country = "US"


def _queue(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_player(account, catalogue)
    account.player.queue = [f"spotify:track:{id_}" for id_ in list(catalogue.tracks)[30:33]]


def _playlists(store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_playlists(store, account, catalogue)


def _following(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_following(account, catalogue)


def _history(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_history(account, catalogue)


def _no_history(_store: Store, account: Account, _catalogue: Catalogue) -> None:
    account.plays, account.top_artists, account.top_tracks = [], [], []


def _unknown_followers(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_history(account, catalogue)
    account.top_followers_known = False


def _unavailable_saved_items(_store: Store, account: Account, catalogue: Catalogue) -> None:
    """Save an album, an audiobook and an episode that are gone since, each the second of its list."""
    kinds: tuple[Kind, ...] = ("album", "audiobook", "episode")
    for kind in kinds:
        seed.seed_saved(account, catalogue, kind)
        first, *rest = account.saved[kind].items()
        account.saved[kind] = dict([first, (spotify_id("gone", kind), first[1]), *rest])


def _audiobook_among_shows(_store: Store, account: Account, catalogue: Catalogue) -> None:
    seed.seed_saved(account, catalogue, "show")
    account.save("show", {next(iter(catalogue.audiobooks)): seed.START})


NEEDS: dict[str, Need] = {
    "audiobook-among-shows": _audiobook_among_shows,
    "audiobook-market": _audiobook_market,
    "device": _device,
    "followed-artists": _following,
    "followed-playlist": _playlists,
    "free-account": _free_account,
    "idle-player": _idle_player,
    "long-playlist": _playlists,
    "no-device": _no_device,
    "no-history": _no_history,
    "own-playlist": _playlists,
    "playing-advertisement": _playing_advertisement,
    "playing-audiobook": _playing_audiobook,
    "playing-episode": _playing_episode,
    "playing-local-track": _playing_local_track,
    "playing-track": _playing_track,
    "playing-unknown": _playing_unknown,
    "playlists": _playlists,
    "premium": _premium,
    "private-playlist": _playlists,
    "queue": _queue,
    "recently-played": _history,
    "saved-albums": _saved("album"),
    "saved-audiobooks": _saved("audiobook"),
    "saved-episodes": _saved("episode"),
    "saved-shows": _saved("show"),
    "saved-tracks": _saved("track"),
    "top-artists": _history,
    "top-items": _history,
    "top-tracks": _history,
    "unavailable-saved-items": _unavailable_saved_items,
    "unknown-followers": _unknown_followers,
}
