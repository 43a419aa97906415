"""The story of the how-to page works as the page says: on the sandbox, recorded, replayed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.project import Project

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-a-story.md"


def test_the_page_s_story(project: Project) -> None:
    """The example runs, is skipped without leave to write, is recorded, and replays alone."""
    (story,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    path = project.path / "test_favourites.py"
    path.write_text(story)

    skipped = project.run(path, "--spotify-sandbox", "-rs")
    skipped.assert_outcomes(skipped=1)
    skipped.stdout.fnmatch_lines(["*only --spotify-write allows*"])
    recorded = project.run(path, "--spotify-sandbox", "--spotify-write", "--record-mode=rewrite")
    recorded.assert_outcomes(passed=1)
    project.run(path).assert_outcomes(passed=1)


def test_an_unknown_need_is_named(project: Project) -> None:
    """A need that nothing knows ends the run at once, with the test and the need named."""
    project.file(
        "test_recital.py",
        """
        import pytest

        @pytest.mark.spotify(needs=["a-piano"])
        def test_recital(spotify_session):
            pass
        """,
    )
    result = project.run("--spotify-sandbox")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*::test_recital: @pytest.mark.spotify needs=[[]'a-piano']: expected*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*admission.py*")
