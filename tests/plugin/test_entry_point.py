"""The plugin as pip installs it: found by its entry point, beside every plugin that the test extra brings."""

import pytest

from tests.support.project import Project


def test_an_installed_plugin_is_loaded_without_an_option(project: Project, monkeypatch: pytest.MonkeyPatch):
    """A plain `pytest` with plugin autoload on checks contract cases and replays marked tests."""
    project.bundled("get-track")
    project.file("test_it.py", "def test_it(spotify_session): assert spotify_session.get('/me').ok")
    project.record()
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    result = project.pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["spotify: replay*"])
