"""List the albums of an artist by year."""

import os
from collections import defaultdict
from collections.abc import Iterator

import requests

API = "https://api.spotify.com/v1"


def sign_in() -> requests.Session:
    """Return a session with a token of the app's own."""
    answer = requests.post(
        "https://accounts.spotify.com/api/token",
        data={"grant_type": "client_credentials"},
        auth=(os.environ["SPOTIFY_CLIENT_ID"], os.environ["SPOTIFY_CLIENT_SECRET"]),
        timeout=30,
    )
    answer.raise_for_status()
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def by_year(session: requests.Session, artist: str) -> dict[int, list[str]]:
    """Return the names of an artist's albums and singles by year, oldest first."""
    found: dict[int, list[str]] = defaultdict(list)
    for album in _albums(session, artist):
        found[int(album["release_date"][:4])].append(album["name"])
    return dict(sorted(found.items()))


def hits(session: requests.Session, artist: str) -> list[str]:
    """Return what people hear most of an artist, or nothing where Spotify does not say."""
    answer = session.get(f"{API}/artists/{artist}/top-tracks", timeout=30)
    return [track["name"] for track in answer.json()["tracks"]] if answer.ok else []


def _albums(session: requests.Session, artist: str) -> Iterator[dict]:
    url = f"{API}/artists/{artist}/albums?include_groups=album,single&limit=10"
    while url:
        answer = session.get(url, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        yield from page["items"]
        url = page["next"]
