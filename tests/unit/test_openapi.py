"""The contracts as an OpenAPI document: what it has, what it accepts and refuses."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.cassettes import load
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.openapi import openapi
from tests.support.command import run
from tests.support.mutations import excuse, mutants
from tests.support.sign_in import ROOT

DOCUMENTS = {access: openapi(bundled(access), version="1.2.3") for access in ACCESSES}


def _refers(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(_refers, value.values()))
    return set().union(*map(_refers, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("access", ACCESSES)
def test_the_document_is_whole(access: Access):
    """It has each of the 96 operations once, and every reference leads to a component."""
    document = DOCUMENTS[access]
    names = [each["operationId"] for path in document["paths"].values() for each in path.values()]
    assert sorted(names) == sorted(bundled(access).contracts)
    names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert _refers(document) == names


def test_limits_and_removals_are_those_of_the_access():
    """Search has at most 10 hits in development and 50 with extended quota; removed ones name what to use."""

    def limit(access: Access) -> int:
        parameters = DOCUMENTS[access]["paths"]["/search"]["get"]["parameters"]
        return next(each["schema"]["maximum"] for each in parameters if each["name"] == "limit")

    assert (limit("development"), limit("extended")) == (10, 50)
    removed = DOCUMENTS["development"]["paths"]["/albums"]["get"]
    assert (removed["deprecated"], removed["x-replaced-by"]) == (True, "GET /albums/{id}")


def test_lists_of_texts_are_sent_with_commas():
    """`type=album,track` is one parameter, not two."""
    parameters = DOCUMENTS["extended"]["paths"]["/search"]["get"]["parameters"]
    kind = next(each for each in parameters if each["name"] == "type")
    assert (kind["style"], kind["explode"]) == ("form", False)


def test_security_names_the_scopes_that_are_used():
    """Each scope that an operation asks for is one of the scheme's."""
    document = DOCUMENTS["extended"]
    scheme = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    asked = {
        scope
        for path in document["paths"].values()
        for each in path.values()
        for scope in each["security"][0]["oauth2"]
    }
    assert asked <= scheme["scopes"].keys()


def _validator(access: Access, path: str) -> Any:
    document = DOCUMENTS[access]
    content = document["paths"][path]["get"]["responses"]["200"]["content"]
    schema = {"components": document["components"], **content["application/json"]["schema"]}
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("access", ["development", "extended"])
@pytest.mark.parametrize(
    ("path", "cassette"),
    [
        ("/albums/{id}", "albums/get-an-album/album"),
        ("/playlists/{playlist_id}", "playlists/get-playlist/own"),
        ("/me/player/queue", "player/get-queue/queue"),
        ("/me/top/{type}", "users/get-users-top-artists-and-tracks/artists"),
    ],
)
def test_the_schemas_alone_accept_recordings_and_refuse_broken_ones(access: Access, path: str, cassette: str):
    """By any validator of JSON Schema a recorded body is good, and broken ones are not."""
    name = load(ROOT / "cassettes" / access / f"{cassette}.yaml").exchanges[-1]
    body, validator = json.loads(name.response.body), _validator(access, path)
    assert validator.is_valid(body)
    operation = cassette.split("/")[1]
    wanted = lambda place, fault: excuse(access, operation, place, fault) is None  # noqa: E731
    broken = [mutant for _, mutant in mutants([body], wanted=wanted, each=40)]
    passed = [(mutant.place, mutant.fault) for mutant in broken if validator.is_valid(mutant.body)]
    assert len(passed) <= 0.05 * len(broken), passed


def test_fields_that_nobody_knows_may_come():
    """The document describes what is sent now; a new field breaks no generated client."""
    album = json.loads(
        load(ROOT / "cassettes/extended/albums/get-an-album/album.yaml").exchanges[0].response.body
    )
    assert _validator("extended", "/albums/{id}").is_valid({**album, "a_field_of_tomorrow": 1})


def test_the_command_writes_the_document_with_examples(tmp_path: Path):
    """Examples come from cassettes, and say what was recorded and when."""
    file, tracks = tmp_path / "spotify.json", "extended/tracks"
    shutil.copytree(ROOT / "cassettes" / tracks, tmp_path / tracks)
    ran = run("openapi", "--access", "extended", "--output", file, "--examples", tmp_path)
    assert (ran.status, ran.out) == (0, "")
    document = json.loads(file.read_text("utf-8"))
    content = document["paths"]["/tracks/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    (example,) = content["examples"].values()
    assert example["summary"].startswith("recorded from sandbox on 20")
    assert example["value"]["type"] == "track"


def test_the_command_prints_the_document():
    """Without --output it goes to standard output, for development mode."""
    ran = run("openapi")
    assert json.loads(ran.out)["info"]["x-access"] == "development"
