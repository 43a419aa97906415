"""The sentences of a refused connection: what was refused, to whom, and what to do."""

from __future__ import annotations

import shlex

_SEEN = "requests, urllib3, httpx, httpcore, aiohttp, httplib2, tornado or http.client"


def during_test(host: str, test: str, client: str) -> str:
    """Return the message for a host that a replayed test may not reach; `client` may be empty."""
    return (
        f"network access to {host} blocked: replayed Spotify tests may only use localhost (test: {test})\n"
        f"{_unseen_client(client)}"
        f"To record its requests to Spotify: {_recording(test)}\n"
        "To let it reach other hosts, replay them too (pytest.mark.vcr), or set "
        "`spotify_isolation = false` in the ini file."
    )


def in_replay(host: str, test: str) -> str:
    """Return the message for one of Spotify's hosts outside of a marked test."""
    return (
        f"network access to {host} blocked: only a live run may use it "
        f"({f'test: {test}' if test else 'outside of a test'})\n"
        f"{_how_to_reach(test)}\n"
        "To switch this off: `spotify_isolation = false` in the ini file."
    )


def unseen(host: str, test: str, client: str) -> str:
    """Return the message for a client that would reach Spotify unseen, in a live run."""
    what = client or "the client"
    return (
        f"network access to {host} blocked: {what} is not intercepted, so that its requests would be neither "
        f"checked nor recorded (test: {test})\n"
        f"Use a client that is: {_SEEN}, or one that stands on these (docs/clients.md)."
    )


def _unseen_client(client: str) -> str:
    return f"{client} is not intercepted; these are: {_SEEN} (docs/clients.md).\n" if client else ""


def _recording(test: str) -> str:
    return f"pytest {shlex.quote(test)} --spotify-live --record-mode=rewrite"


def _how_to_reach(test: str) -> str:
    if not test:
        return "To let it through: pytest --spotify-live"
    return (
        "To record and replay what it sends, mark it: @pytest.mark.spotify\n"
        f"To let it through: pytest {shlex.quote(test)} --spotify-live"
    )
