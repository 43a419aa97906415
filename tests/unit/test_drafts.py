"""A contract that is drafted from responses: what it says of them, and that it holds for them."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load
from pytest_spotify.check import check_body
from pytest_spotify.contracts import Contract
from pytest_spotify.contracts.loader import load_contract, load_schemas
from pytest_spotify.contracts.registry import ContractRegistry, bundled
from pytest_spotify.draft import ContractDrafter, template_of
from pytest_spotify.draft.samples import Sample, sample_of
from pytest_spotify.draft.schema import SchemaDrafter
from pytest_spotify.draft.shared_schemas import SharedSchemas
from pytest_spotify.lint import lint
from pytest_spotify.lint.schema_errors import schema_errors

CASSETTES = Path(__file__).parents[2] / "cassettes"
PREFIX = "pytest-spotify:"
OURS = {"development": 0.75, "extended": 0.55}  # responses whose draft is the schema that we wrote ourselves
FEW = ["get-track", "get-users-saved-tracks", "get-queue"]


@cache
def shared_schemas() -> SharedSchemas:
    return SharedSchemas(bundled("development").schemas)


@cache
def drafter() -> SchemaDrafter:
    return SchemaDrafter(shared_schemas())


def samples(contract: Contract, access: Access) -> list[Sample]:
    """Return the recorded success responses of a contract's own cases."""
    paths = sorted((CASSETTES / access).glob(f"*/{contract.operation}/*.yaml"))
    exchanges = [exchange for path in paths for exchange in load(path).exchanges]
    return [each for exchange in exchanges for each in sample_of(exchange, contract.method, contract.path)]


VALUES: list[tuple[Sequence[Any], Any]] = [
    (["11dFghVXANMlKmJXsNCbNl"], {"$ref": f"{PREFIX}common.schema.json#/$defs/id"}),
    (["spotify:track:11dFghVXANMlKmJXsNCbNl"], {"$ref": f"{PREFIX}identity.schema.json#/$defs/track-uri"}),
    (["2026-01-02T03:04:05Z"], {"$ref": f"{PREFIX}common.schema.json#/$defs/timestamp"}),
    (["2026-01-02"], {"$ref": f"{PREFIX}common.schema.json#/$defs/release-date"}),
    (["https://example.org/a"], {"$ref": f"{PREFIX}common.schema.json#/$defs/url"}),
    ([3, 0], {"$ref": f"{PREFIX}common.schema.json#/$defs/count"}),
    ([-1], {"type": "integer"}),
    ([1, 1.5], {"type": "number"}),
    ([True], {"type": "boolean"}),
    (["text", None], {"type": ["string", "null"]}),
    ([3, None], {"$ref": f"{PREFIX}common.schema.json#/$defs/count", "x-nullable": True}),
    ([["a"], []], {"type": "array", "items": {"type": "string"}}),
    (["red"] * 9 + ["blue"], {"type": "string", "enum": ["blue", "red"]}),
    (["red"] * 8 + ["blue"], {"type": "string"}),
    (["text", 1], {"type": ["integer", "string"]}),
]


@pytest.mark.parametrize(("values", "schema"), VALUES)
def test_a_value_gets_its_form(values: Sequence[Any], schema: Any) -> None:
    """Ids, URIs, dates, URLs and counts refer to ours; few words that come often are an enum."""
    drafted = drafter().draft([{"mood": value} for value in values])

    assert drafted == {"type": "object", "required": ["mood"], "properties": {"mood": schema}}


def test_a_property_of_a_known_name_gets_our_schema() -> None:
    """A name that our schemas have an enum or a definition for gets it, if the values fit."""
    drafted = drafter().draft([{"release_date_precision": "day", "duration_ms": 7}])

    names = {name: schema["$ref"].rpartition("/")[2] for name, schema in drafted["properties"].items()}
    assert names == {"release_date_precision": "release-date-precision", "duration_ms": "duration"}


def test_a_property_that_is_missing_somewhere_is_not_required() -> None:
    """What all objects at a place have is required; where they share nothing, one of their properties is."""
    assert drafter().draft([{"a": True, "b": True}, {"a": True}])["required"] == ["a"]
    assert drafter().draft([{"a": True}, {"b": True}])["x-any-required"] == ["a", "b"]


NAMES = [
    "id",
    "uri",
    "href",
    "type",
    "items",
    "next",
    "total",
    "images",
    "market",
    "$ref",
    "",
    "x/y~z",
    "required",
]
TEXTS = [
    "11dFghVXANMlKmJXsNCbNl",
    "spotify:track:11dFghVXANMlKmJXsNCbNl",
    "2026-13-45",
    "https://x y",
    "SE",
    "track",
]
JSON_VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(-3, 10**20)
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.text(max_size=5)
    | strategies.sampled_from(TEXTS),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(strategies.lists(JSON_VALUES, min_size=1, max_size=4))
def test_whatever_was_sent_fits_its_draft(bodies: list[Any]) -> None:
    """A draft accepts every body that it was made of, and lint has nothing against it."""
    schema = drafter().draft(bodies)

    assert shared_schemas().fits(schema, bodies)
    assert list(schema_errors(schema, ())) == []


def test_our_objects_are_referred_to_wherever_they_stand() -> None:
    """A track in a list of an unknown object, and one in a page, is `track.schema.json` and no copy."""
    (track, *_) = [
        each.body for each in samples(bundled("development").contracts["get-track"], "development")
    ]
    page = {
        "href": "x",
        "items": [track],
        "limit": 1,
        "next": None,
        "offset": 0,
        "previous": None,
        "total": 1,
    }
    drafted = drafter().draft([{"top": [track], "page": page}])

    reference = {"$ref": f"{PREFIX}track.schema.json"}
    assert drafted["properties"]["top"] == {"type": "array", "items": reference}
    assert drafted["properties"]["page"] == {
        "$ref": f"{PREFIX}common.schema.json#/$defs/page",
        "properties": {"items": {"items": reference}},
        "additionalProperties": True,
    }


def test_a_path_becomes_a_template() -> None:
    """An id in a path is a parameter; words stay."""
    id_ = "11dFghVXANMlKmJXsNCbNl"

    assert template_of(f"/playlists/{id_}/items") == ("/playlists/{id}/items", {"id": id_})
    assert template_of("/me/player") == ("/me/player", {})


def test_an_unknown_operation_gets_parameters_and_cases_from_its_requests(tmp_path: Path) -> None:
    """Parameters are named, typed as others of the name are, and cases probe an unknown id and the limit."""
    body = {"id": "11dFghVXANMlKmJXsNCbNl", "mood": "calm"}
    parameters = {"id": body["id"], "limit": "5", "loud": "true"}
    path, text = ContractDrafter(bundled("development")).draft(
        "GET", "/tracks/{id}/moods", [Sample(status=200, body=body, parameters=parameters)]
    )
    content = json.loads(text)

    assert str(path) == "tracks/get-tracks-moods.contract.json"
    assert content["parameters"]["id"]["in"] == "path"
    assert content["parameters"]["limit"]["schema"]["maximum"] == 50
    assert content["cases"]["recorded"]["parameters"] == {"id": body["id"], "limit": 5, "loud": True}
    assert content["cases"]["unknown-id"]["status"] == 404
    assert content["cases"]["limit-beyond"]["parameters"]["limit"] == 51
    file = tmp_path / path.name
    file.write_text(text, encoding="utf-8")
    assert lint([file], tmp_path) == []


def test_an_account_is_not_named_in_a_case() -> None:
    """The name of a user in a recorded path becomes the run's own account."""
    sample = Sample(status=200, body={"mood": "calm"}, parameters={"user_id": "jane.doe"})
    _, text = ContractDrafter(bundled("extended")).draft("GET", "/users/{user_id}/moods", [sample])

    assert "jane" not in text
    assert json.loads(text)["cases"]["recorded"]["parameters"] == {"user_id": {"account": "user-id"}}


def hold(names: Sequence[str], access: Access, folder: Path) -> float:
    """Draft a contract of each operation from its recordings; each is clean and accepts all of them.

    Returns the share of responses whose draft is the schema that we wrote ourselves.
    """
    registry = bundled(access)
    drafter, schemas, files = ContractDrafter(registry), load_schemas(), []
    drafted = same = 0
    for name in names:
        contract = registry.contracts[name]
        if not (found := samples(contract, access)):
            continue
        path, text = drafter.draft(contract.method, contract.path, found)
        file = folder / "contracts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        files.append(file)
        made = load_contract(file, schemas)
        own = ContractRegistry([made], schemas, access)
        for sample in found:
            if "fields" not in (sample.parameters or {}):
                assert check_body(made, sample.status, json.dumps(sample.body).encode(), own) == []
        for status in {sample.status for sample in found}:
            drafted += 1
            same += made.responses[status].schema == contract.responses[status].schema
    assert lint(files, CASSETTES) == []
    return same / drafted


def test_drafts_of_a_few_operations_hold(tmp_path: Path) -> None:
    """A contract drafted from recordings is clean in lint's eyes and accepts each of them."""
    assert hold(FEW, "development", tmp_path) >= OURS["development"]


@pytest.mark.slow
@pytest.mark.parametrize("access", ["development", "extended"])
def test_drafts_of_all_operations_hold(access: Access, tmp_path: Path) -> None:
    """So is that of every recorded operation; most are the schemas that we wrote ourselves."""
    assert hold([*bundled(access).contracts], access, tmp_path) >= OURS[access]
