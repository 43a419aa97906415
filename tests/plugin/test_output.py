"""Who pays for keeping secrets out of the output, and what stays a test's own."""

import json
from importlib.util import find_spec

import pytest

from pytest_spotify.redaction import encodings_of
from tests.support.contract_files import contract, write
from tests.support.project import Project

SECRET = "1f0c9a7be35d4428a6d2c0b94e8817f3"


@pytest.fixture
def project(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", SECRET)
    return project


def test_secrets_of_the_environment_are_hidden_in_replay_too(project: Project):
    """A run that replays needs no secret, yet it hides those that it finds."""
    project.file(
        "test_it.py",
        f"""
        import pytest

        SECRET = "".join(reversed("{SECRET[::-1]}"))

        @pytest.mark.spotify
        def test_spotify(record_property, record_testsuite_property):
            record_property("secret", SECRET)
            record_testsuite_property("secret", SECRET)
            raise ValueError(SECRET)

        def test_other():
            print(SECRET)
            assert SECRET == ""
        """,
    )
    result = project.run("-l", "--junitxml=junit.xml", "-o", "junit_family=xunit1")
    result.assert_outcomes(failed=2)
    junit = (project.path / "junit.xml").read_text()
    assert SECRET[:8] not in result.stdout.str() + junit
    assert junit.count('<property name="secret" value="***"') == 2
    result.stdout.fnmatch_lines(["*ValueError: [*][*][*]"])


def test_a_module_that_cannot_be_collected(project: Project):
    """Its error is without the secret as well."""
    project.file("test_it.py", "import os\n\nassert os.environ['SPOTIFY_CLIENT_SECRET'] == ''")
    result = project.run()
    result.assert_outcomes(errors=1)
    assert SECRET[:8] not in result.stdout.str()


def test_tests_see_what_they_always_see(project: Project):
    """Only what pytest shows is changed: a test can still find that its own code logs or prints a secret."""
    project.file(
        "test_it.py",
        f"""
        import logging, warnings
        import pytest

        SECRET = "".join(reversed("{SECRET[::-1]}"))

        @pytest.mark.spotify
        def test_it(caplog, capsys, recwarn):
            logging.getLogger("app").warning("with %s", SECRET)
            print(SECRET)
            warnings.warn(SECRET)
            assert SECRET in caplog.text and caplog.records[0].args == (SECRET,)
            assert SECRET in capsys.readouterr().out
            assert SECRET in str(recwarn.pop().message)
        """,
    )
    result = project.run("-rA", "-o", "log_cli=true")
    result.assert_outcomes(passed=1)
    assert SECRET[:8] not in result.stdout.str()


def test_runs_without_spotify_tests_are_left_alone(project: Project):
    """Output of other people's tests is theirs."""
    project.file("test_it.py", f"def test_it():\n    print('{SECRET}')\n    assert False")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([SECRET])


def test_nothing_is_added_where_no_secret_is_known(project: Project, monkeypatch: pytest.MonkeyPatch):
    """A run that replays with nothing of Spotify's in the environment has no plugin for it."""
    monkeypatch.delenv("SPOTIFY_CLIENT_SECRET")
    project.file(
        "conftest.py",
        "def pytest_unconfigure(config): print(config.pluginmanager.get_plugin('spotify-output'))",
    )
    project.file("test_it.py", "import pytest\n\n@pytest.mark.spotify\ndef test_it(): pass")
    project.run().stdout.fnmatch_lines(["None"])


SUBTESTS = f"""
import unittest
import pytest
from pytest_spotify.redaction import encodings_of

SECRET = "".join(reversed("{SECRET[::-1]}"))
FORMS = list(encodings_of(SECRET).values())

class Shown:
    def __repr__(self):
        return f"<Client {{SECRET}}>"

@pytest.mark.spotify
def test_spotify(subtests):
    for form in FORMS:
        with subtests.test(form, form=form, client=Shown(), nested=[{{"token": form}}]):
            print(form)
            assert form == ""
        with subtests.test("passes", form=form):
            pass

class TestCase(unittest.TestCase):
    def test_unittest(self):
        for number, form in enumerate(FORMS):
            with self.subTest(form, form=form):
                self.assertEqual(form, number)
"""


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=["one process", "worker"])
@pytest.mark.parametrize(
    "plugin",
    [
        pytest.param(
            (),
            id="pytest's own",
            marks=pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9"),
        ),
        pytest.param(
            ("-p", "pytest_subtests.plugin"),
            id="pytest-subtests",
            marks=pytest.mark.skipif(
                find_spec("pytest_subtests") is None,
                reason="pytest-subtests is not installed; `tox -e clients` has it",
            ),
        ),
    ],
)
def test_parameters_of_subtests(project: Project, plugin: tuple[str, ...], options: tuple[str, ...]):
    """No encoding of a secret is shown of a subtest: its message, its parameters, what it prints, junit."""
    project.file("test_it.py", SUBTESTS)
    result = project.run("-v", "-rA", "-l", "--junitxml=junit.xml", *plugin, *options)
    shown = result.stdout.str() + (project.path / "junit.xml").read_text()
    assert shown.count("form='***'") >= len(set(encodings_of(SECRET).values()))
    pieces = {text[at : at + 8] for text in encodings_of(SECRET).values() for at in range(len(text) - 7)}
    assert [piece for piece in pieces if piece in shown] == []


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="subtests came with pytest 9")
def test_parameters_of_subtests_stay_the_tests_own(project: Project):
    """What a test hands to a subtest is not changed by what is shown of it."""
    project.file(
        "test_it.py",
        f"""
        import pytest
        from types import SimpleNamespace

        SECRET = "".join(reversed("{SECRET[::-1]}"))

        @pytest.mark.spotify
        def test_it(subtests):
            headers, client = {{"token": SECRET}}, SimpleNamespace(token=SECRET)
            with subtests.test(SECRET, headers=headers, client=client):
                pass
            assert (headers["token"], client.token) == (SECRET, SECRET)
        """,
    )
    project.run().assert_outcomes(passed=1)


def commands(result: pytest.RunResult) -> list[str]:
    """Return the lines that the runner of GitHub Actions takes for commands."""
    lines = (result.stdout.str() + result.stderr.str()).splitlines()
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=["one process", "worker"])
def test_no_response_commands_the_runner(
    project: Project, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
):
    """In GitHub Actions nothing of a response, a cassette or a contract stands where it is a command."""
    monkeypatch.setenv("GITHUB_ACTIONS", "yes")
    command = "\n::error::owned\n##[error]owned\n" + "x" * 70 + " ::set-env name=A::b ##[add-path]c"
    body = {"error": {"status": command, "message": command}, command: command}
    write(project.path, contract(**{command: 1}))
    project.file("tox.ini", "[pytest]\nspotify_bodies = bodies/*.json = get-track")
    (project.path / "bodies").mkdir()
    (project.path / "bodies" / "x.json").write_text(json.dumps(body))
    project.file(
        "test_it.py",
        f"""
        import pytest

        COMMAND = {command!r}

        @pytest.mark.spotify
        def test_client():
            raise KeyError(COMMAND)

        @pytest.mark.spotify
        def test_text():
            pytest.fail(COMMAND, pytrace=False)
        """,
    )
    result = project.run("-rA", "--continue-on-collection-errors", *options)
    assert "owned" in result.stdout.str()
    assert commands(result) == []
