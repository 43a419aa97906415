"""What an answer of `GET /me` says: who the user is, or why nobody may ask and what helps against that."""

from __future__ import annotations

import json
from contextlib import suppress

from pytest_spotify.auth.credentials import DASHBOARD
from pytest_spotify.exchange import Response
from pytest_spotify.text import truncate


def display_name(response: Response) -> str:
    """Return whom a success answer of `GET /me` speaks of."""
    try:
        profile = json.loads(response.body)
        name, id_ = str(profile.get("display_name") or profile["id"]), str(profile["id"])
    except (ValueError, RecursionError, LookupError, AttributeError, TypeError):
        return "somebody whose profile cannot be read"
    return truncate(name if name == id_ else f"{name} ({id_})", 120)


def suggest_fix(response: Response) -> str:
    """Return what helps against a refusal of `GET /me`: its texts differ from year to year, so few words."""
    text = error_text(response).lower()
    if response.status == 403 and "premium" in text:
        return "the owner of the app needs Spotify Premium; renew it, then wait some hours"
    if response.status == 403 and any(word in text for word in ("regist", "approved", "dashboard")):
        return f"add this user to the allow list: {DASHBOARD}, your app, Settings, User Management"
    if response.status == 401:
        return "run this again; if it stays, look at https://community.spotify.com for an outage"
    return "try again later" if response.status >= 429 else f"look at the app in {DASHBOARD}"


def error_text(response: Response) -> str:
    """Return the text of a refusal: Spotify writes it as JSON, or plain."""
    text = response.body.decode("utf-8", "replace").strip()
    with suppress(ValueError, RecursionError, LookupError, TypeError):
        text = str(json.loads(text)["error"]["message"])
    return truncate(text or "(no body)", 200)
