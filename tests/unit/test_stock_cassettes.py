"""Cassettes of pytest-recording: their names, and what stands for the token that was filtered out of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_spotify.cassettes.stock import load_stock, stock_name
from tests.support.traffic_samples import exchange, vcr_cassette


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("test_a.py::test_it", "test_it"),
        ("test_a.py::TestA::test_it", "TestA.test_it"),
        ("test_a.py::TestA::TestB::test_it[a/b:c]", "TestB.test_it[a-b-c]"),
    ],
)
def test_names_are_those_of_pytest_recording(node: str, name: str) -> None:
    """The class next to the test, the test, and what no file system takes as a dash."""
    assert stock_name(node) == name


def test_a_token_that_was_filtered_out_is_put_back_masked(tmp_path: Path) -> None:
    """A response of the account had one; a 401 may have had none, and a token that is there stays."""
    path = tmp_path / "a.yaml"
    kept = {"Authorization": "Bearer ***"}
    sent = [
        exchange(request_headers={}),
        exchange(request_headers={}, status=401),
        exchange(request_headers=kept),
    ]
    path.write_bytes(vcr_cassette(sent))
    found = [one.request.headers.all("Authorization") for one in load_stock(path, "development").exchanges]
    assert found == [["Bearer ***"], [], ["Bearer ***"]]
