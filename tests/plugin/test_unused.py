"""What is not used costs next to nothing: it is not imported."""

from importlib.util import find_spec

import pytest

from tests.support.inner_run import PLUGINS, WITHOUT_AUTOLOAD
from tests.support.project import Project

HEAVY = {
    *("requests", "urllib3", "vcr", "yaml", "jsonschema", "jsonschema_rs", "referencing"),
    *("click", "filelock", "starlette", "uvicorn", "jinja2"),
}

CONFTEST = f"""
    import sys

    def pytest_unconfigure():
        print("plugin:", "pytest_spotify.plugin" in sys.modules)
        print("heavy:", sorted({HEAVY!r} & {{name.partition(".")[0] for name in sys.modules}}))
        print("ours:", sum(name.startswith("pytest_spotify.") for name in sys.modules))
"""


@pytest.fixture(autouse=True)
def _tells_what_it_imported(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_of_something_else(): pass")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, with no more plugins than it takes."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WITHOUT_AUTOLOAD.items():
            patch.setenv(name, value)
        return pytester.runpytest_subprocess(*PLUGINS, *arguments)


def imported_nothing(result: pytest.RunResult) -> None:
    result.stdout.fnmatch_lines(["plugin: True", "heavy: [[][]]"])


def test_a_run_without_spotify_tests_imports_nothing_heavy(pytester: pytest.Pytester):
    """No package that takes time to import is loaded for somebody else's test."""
    # With all that is installed; pytest-html, where it is, imports jinja2.
    result = pytester.runpytest_subprocess("-p", "no:html")
    result.assert_outcomes(passed=1)
    imported_nothing(result)


def test_a_run_without_spotify_tests_imports_few_modules(pytester: pytest.Pytester):
    """Of all our modules a dozen are loaded, as each takes time of pytest's start."""
    result = run(pytester, "-p", "no:recording")
    ours = next(line for line in result.outlines if line.startswith("ours: "))
    assert int(ours.removeprefix("ours: ")) <= 12


def test_nothing_is_said_where_nothing_is_ours(pytester: pytest.Pytester):
    """Header and summary do not mention Spotify."""
    result = run(pytester, "-p", "no:recording")
    result.stdout.no_fnmatch_line("spotify:*")
    result.stdout.no_fnmatch_line("* spotify *")


def test_collecting_only_imports_nothing_heavy(pytester: pytest.Pytester):
    """`--collect-only` and `--fixtures` load no more than a run."""
    imported_nothing(run(pytester, "--collect-only"))
    imported_nothing(run(pytester, "--fixtures"))


def test_another_projects_contract_files_import_nothing_heavy(pytester: pytest.Pytester):
    """A `*.contract.json` that is not ours is looked at and left alone."""
    theirs = '{"$schema": "https://example.org/consumer.json", "consumer": {"name": "shop"}}'
    pytester.path.joinpath("orders.contract.json").write_text(theirs, encoding="utf-8")
    result = run(pytester)
    result.assert_outcomes(passed=1)
    imported_nothing(result)


def test_the_help_imports_nothing_heavy(pytester: pytest.Pytester):
    """`pytest --help` and `--markers` name what is ours without loading it."""
    result = run(pytester, "--help")
    result.stdout.fnmatch_lines(["contract tests for the Spotify Web API:", "*--spotify-live*"])
    imported_nothing(result)


def test_a_replay_imports_no_more_than_it_takes(project: Project):
    """A contract case that passes needs no YAML parser, no HTTP client, nothing that records or compares."""
    project.bundled("get-track")
    project.record("-k", "track")
    unused = ["drift", "traffic", "cassettes.writer", "redaction.patterns", "intercept.messages"]
    assert all(find_spec(f"pytest_spotify.{name}") for name in unused)
    project.pytester.makeconftest(f"""
        import sys

        def pytest_unconfigure():
            heavy = {HEAVY - {"jsonschema_rs"}!r} | {{f"pytest_spotify.{{name}}" for name in {unused!r}}}
            print("heavy:", sorted(heavy & {{*sys.modules}}))
    """)
    result = project.run_apart("-p", "no:recording", "-k", "track and not token")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["1 operation answered with success and checked", "heavy: [[][]]"])
