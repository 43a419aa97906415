"""What is known of the account without a request."""

from __future__ import annotations

import json

import pytest
import requests

from pytest_spotify.errors import InvalidResponse
from pytest_spotify.plugin.account_state import AccountState, UnmetPrecondition


class Session:
    """A session that knows the answers, and keeps what it was asked."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def get(self, path: str) -> requests.Response:
        self.asked.append(path)
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(self._answers[path.partition("?")[0].removeprefix("/")]).encode()
        return response


def state(**answers: object) -> tuple[AccountState, Session]:
    session = Session(**answers)
    return AccountState(session), session  # type: ignore[arg-type]


def test_what_was_not_read_is_not_known():
    """It is not requested for that; what was read once is known, and not requested again."""
    account, session = state(me={"id": "x", "product": "premium"})
    assert not account.is_known_to_have(["premium"], ["user-id"])
    assert session.asked == []
    account.require(("premium",))
    assert account.is_known_to_have(["premium"], ["user-id"])
    assert account.value("user-id") == "x"
    assert session.asked == ["/me"]


def test_what_is_to_be_asked_next():
    """One path after the other, as a precondition needs them; none once all is known, or if it is not met."""
    account, session = state(me={"id": "x", "product": "free"}, **{"me/playlists": {"items": []}})
    asked = []
    while path := account.next_path(["own-playlist"], ["user-id"]):
        asked.append(path)
        account.read(path)
    assert asked == session.asked == ["/me", "/me/playlists?limit=50"]
    assert account.next_path(["premium", "queue"], []) is None


@pytest.mark.parametrize("me", [{"id": None, "product": "free"}, [], "text"])
def test_what_it_lacks_or_hides(me: object):
    """It does not have what an answer lacks, nor what cannot be read from it."""
    account, _ = state(me=me)
    with pytest.raises((UnmetPrecondition, InvalidResponse)):
        account.require(("premium",))
    assert not account.is_known_to_have(["premium"], [])
    assert not account.is_known_to_have([], ["user-id"])
