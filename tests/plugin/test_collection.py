"""Contract files are items like any other: found, selected, marked and told apart as pytest does."""

import json
from functools import partial
from xml.etree import ElementTree

import pytest

from pytest_spotify.contracts.loader import bundled_contracts_dir
from tests.support.contract_files import contract, write
from tests.support.inner_run import PLUGINS
from tests.support.project import Project, no_traceback

TRACK = "contracts/tracks/get-track.contract.json"
BROKEN = '{"$schema": "contract.schema.json", "operation": }'
IMPLICIT = ["no-token", "bad-token"]


def ids(project: Project, *arguments: object) -> list[str]:
    result = project.run("--collect-only", "-q", *arguments)
    return [line for line in result.outlines if "::" in line and not line.startswith("ERROR")]


def test_a_case_is_an_item_of_its_file(project: Project):
    """The node id is the file's path and the case's name; two cases are there for every contract."""
    project.bundled("get-track")
    cases = ["track", "by-market", "unknown-id", "malformed-id"]
    assert ids(project) == [f"{TRACK}::{case}" for case in [*IMPLICIT, *cases]]


def test_contracts_are_found_wherever_they_lie(project: Project):
    """A contract below any folder of the tree, with no line of Python, and by its path alone."""
    project.contract("src/deep/own.contract.json")
    assert ids(project) == [f"src/deep/own.contract.json::{case}" for case in [*IMPLICIT, "thing"]]
    assert ids(project, "src/deep/own.contract.json::thing") == ["src/deep/own.contract.json::thing"]


def test_selection_by_name_and_mark(project: Project):
    """`-k` and `-m` tell cases from each other and from the project's own tests."""
    project.bundled("get-track")
    project.file("test_other.py", "def test_other(): pass")
    assert ids(project, "-k", "no-token") == [f"{TRACK}::no-token"]
    assert ids(project, "-k", "get-track and unknown") == [f"{TRACK}::unknown-id"]
    assert ids(project, "-m", "not spotify") == ["test_other.py::test_other"]
    assert len(ids(project, "-m", "spotify")) == 6


def test_the_last_failures_alone(project: Project):
    """`--lf` runs the case that failed, and no other case of its file."""
    project.bundled("get-track", "get-an-album")
    project.record()
    cassette = "cassettes/development/tracks/get-track/track.yaml"
    project.edit(cassette, '"type": "track"', '"type": "rock"')
    run = partial(project.pytester.runpytest_inprocess, *PLUGINS)  # with the cache
    run().assert_outcomes(passed=11, failed=1)
    again = run("--lf", "-v")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines([f"{TRACK}::track *"])


def test_an_expected_failure(project: Project):
    """A case that a conftest marks `xfail` fails as expected, and says why."""
    project.bundled("get-track")
    project.record()
    project.edit("cassettes/development/tracks/get-track/track.yaml", '"type": "track"', '"type": "rock"')
    project.file(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.nodeid.endswith("get-track.contract.json::track"):
                    item.add_marker(pytest.mark.xfail(reason="the API is wrong here"))
        """,
    )
    result = project.run("-rx")
    result.assert_outcomes(passed=5, xfailed=1)
    result.stdout.fnmatch_lines([f"*{TRACK}::track*the API is wrong here*"])


def test_junit(project: Project):
    """A report for machines names file and case, and holds our text and nothing else for a failure."""
    project.bundled("get-track")
    project.record()
    project.edit("cassettes/development/tracks/get-track/track.yaml", '"type": "track"', '"type": "rock"')
    project.run("--junit-xml=report.xml")
    cases = ElementTree.parse(project.path / "report.xml").getroot().findall(".//testcase")
    assert {case.get("name") for case in cases} == {*IMPLICIT, *contract_cases()}
    assert {case.get("classname") for case in cases} == {"contracts.tracks.get-track.contract.json"}
    (failed,) = (case.find("failure") for case in cases if case.get("name") == "track")
    assert failed is not None
    assert failed.text is not None
    assert failed.text.startswith('/type: expected "track"')


def contract_cases() -> set[str]:
    source = bundled_contracts_dir() / "tracks/get-track.contract.json"
    return set(json.loads(source.read_text())["cases"])


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (BROKEN, "thing.contract.json: not JSON:"),
        (contract(operatoin="x"), "thing.contract.json, at /operatoin: unknown key"),
        (contract(responses=None), "thing.contract.json, at /responses: missing"),
        (
            contract(responses={"200": {"body": "json", "schema": {"$ref": "../../outside.json"}}}),
            "leads out of",
        ),
        (
            contract(responses={"200": {"body": "json", "schema": {"type": "strin"}}}),
            "the schema of 200 cannot",
        ),
        (
            contract(responses={"200": {"body": "json", "schema": {"pattern": "("}}}),
            "the schema of 200 cannot",
        ),
        (contract(cases={"basic-scheme": {"status": 200}}), "/cases"),
    ],
)
def test_a_broken_contract_is_a_collection_error_of_a_few_lines(project: Project, broken: object, says: str):
    """File, place and fault, without a traceback; the run ends before any test, as for a broken module."""
    write(project.path, broken, "contracts/things/thing.contract.json")
    project.file("test_other.py", "def test_other(): pass")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    no_traceback(result)
    start = result.outlines.index(next(line for line in result.outlines if "ERROR collecting" in line))
    shown = result.outlines[
        start + 1 : next(i for i, line in enumerate(result.outlines) if "short test" in line)
    ]
    assert len(shown) <= 6
    assert says in shown[0]
    assert "thing.contract.json" in shown[0]


def test_a_broken_contract_beside_unrecorded_ones_is_what_is_told(project: Project):
    """The collection error is not hidden by the advice to record the other contracts."""
    project.bundled("get-track")
    write(project.path, BROKEN, "contracts/things/thing.contract.json")
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*thing.contract.json: not JSON:*"])


def test_a_broken_contract_that_is_not_collected(project: Project):
    """A run of marked tests alone is refused too, since they are checked by it; the file is named."""
    write(project.path, BROKEN, "contracts/things/thing.contract.json")
    project.file("test_it.py", "def test_it(spotify_session): pass")
    result = project.run("test_it.py")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines(["*/contracts/things/thing.contract.json: not JSON: *"])


def test_two_files_for_one_operation(project: Project):
    """Ids, recordings and the guard would mix them up: the second file is refused, naming the first."""
    project.contract("one/first.contract.json")
    project.contract("two/second.contract.json")
    result = project.run()
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["*second.contract.json: get-thing * is collected already, from */first.contract.json*"]
    )


def test_two_operations_of_one_method_and_path(project: Project):
    """Under another name it is the same operation, whatever its parameters are called."""
    project.contract("one/first.contract.json")
    parameters = {"other": contract()["parameters"]["id"]}
    project.contract(
        "two/second.contract.json",
        operation="get-other",
        path="/things/{other}",
        parameters=parameters,
        cases={"thing": {"parameters": {"other": "abc"}, "status": 200}},
    )
    result = project.run()
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["*second.contract.json: get-other * is collected already, from */first.contract.json*"]
    )


def test_contract_files_of_others_are_left_alone(project: Project):
    """The suffix is used elsewhere: a file with another `$schema`, or none, is not ours."""
    write(project.path, {"consumer": {"name": "shop"}}, "pact.contract.json")
    write(project.path, {"$schema": "https://example.org/other.schema.json"}, "other.contract.json")
    write(project.path, "// a dialect of theirs", "dialect.contract.json")
    result = project.run()
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    result.stdout.no_fnmatch_line("*rror*")


@pytest.mark.parametrize(
    ("arguments", "is_named"),
    [
        (["contracts"], True),
        (["contracts/things"], True),
        (["contracts/things/thing.contract.json"], True),
        ([], False),
        (["."], False),
        (["other"], False),
    ],
)
def test_a_contract_without_schema_is_named_where_its_folder_is(
    arguments: list[str], is_named: bool, project: Project
):
    """A run of a folder tells of a contract that has no `$schema`; a run of everything leaves it alone."""
    project.contract(**{"$schema": None})
    project.file("other/test_other.py", "def test_other(): pass")
    result = project.run(*arguments)

    assert (result.ret == pytest.ExitCode.INTERRUPTED) == is_named
    text = result.stdout.str()
    assert (
        'thing.contract.json: no $schema, so it is not taken for a contract; add the line "$schema": "https://'
        in text
    ) == is_named


def test_a_schema_of_the_projects_own(project: Project):
    """A contract refers to a schema beside it by path and to ours by name, and both are held to."""
    project.bundled("get-track")
    path = project.path / TRACK
    own = json.loads(path.read_text())
    own["responses"]["200"]["schema"] = {"$ref": "../schemas/mine.schema.json#/$defs/track"}
    path.write_text(json.dumps(own))
    schema = {
        "$defs": {
            "track": {
                "type": "object",
                "additionalProperties": True,
                "required": ["name", "mine"],
                "properties": {"id": {"$ref": "pytest-spotify:common.schema.json#/$defs/id"}},
            }
        }
    }
    project.file("contracts/schemas/mine.schema.json", json.dumps(schema))
    project.run("--spotify-sandbox").assert_outcomes(passed=4, failed=2)
    schema["$defs"]["track"]["required"] = ["name"]
    project.file("contracts/schemas/mine.schema.json", json.dumps(schema))
    project.run("--spotify-sandbox").assert_outcomes(passed=6)


def test_the_bundled_suite_alone(project: Project):
    """`--spotify-suite` runs the bundled contracts and nothing else; their ids are those of a checkout."""
    project.file("test_other.py", "def test_other(): pass")
    project.file("pytest.ini", "[pytest]\ntestpaths = .")
    found = ids(project, "--spotify-suite", "-k", "get-track")
    assert f"{TRACK}::track" in found
    assert not any("test_other" in line for line in found)


def test_the_bundled_suite_beside_tests(project: Project):
    """With a path on the line the suite runs beside it, and cassettes are the project's own."""
    project.file("tests/test_other.py", "def test_other(): pass")
    found = ids(project, "--spotify-suite", "tests", "-k", "get-track or other")
    assert "tests/test_other.py::test_other" in found
    assert f"{TRACK}::track" in found
    project.record("--spotify-suite", "-k", "get-track")
    assert "development/tracks/get-track/track.yaml" in project.cassettes()
    outcomes = project.run("--spotify-suite", "tests", "-k", "get-track or other").parseoutcomes()
    assert outcomes.pop("deselected")
    assert outcomes == {"passed": 7}


def test_the_bundled_suite_from_a_configuration_file(project: Project):
    """The option works from `addopts` too."""
    project.file("pytest.ini", "[pytest]\naddopts = --spotify-suite")
    assert f"{TRACK}::track" in ids(project)


def test_a_contract_of_ones_own_beside_the_bundled_one(project: Project):
    """Both would have the same ids and recordings: one is refused, naming both files."""
    project.bundled("get-track")
    result = project.run("--spotify-suite", "contracts")
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["*get-track (GET /tracks/{id}) is collected already, from */get-track.contract.json*"]
    )
    assert result.ret == pytest.ExitCode.INTERRUPTED


def test_cases_are_reported_under_their_request(project: Project):
    """The heading of a failure names method and path, so that ids need not be read."""
    project.contract()
    project.record("-k", "no-token")
    result = project.run()
    result.stdout.fnmatch_lines(["* GET /things/{id} (thing) *"])
