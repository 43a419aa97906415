"""What `lint --expand` prints is what is checked."""

import json
from pathlib import Path

import pytest

from pytest_spotify.access import Access
from pytest_spotify.cassettes import load
from pytest_spotify.contracts.keywords import inline
from pytest_spotify.contracts.loader import load_schemas
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.contracts.schema import Resources, compile_schema
from tests.support import mutations

CASSETTES = Path(__file__).parents[2] / "cassettes"


@pytest.mark.parametrize("access", ["development", "extended"])
@pytest.mark.parametrize("operation", ["get-queue", "get-playlist", "get-an-album", "search"])
def test_the_expanded_schema_finds_the_same_faults(access: Access, operation: str) -> None:
    """Without a reference left, it finds in recorded responses and in broken copies what the checks find."""
    registry = bundled(access)
    contract = registry.contracts[operation]
    schema = contract.responses[200].schema
    assert schema is not None
    expanded = inline(schema, "", load_schemas(), access)
    assert "$ref" not in json.dumps(expanded)
    checked, alone = registry.validator(contract, "200 ", schema), compile_schema(expanded, Resources({}))
    paths = [*(CASSETTES / access).rglob(f"{operation}/*.yaml")]
    exchanges = [exchange for path in paths for exchange in load(path).exchanges]
    bodies = [json.loads(each.response.body) for each in exchanges if each.response.status == 200]
    assert bodies
    broken = list(mutations.mutants(bodies, wanted=lambda *_: True, each=20))
    for body in [*bodies, *(mutant.body for _, mutant in broken)]:
        assert alone.errors(body) == checked.errors(body)
