"""What recordings and runs have exercised of the Web API, and what not."""

import json
from dataclasses import replace

from pytest_spotify.cassettes import load
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.report.coverage import Coverage, observe
from tests.support.sign_in import ROOT

EXTENDED = bundled("extended")
ALBUM = load(ROOT / "cassettes/extended/albums/get-an-album/album.yaml").exchanges[0]


def test_nothing_is_covered_before_anything_was_observed():
    """Everything that the contracts know is there, with a count of 0."""
    coverage = Coverage(EXTENDED).to_json()
    assert coverage["operations"].keys() == EXTENDED.contracts.keys()
    assert coverage["objects"]["track"]["/name"] == 0
    assert {count for places in coverage["objects"].values() for count in places.values()} == {0}


def test_an_exchange_counts_for_what_it_has():
    """Its operation, status, parameters, the properties of each object in it, and the values of enums."""
    observation = observe(ALBUM, EXTENDED)
    assert observation is not None
    coverage = Coverage(EXTENDED)
    coverage.add([observation, observation], "sandbox")
    result = coverage.to_json()
    assert result["operations"]["get-an-album"] == {
        "statuses": {"sandbox 200": 2},
        "parameters": {"id": 2, "market": 0},
    }
    album, body = result["objects"]["album"], json.loads(ALBUM.response.body)
    assert (album["/name"], album[f"/album_type={body['album_type']}"]) == (2, 2)
    assert album["/restrictions"] == 0
    assert result["objects"]["simplified-track"]["/name"] == 2  # of the page of tracks within


def test_a_field_that_only_other_accesses_have_is_not_expected():
    """A development app cannot cover what it is not sent."""
    assert "/popularity" in Coverage(EXTENDED).to_json()["objects"]["track"]
    assert "/popularity" not in Coverage(bundled("development")).to_json()["objects"]["track"]


def test_statuses_are_told_apart_by_target():
    """Answers of the sandbox prove nothing of Spotify, and refusals nothing of success."""
    coverage = Coverage(EXTENDED)
    refusal = replace(ALBUM, response=replace(ALBUM.response, status=401, body=b"{}"))
    for exchange, target in ((ALBUM, "spotify"), (refusal, "sandbox")):
        observation = observe(exchange, EXTENDED)
        assert observation is not None
        coverage.add([observation], target)
    statuses = coverage.to_json()["operations"]["get-an-album"]["statuses"]
    assert statuses == {"spotify 200": 1, "sandbox 401": 1}


def test_what_no_contract_knows_is_not_covered():
    """A request to another address is nobody's operation."""
    elsewhere = replace(ALBUM, request=replace(ALBUM.request, url="https://example.com/v1/albums/1"))
    assert observe(elsewhere, EXTENDED) is None
