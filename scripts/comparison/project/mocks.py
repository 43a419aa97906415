"""The conftest.py with responses: every request of the app has a kept body."""

import json
import os

import pytest
import responses


@pytest.fixture(autouse=True)
def mocked():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for path, body in json.load(open("bodies.json")).items():
            mock.get(os.environ["SPOTIFY_API_URL"] + path, json=body, status=200)
        yield
