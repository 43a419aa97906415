"""What stands behind each contract is counted, shown, and named where an answer breaks the contract."""

import dataclasses
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pytest_spotify.access import ACCESSES, Access
from pytest_spotify.api import Contracts
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.report import (
    ELSEWHERE,
    NEVER,
    FailureContext,
    doubt,
    format_failure,
    real_answers,
)
from pytest_spotify.report.summary import CheckedExchange, summary
from tests.support.contract_files import registry

ROOT = Path(__file__).parents[2]
BROKEN = Violation(kind="breaking", pointer="/id", expected="a value", actual="missing")
NAMES = [*bundled("extended").contracts]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("provenance_script", ROOT / "scripts" / "provenance.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def operation(wanted: str, access: Access) -> str:
    """Return an operation whose contract has that much doubt."""
    return next(name for name in NAMES if doubt(bundled(access).contracts[name], access) == wanted)


def test_page_and_readme_say_what_the_table_says(script: ModuleType) -> None:
    """docs/provenance.md and the sum in the README are those of contracts/provenance.json."""
    assert (ROOT / "docs" / "provenance.md").read_text(encoding="utf-8") == script.page()
    assert (ROOT / "README.md").read_text(encoding="utf-8") == script.readme()


def test_the_table_is_of_our_contracts_and_holds_counts_and_dates_alone() -> None:
    """Every entry names an operation and an access that exist, at least one answer, and months in order."""
    table = json.loads((ROOT / "contracts" / "provenance.json").read_text(encoding="utf-8"))

    assert table.keys() <= set(NAMES)
    for by_access in table.values():
        assert by_access.keys() <= set(ACCESSES)
        for each in by_access.values():
            assert each.keys() == {"count", "first", "last"}
            assert each["count"] > 0
            assert "2014-01" <= each["first"] <= each["last"] <= "2099-12"
    assert real_answers().keys() == table.keys()


def test_answers_that_fit_are_counted_by_operation_access_and_month(
    script: ModuleType, tmp_path: Path
) -> None:
    """A file's name says the access; refusals and answers that break the contract do not count."""
    entry = {
        "startedDateTime": "2026-03-01T00:00:00Z",
        "request": {"method": "GET", "url": "https://api.spotify.com/v1/markets", "headers": []},
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "application/json"}],
            "content": {"text": '{"markets": ["SE"]}'},
        },
    }
    broken = entry | {"response": entry["response"] | {"content": {"text": '{"markets": 1}'}}}
    later = entry | {"startedDateTime": "2026-05-01T00:00:00Z"}
    refused = entry | {"response": entry["response"] | {"status": 404, "content": {"text": ""}}}
    for name, entries in {
        "a.har": [entry, later, broken, refused],
        "b.development-older.har": [later],
        "c.development.har": [broken],
    }.items():
        (tmp_path / name).write_text(
            json.dumps({"log": {"version": "1.2", "entries": entries}}), encoding="utf-8"
        )

    assert script.count(tmp_path) == {
        "get-available-markets": {
            "development-older": {"count": 1, "first": "2026-05", "last": "2026-05"},
            "extended": {"count": 2, "first": "2026-03", "last": "2026-05"},
        }
    }


@pytest.mark.parametrize("told", [NEVER, ELSEWHERE])
def test_a_break_of_a_contract_without_proof_says_so(told: str) -> None:
    """Failure text and summary ask for a report where only documentation stands behind the contract."""
    name = operation(told, "development-older")
    contract = bundled("development-older").contracts[name]
    checked_exchange = CheckedExchange(
        file="a.har", index=0, method="GET", url="", status=200, operation=name, violations=[BROKEN]
    )

    text = format_failure([BROKEN], FailureContext(contract=contract, access="development-older"))

    assert f"evidence   {told}" in text
    assert f"  {name}  {told}" in summary([checked_exchange], Contracts.bundled("development-older"))


@pytest.mark.parametrize("kind", ["request", "additive", "unknown"])
def test_only_a_break_asks_for_a_report(kind: str) -> None:
    """Whatever else does not fit says nothing of how well the contract is proved."""
    violation = dataclasses.replace(BROKEN, kind=kind)
    name = operation(NEVER, "extended")
    context = FailureContext(contract=bundled("extended").contracts[name], access="extended")

    assert "please report" not in format_failure([violation], context)
    assert "please report" in format_failure([BROKEN], context)


def test_proved_contracts_and_those_of_others_raise_no_doubt(tmp_path: Path) -> None:
    """A contract that real answers fit, and one of a project's own, is not ours to be told about."""
    own = registry(tmp_path).contracts["get-thing"]

    assert operation("", "extended") in real_answers()
    assert doubt(own, "extended") == ""
    assert "please report" not in format_failure([BROKEN], FailureContext(contract=own, access="extended"))
