import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

FIXTURES = Path(__file__).parent / "tests" / "fixtures"


@pytest.fixture
def session(spotify_contracts) -> requests.Session:
    """Return a session whose requests and mocked answers have to fit the contracts."""

    def check(response: requests.Response, *_: Any, **__: Any) -> None:
        spotify_contracts.check(response, raise_on_failure=True)

    session = requests.Session()
    session.hooks["response"].append(check)
    return session


@pytest.fixture
def spotify() -> Iterator[Callable[..., None]]:
    """Answers a path of the Web API from a file."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:

        def answer(path: str, name: str, status: int = 200) -> None:
            body = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
            mock.get(f"https://api.spotify.com/v1{path}", json=body, status=status)

        yield answer
