"""The issue about a sign-in that ends: refresh tokens last six months.

https://developer.spotify.com/blog/2026-06-18-refresh-token-expiration
"""

from __future__ import annotations

from datetime import date, timedelta

from pytest_spotify.watch import Issue, Step

AHEAD = timedelta(days=30)
_BODY = """\
The refresh token of the nightly run ends on {ends}: from then on it cannot ask Spotify.

1. Sign in again: `pytest-spotify login --print-env` prints the new values.
2. `gh secret set SPOTIFY_REFRESH_TOKEN`, and `gh variable set SPOTIFY_REFRESH_TOKEN_DATE`.

The next run closes this issue.
"""


def sign_in_step(ends: str, issue: Issue | None, today: date) -> Step:
    """Return what to do with the issue, a month ahead; `ends` is a day, empty if it is not known."""
    is_open = issue is not None and issue.is_open
    if not ends:
        return Step(action="none", reason="the end of the sign-in is not known")
    title, body = f"The Spotify sign-in ends on {ends}", _BODY.format(ends=ends)
    if date.fromisoformat(ends) - today > AHEAD:
        if not is_open:
            return Step(action="none", reason=f"the sign-in ends on {ends}")
        return Step(action="close", reason="signed in again", title=title, body=body)
    if is_open:
        return Step(action="none", reason="said already")
    return Step(action="open", reason=f"the sign-in ends on {ends}", title=title, body=body)
