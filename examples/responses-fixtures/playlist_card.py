"""Say in a line what a playlist is about."""

import requests

API = "https://api.spotify.com/v1"


def card(session: requests.Session, playlist: str) -> str:
    """Return name, owner and length of a playlist."""
    answer = session.get(f"{API}/playlists/{playlist}", timeout=30)
    if answer.status_code == 404:
        return "no such playlist"
    answer.raise_for_status()
    shown = answer.json()
    return f"{shown['name']} by {shown['owner']['display_name']}, {shown['items']['total']} songs"


def first_hit(session: requests.Session, words: str, *, most: int = 5) -> str:
    """Return the name of the first track that a search finds."""
    asked = {"q": words, "type": "track", "limit": most}
    found = session.get(f"{API}/search", params=asked, timeout=30).json()["tracks"]["items"]
    return found[0]["name"] if found else ""
