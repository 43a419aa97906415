"""A marked test that fails is one failure: it never makes another test fail or error."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from pytest_spotify.cassettes import cassette_name, load
from tests.plugin.test_reruns import RERUNS
from tests.support.inner_run import NO_CACHE, PLUGINS
from tests.support.project import Project

CASSETTE = Path(__file__).parents[2] / "cassettes/development/tracks/get-track/track.yaml"

HELPERS = """
import threading
from contextlib import suppress
import httpx
import pytest
import requests

REMOVED = "https://api.spotify.com/v1/albums?ids=4aawyAB9vmqN3uQ7FjRGTy"
UNRECORDED = "https://api.spotify.com/v1/me"
TRACK = "{track}"
HEADERS = {{"Authorization": "Bearer any"}}

def get(url=UNRECORDED):
    return requests.get(url, headers=HEADERS)

def swallow(url=UNRECORDED):
    with suppress(Exception):
        get(url)
"""

FIXTURES = """
import pytest
from .helpers import *

@pytest.fixture(scope="session", autouse=True)
def of_the_session():
    yield

@pytest.fixture(scope="package", autouse=True)
def of_the_package():
    yield

@pytest.fixture(scope="module", autouse=True)
def of_the_module():
    yield

@pytest.fixture(scope="class", autouse=True)
def of_the_class():
    yield

@pytest.fixture
def sends_first():
    get()

@pytest.fixture
def swallows_first():
    swallow()

@pytest.fixture
def sends_last():
    yield
    get()

@pytest.fixture
def swallows_last():
    yield
    swallow()

@pytest.fixture
def swallows_and_fails_last():
    yield
    swallow()
    raise ValueError

@pytest.fixture
def reads_last():
    yield
    get(TRACK)

@pytest.fixture(scope="module")
def module_sends():
    get()

@pytest.fixture(scope="module")
def module_swallows():
    swallow()
    yield

@pytest.fixture(scope="module")
def module_fails():
    swallow()
    raise ValueError
"""


SHUFFLE = """
    import random

    def pytest_collection_modifyitems(items):
        random.Random(13).shuffle(items)
"""


@dataclass(frozen=True)
class Way:
    """A way in which a marked test fails: what it does, with which fixtures and further marks."""

    body: str
    fixtures: str = ""
    mark: str = ""


WAYS = {
    "removed_operation": Way("get(REMOVED)"),
    "removed_operation_swallowed": Way("swallow(REMOVED)"),
    "removed_operation_then_client_error": Way("swallow(REMOVED)\nraise requests.ConnectionError"),
    "removed_operation_wrapped": Way(
        "try:\n    get(REMOVED)\nexcept Exception as error:\n    raise RuntimeError from error"
    ),
    "no_recording": Way("get()"),
    "no_recording_swallowed": Way("swallow()"),
    "no_recording_twice": Way("swallow()\nget()"),
    "no_recording_then_assertion": Way("swallow()\nassert False"),
    "no_recording_then_fail": Way("swallow()\npytest.fail('no')"),
    "no_recording_then_exit_of_the_program": Way("swallow()\nraise SystemExit(1)"),
    "no_recording_then_base_exception": Way("swallow()\nraise BaseException"),
    "no_recording_then_group": Way("swallow()\nraise ExceptionGroup('two', [ValueError(), KeyError()])"),
    "no_recording_in_a_thread": Way(
        "thread = threading.Thread(target=swallow)\nthread.start()\nthread.join()"
    ),
    "no_recording_by_httpx": Way("httpx.get(UNRECORDED)"),
    "no_recording_in_setup": Way("pass", "sends_first"),
    "no_recording_swallowed_in_setup": Way("pass", "swallows_first"),
    "no_recording_in_teardown": Way("pass", "sends_last"),
    "no_recording_swallowed_in_teardown": Way("pass", "swallows_last"),
    "error_in_teardown": Way("pass", "swallows_and_fails_last"),
    "assertion_then_request_in_teardown": Way("assert False", "swallows_last"),
    "assertion_then_error_in_teardown": Way("swallow()\nassert False", "swallows_and_fails_last"),
    "wide_fixture_sends": Way("pass", "module_sends"),
    "wide_fixture_swallows": Way("assert False", "module_swallows"),
    "wide_fixture_fails": Way("pass", "module_fails"),
    "sign_in_by_hand": Way("requests.get('https://accounts.spotify.com/authorize')"),
    "sign_in_by_hand_swallowed": Way(
        "with suppress(Exception):\n    requests.get('https://accounts.spotify.com/authorize')\nassert False"
    ),
    "other_host": Way("requests.get('http://192.0.2.1/')"),
    "broken_response": Way("get(TRACK)"),
    "broken_response_then_key_error": Way("get(TRACK).json()['nonsense']"),
    "broken_response_in_teardown": Way("assert False", "reads_last"),
    "strict_expected_failure": Way("pass", mark="@pytest.mark.xfail(strict=True)"),
    "expected_another_error": Way("swallow()\nassert False", mark="@pytest.mark.xfail(raises=KeyError)"),
}


@pytest.fixture
def failing(project: Project) -> Project:
    """A project in which each way is taken in a function and in a class."""
    return write_ways(project, lambda number: (True, True))


@pytest.fixture(params=["each once", pytest.param("each twice", marks=pytest.mark.slow)])
def failing_otherwise(project: Project, request: pytest.FixtureRequest) -> Project:
    """A project in which each way is taken in a function or in a class, by turns, or in both."""
    twice = request.param == "each twice"
    return write_ways(project, lambda number: (twice or number % 2 == 0, twice or number % 2 == 1))


def write_ways(project: Project, places: Callable[[int], tuple[bool, bool]]) -> Project:
    """Write a package with a module for each way: a test that fails so, and others after it.

    `places` says by the number of a way whether it is in a function and in a class.
    """
    project.file("cases/__init__.py")
    project.file("cases/conftest.py", FIXTURES)
    project.file("cases/helpers.py", HELPERS.format(track=load(CASSETTE).exchanges[0].request.url))
    for number, (name, way) in enumerate(WAYS.items()):
        in_module = module_text(way, way.fixtures, "")
        in_class = indent(module_text(way, ", ".join(filter(None, ["self", way.fixtures])), "self"), "    ")
        texts = [in_module, f"class TestIt:\n{in_class}\n"]
        text = "\n\n".join(text for text, is_there in zip(texts, places(number), strict=True) if is_there)
        project.file(f"cases/test_{name}.py", f"from .helpers import *\n\n{text}")
        if "TRACK" in way.body or "reads" in way.fixtures:
            for test in ("test_marked", "TestIt::test_marked"):
                path = f"cases/cassettes/development/test_{name}/{cassette_name(test)}.spotify.yaml"
                project.file(path).write_bytes(CASSETTE.read_bytes())
                project.edit(path, '"type": "track"', '"type": "rock"')
    return project


def module_text(way: Way, arguments: str, others: str) -> str:
    """Return a marked test that fails, and the innocent ones after it; the last is unmarked."""
    return f"""
{way.mark}
@pytest.mark.spotify
def test_marked({arguments}):
{indent(way.body, "    ")}

def test_plain({others}): pass

@pytest.mark.spotify
def test_quiet({others}): pass

def test_last({others}): pass
"""


def failures(project: Project, *arguments: str) -> list[str]:
    """Run the project; return the ids of the tests that failed, once for each phase and attempt."""
    run = project.pytester.inline_run(*NO_CACHE, *PLUGINS, "-q", "--tb=no", *arguments)
    assert run.ret == pytest.ExitCode.TESTS_FAILED
    reports = run.getreports("pytest_runtest_logreport")
    return [report.nodeid for report in reports if report.outcome in ("failed", "rerun")]


def innocent(ids: list[str]) -> list[str]:
    """Return the ids of tests that have nothing to fail of."""
    return [each for each in ids if not each.endswith("::test_marked")]


def test_other_tests_of_a_run(failing: Project):
    """However a marked test fails, it fails alone in its class, its module, its package and the run."""
    ids = failures(failing)
    assert innocent(ids) == []
    files = [each.partition("::")[0].removeprefix("cases/test_").removesuffix(".py") for each in ids]
    assert [name for name in WAYS if files.count(name) < 2] == []


@pytest.mark.parametrize(
    "arguments",
    [*(pytest.param((each,), marks=pytest.mark.slow) for each in ("-n1", "-n2")), ("--spotify-sandbox",)],
    ids=["worker", "workers", "sandbox"],
)
def test_other_tests_of_other_runs(failing_otherwise: Project, arguments: tuple[str, ...]):
    """Neither by the workers of pytest-xdist nor in a live run does a test that fails make another fail."""
    assert innocent(failures(failing_otherwise, *arguments)) == []


@pytest.mark.parametrize("plugin", [RERUNS, SHUFFLE], ids=["reruns", "shuffle"])
def test_other_tests_beside_other_plugins(failing_otherwise: Project, plugin: str):
    """Neither a further attempt nor another order makes a test fail for what another one did."""
    failing_otherwise.file("conftest.py", plugin)
    assert innocent(failures(failing_otherwise)) == []


@pytest.mark.parametrize("option", ["-x", "--maxfail=2"])
@pytest.mark.parametrize("name", ["no_recording", "no_recording_in_teardown", "error_in_teardown"])
def test_a_run_that_stops(failing: Project, name: str, option: str):
    """Fixtures that outlive the test end with the session then: not one of them fails for the test."""
    assert innocent(failures(failing, option, f"cases/test_{name}.py")) == []
