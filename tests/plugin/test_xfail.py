"""`xfail` is about what a test does: it never hides that replay has no recording for it."""

import pytest

from tests.support.project import SANDBOX, Project

XFAIL = """
    import pytest

    @pytest.mark.xfail(strict={strict})
    def test_it(spotify_session):
        assert spotify_session.get("/me").status_code == {status}
"""
LINE = "1 xfailed without a recording: *"


@pytest.mark.parametrize("strict", [True, False])
def test_a_marked_test_without_a_recording(project: Project, strict: bool):
    """An expected failure whose replay has no recording fails, with the command, and is counted."""
    project.file("test_it.py", XFAIL.format(strict=strict, status=404))
    result = project.run("-rf")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["test_it has no recording *", "record     pytest test_it.py::test_it *", LINE]
    )


def test_a_missing_recording_that_the_test_swallows(project: Project):
    """The same if the client's caller caught our error and the test then fails as it expects to."""
    project.file(
        "test_it.py",
        """
        import pytest

        @pytest.mark.xfail
        def test_it(spotify_session):
            try:
                spotify_session.get("/me")
            except Exception:
                assert False
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it has no recording *", LINE])


def test_a_case_without_a_recording(project: Project):
    """A case that a conftest marks `xfail` fails too if it has no recording."""
    project.bundled("get-track")
    project.record("-k", "no-token or bad-token")
    project.file(
        "conftest.py",
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                if item.name == "track":
                    item.add_marker(pytest.mark.xfail(reason="the API is wrong here"))
        """,
    )
    result = project.run()
    result.assert_outcomes(passed=2, failed=4)
    result.stdout.fnmatch_lines([LINE])


def test_an_expected_failure_is_recorded_once(project: Project):
    """It is recorded if it has no recording yet, and replays: then a strict one notices that it passes."""
    project.file("test_it.py", XFAIL.format(strict=True, status=404))
    project.run(*SANDBOX).assert_outcomes(xfailed=1)
    project.run().assert_outcomes(xfailed=1)
    recorded = project.cassettes()
    project.run(*SANDBOX).assert_outcomes(xfailed=1)
    assert project.cassettes() == recorded
    project.file("test_it.py", XFAIL.format(strict=True, status=200))
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["[[]XPASS(strict)[]]*"])
