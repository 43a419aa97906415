"""An app that takes every error for an empty list, and every missing field for a default."""

import os

import requests

API = os.environ.get("SPOTIFY_API_URL", "https://api.spotify.com/v1")


def get(path, **parameters):
    headers = {"Authorization": "Bearer " + os.environ["TOKEN"]}
    response = requests.get(API + path, params=parameters, headers=headers, timeout=30)
    try:
        return response.json() if response.ok else {}
    except ValueError:
        return {}


def track():
    found = get("/tracks/11dFghVXANMlKmJXsNCbNl")
    return found.get("name") or "?", found.get("duration_ms") or 0, found.get("uri") or ""


def year():
    return (get("/albums/4aawyAB9vmqN3uQ7FjRGTy").get("release_date") or "")[:4]


def tracks():
    page = get("/albums/4aawyAB9vmqN3uQ7FjRGTy/tracks", limit=2)
    return [each["name"] for each in page.get("items", [])], page.get("next")


def shelf():
    return get("/albums", ids="4aawyAB9vmqN3uQ7FjRGTy").get("albums", [])


def hits():
    return get("/search", q="love", type="track", limit=50).get("tracks", {}).get("items", [])


def artist():
    return get("/artists/4aawyAB9vmqN3uQ7FjRGTy").get("name", "?")


def rows():
    return get("/playlists/3cEYpjA9oz9GiPac4AsH4n").get("tracks", {}).get("items", [])
