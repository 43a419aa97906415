"""Recordings that nothing uses, that two tests would share, or that are too old."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.project import Project, no_traceback

TRACK = "cassettes/development/tracks/get-track/track.yaml"
MARKED = "cassettes/development/test_it/test_it.spotify.yaml"


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with a contract of its own, and a marked test."""
    project.bundled("get-track")
    project.file("test_it.py", "def test_it(spotify_session):\n    spotify_session.get('/me')\n")
    project.record()
    return project


def age(project: Project, name: str, days: int) -> str:
    """Make a recording older, and return the day that it tells now."""
    (line,) = [line for line in (project.path / name).read_text().splitlines() if "recorded_at" in line]
    then = datetime.now(UTC) - timedelta(days=days, minutes=1)
    project.edit(name, line, f'  recorded_at: "{then.isoformat(timespec="seconds")}"')
    return f"{then:%Y-%m-%d}"


def test_recordings_that_are_too_old(recorded: Project):
    """They are listed with their day, and fail under --spotify-strict, as the test's own failure."""
    recorded.file("pytest.ini", "[pytest]\nspotify_cassette_max_age = 90")
    recorded.run().stdout.no_fnmatch_line("older than*")
    days = {name: age(recorded, name, 91) for name in (TRACK, MARKED)}
    age(recorded, TRACK.replace("track.yaml", "no-token.yaml"), 90)
    result = recorded.run()
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(
        [
            "older than spotify_cassette_max_age: record it again:",
            f"  {TRACK}  recorded {days[TRACK]}, 91 days ago",
            f"  {MARKED}  recorded {days[MARKED]}, 91 days ago",
        ]
    )
    result = recorded.run("--spotify-strict")
    result.assert_outcomes(passed=5, failed=2)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "the recording is too old",
            f"replayed   {TRACK}  recorded {days[TRACK]}, 91 days ago",
            "allowed    90 days (ini spotify_cassette_max_age)",
            "record     pytest *get-track.contract.json::track --spotify-live --record-mode=rewrite",
            "2 failed: the cassette is *",
        ]
    )


def test_no_recording_is_too_old_where_nothing_is_said(recorded: Project):
    """The age is looked at only where the ini file says a number other than 0."""
    age(recorded, TRACK, 10_000)
    recorded.run("--spotify-strict").assert_outcomes(passed=7)
    recorded.run("--spotify-strict", "-o", "spotify_cassette_max_age=0").assert_outcomes(passed=7)


def test_an_age_that_is_no_number(project: Project):
    """It is a usage error that shows what is expected."""
    result = project.run("-o", "spotify_cassette_max_age=3 months")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*ini spotify_cassette_max_age = 3 months: expected a number of days*"])


def test_recordings_of_no_test(recorded: Project):
    """What a marked test that is gone has left is listed, where its whole module was collected."""
    folder = (recorded.path / MARKED).parent
    left = folder / "test_gone.spotify.yaml"
    left.write_bytes((recorded.path / MARKED).read_bytes())
    (folder / "of-pytest-recording.yaml").write_text("interactions: []\nversion: 1\n")
    result = recorded.run()
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(
        ["unused cassettes, delete them:", "  cassettes/development/test_it/test_gone.spotify.yaml"]
    )
    result.stdout.no_fnmatch_line("*of-pytest-recording*")
    for left_out in (["-k", "test_it"], ["test_it.py::test_it"], ["contracts"]):
        recorded.run(*left_out).stdout.no_fnmatch_line("unused cassettes*")


def test_recordings_of_modules_that_are_gone(recorded: Project):
    """What a deleted module has left is listed, also where it was the last one with marks in its folder."""
    recorded.file("tests/test_other.py", "def test_it(): pass")
    for name in ("tests/test_gone.py", "tests/test_unmarked.py", "tests/test_not_collected.py"):
        recorded.file(name, "def test_it(spotify_session): spotify_session.get('/me')")
    recorded.record()
    (recorded.path / "tests/test_gone.py").unlink()
    recorded.file("tests/test_unmarked.py", "def test_it(): pass")
    arguments = ("--ignore=tests/test_not_collected.py",)
    gone = "tests/cassettes/development/{}/test_it.spotify.yaml"
    result = recorded.run(*arguments)
    result.stdout.fnmatch_lines(
        [
            "unused cassettes, delete them:",
            f"  {gone.format('test_gone')}",
            f"  {gone.format('test_unmarked')}",
        ]
    )
    result.stdout.no_fnmatch_line("*test_not_collected/*")
    recorded.run(*arguments, "-n1").stdout.fnmatch_lines(
        ["unused cassettes*", f"  {gone.format('test_gone')}", f"  {gone.format('test_unmarked')}"]
    )


def test_cases_of_a_suite_that_is_there_in_part(recorded: Project):
    """Whether a case is gone is not to be told from a part of the contracts."""
    (recorded.path / TRACK).with_name("gone.yaml").write_bytes((recorded.path / TRACK).read_bytes())
    recorded.run().stdout.no_fnmatch_line("unused cassettes*")


def test_cases_of_the_whole_suite(recorded: Project):
    """With every contract collected, each file below the access's folder has its case, or is listed."""
    (recorded.path / TRACK).with_name("gone.yaml").write_bytes((recorded.path / TRACK).read_bytes())
    other = recorded.path / "cassettes/extended/tracks/get-track/of-another-access.yaml"
    other.parent.mkdir(parents=True)
    other.touch()
    (recorded.path / "contracts/tracks/get-track.contract.json").unlink()
    result = recorded.run("--spotify-suite", "-q", "--tb=no", "-rN", "-x")
    result.stdout.fnmatch_lines(
        ["unused cassettes, delete them:", "  cassettes/development/tracks/get-track/gone.yaml"]
    )
    result.stdout.no_fnmatch_line("*of-another-access*")


def test_two_tests_of_one_recording(project: Project, monkeypatch: pytest.MonkeyPatch):
    """Should the names of two files ever be one, nothing runs, rather than one overwriting the other."""
    monkeypatch.setattr("pytest_spotify.plugin.marked.marked_name", lambda test: "test_it.spotify.yaml")
    project.file(
        "test_it.py",
        """
        import pytest

        @pytest.mark.spotify
        @pytest.mark.parametrize("number", [1, 2])
        def test_it(number): pass
        """,
    )
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*test_it.py::test_it?1? and test_it.py::test_it?2? would share a recording*: rename one*"]
    )


def test_what_killed_recorders_left(recorded: Project):
    """A run that records removes the temporary files of one that was killed; one that replays leaves them."""
    left = (recorded.path / TRACK).with_name(".track.yaml.999999999-0123abcd.tmp")
    left.write_text("cut")
    recorded.run()
    assert left.exists()
    recorded.run("--spotify-sandbox", "--record-mode=once").assert_outcomes(passed=7)
    assert not left.exists()
