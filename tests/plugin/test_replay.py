"""Replay, the default: answers come from cassettes, and what is amiss with one is told with what to type."""

import pytest

from tests.support.project import SANDBOX, Project, no_traceback

TRACK = "contracts/tracks/get-track.contract.json"
CASSETTES = "cassettes/development/tracks/get-track"


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project with one contract, recorded."""
    project.bundled("get-track")
    project.record()
    return project


def test_the_header_says_what_is_replayed(recorded: Project):
    """One line: mode, access, how many operations of how many, and from where and when the recordings are."""
    result = recorded.run()
    result.assert_outcomes(passed=6)
    (line,) = [line for line in result.outlines if line.startswith("spotify: ")]
    start = "spotify: replay, access development, 1 of 96 operations, recorded from the sandbox on 20"
    assert line.startswith(start)
    assert len(line) == len(start) + len("26-11-21")


def test_recordings_of_several_targets_and_days(recorded: Project):
    """The header and the summary tell Spotify's recordings from the sandbox's."""
    recorded.edit(f"{CASSETTES}/track.yaml", "target: sandbox", "target: spotify")
    text = (recorded.path / CASSETTES / "track.yaml").read_text()
    day = text.partition('recorded_at: "')[2][:10]
    recorded.edit(f"{CASSETTES}/track.yaml", f'recorded_at: "{day}', 'recorded_at: "2026-03-01')
    recorded.edit(f"{CASSETTES}/no-token.yaml", f'recorded_at: "{day}', 'recorded_at: "2026-02-01')
    result = recorded.run()
    result.stdout.fnmatch_lines(
        [
            f"spotify: *recorded from the sandbox from 2026-02-01 to {day} and Spotify on 2026-03-01",
            "1 operation answered with success and checked, 2 unauthenticated checks",
            "5 recordings from the sandbox, not from Spotify",
            "1 recording from Spotify",
        ]
    )


def test_no_server_and_no_credentials_are_needed(recorded: Project):
    """Nothing listens any more, nothing is set, nothing is written; the cassettes stay as they are."""
    before = recorded.cassettes()
    recorded.run().assert_outcomes(passed=6)
    assert recorded.cassettes() == before
    assert not (recorded.path / "home").exists()


def test_a_case_without_a_recording(recorded: Project):
    """It alone fails; the text says where the recording belongs and which command makes it, and it does."""
    (recorded.path / CASSETTES / "track.yaml").unlink()
    result = recorded.run()
    result.assert_outcomes(passed=5, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "track has no recording of its traffic with Spotify",
            f"expected   {CASSETTES}/track.yaml",
            f"record     pytest {TRACK}::track --spotify-live --record-mode=once",
            "*--spotify-sandbox for --spotify-live*",
            "1 failed: the cassette is *",
            f"*{TRACK}::track*track has no recording*",
        ]
    )
    recorded.record(f"{TRACK}::track")
    recorded.run().assert_outcomes(passed=6)


def test_no_case_with_a_recording(project: Project):
    """One usage error for all of them, with both ways out; no test has run."""
    project.bundled("get-track")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    assert "passed" not in result.stdout.str()
    result.stderr.fnmatch_lines(
        [
            "*none of the 6 selected Spotify cases has a recording under access *",
            "  pytest * --spotify-live --record-mode=once",
            "  pytest * --spotify-sandbox",
        ]
    )


def test_a_damaged_recording(recorded: Project):
    """A cassette that was cut is refused, with the command that records it again."""
    path = recorded.path / CASSETTES / "track.yaml"
    path.write_bytes(path.read_bytes()[:-200])
    result = recorded.run()
    result.assert_outcomes(passed=5, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["*track.yaml: cut: expected *", "*--record-mode=rewrite"])


def test_an_edited_cassette(recorded: Project):
    """A cassette that was edited by hand is replayed and listed; a strict run refuses it."""
    path = recorded.path / CASSETTES / "track.yaml"
    path.write_bytes(path.read_bytes().replace(b"no-store", b"max-age=1").replace(b"max-age=0", b"max-age=1"))
    result = recorded.run()
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["edited by hand: keep the edit with *--reseal*", "  *track.yaml"])
    result = recorded.run("--spotify-strict")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*track.yaml: edited by hand since *", "*scan --reseal *track.yaml"])


def test_a_recording_that_is_not_used_up(recorded: Project):
    """What was recorded and is no longer asked for makes the case fail: the recording is out of date."""
    path = recorded.path / CASSETTES / "track.yaml"
    interaction = path.read_text().partition("interactions:\n")[2].partition("version: 1")[0]
    recorded.edit(
        f"{CASSETTES}/track.yaml",
        "version: 1",
        interaction.replace("/v1/tracks/11dFghVXANMlKmJXsNCbNl", "/v1/me") + "version: 1",
    )
    result = recorded.run()
    result.assert_outcomes(passed=5, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "1 of 2 recorded requests was not sent; first: GET *v1/me",
            "replayed   */track.yaml",
            "record *",
        ]
    )


def test_a_case_that_asks_something_else_than_was_recorded(recorded: Project):
    """A case that was edited since is a miss that names what differs, no answer to another question."""
    path = recorded.path / TRACK
    path.write_text(path.read_text().replace('"market": "ES"', '"market": "SE"'))
    result = recorded.run()
    result.assert_outcomes(passed=5, failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["no recorded response to GET *market*: *the parameter 'market' (recorded *, sent *)"]
    )


def test_a_401_is_not_served_from_another_cassette(recorded: Project):
    """The no-token case does not accept the recording of a request that was authorized."""
    folder = recorded.path / CASSETTES
    (folder / "no-token.yaml").write_bytes((folder / "track.yaml").read_bytes())
    result = recorded.run()
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["no recorded response *the authorization (Bearer recorded, none sent)"])


def test_the_access_of_a_run(recorded: Project, monkeypatch: pytest.MonkeyPatch):
    """Option beats environment beats ini beats `development`; each has cassettes of its own."""

    def access(*arguments: str) -> str:
        result = recorded.run("--collect-only", *arguments)
        (line,) = [line for line in result.outlines if line.startswith("spotify: ")]
        return line.split(", ")[1]

    assert access() == "access development"
    recorded.file("pytest.ini", "[pytest]\nspotify_access = extended")
    assert access() == "access extended"
    monkeypatch.setenv("SPOTIFY_ACCESS", "development-older")
    assert access() == "access development-older"
    assert access("--spotify-access=development") == "access development"
    monkeypatch.setenv("SPOTIFY_ACCESS", "")
    assert access() == "access extended"
    assert recorded.run().ret == pytest.ExitCode.USAGE_ERROR
    recorded.run("--spotify-access=development").assert_outcomes(passed=6)


@pytest.mark.parametrize("source", ["--spotify-access", "SPOTIFY_ACCESS", "ini spotify_access"])
def test_an_access_that_there_is_not(project: Project, monkeypatch: pytest.MonkeyPatch, source: str):
    """A usage error names where it was said and what there is."""
    arguments = ["--spotify-access=extende"] if source.startswith("--") else []
    if source == "SPOTIFY_ACCESS":
        monkeypatch.setenv(source, "extende")
    if source.startswith("ini"):
        project.file("pytest.ini", "[pytest]\nspotify_access = extende")
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines(
        [f"*{source}: no such access; expected one of development, development-older, extended"]
    )


@pytest.mark.parametrize("place", ["recorded/here", "../elsewhere", "/absolute"])
def test_where_cassettes_lie(project: Project, place: str):
    """The ini key names the folder, from the root of the run; it need not be inside."""
    place = f"{project.path}{place}" if place.startswith("/") else place
    project.file("pytest.ini", f"[pytest]\nspotify_cassette_dir = {place}")
    project.bundled("get-track")
    assert project.run(*SANDBOX).ret == 0
    assert (project.path / place / "development/tracks/get-track/track.yaml").exists()
    assert not (project.path / "cassettes").exists()
    project.run().assert_outcomes(passed=6)


def test_operations_of_a_live_run(recorded: Project):
    """The ini key limits a live run to what an integration uses; replay runs everything."""
    recorded.bundled("get-track", "get-an-album")
    recorded.file("pytest.ini", "[pytest]\nspotify_operations = get-an-album")
    recorded.file("test_other.py", "def test_other(): pass")
    live = recorded.run("--spotify-sandbox")
    live.assert_outcomes(passed=7, deselected=6)
    live.stdout.fnmatch_lines(["spotify: live, access development, 1 of 96 operations, target sandbox"])
    recorded.run("-k", "get-track").assert_outcomes(passed=6, deselected=7)


def test_an_operation_that_there_is_not(recorded: Project):
    """A slip in the ini key does not silently leave out everything."""
    recorded.file("pytest.ini", "[pytest]\nspotify_operations = get-trak get-an-album")
    result = recorded.run("--spotify-sandbox")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    result.stderr.fnmatch_lines(
        ["*ini spotify_operations: unknown operation get-trak; did you mean get-track?"]
    )


def test_record_mode_alone_speaks_of_others(recorded: Project):
    """Without --spotify-live every record mode replays our items and writes nothing."""
    before = recorded.cassettes()
    for mode in ("none", "once", "new_episodes", "all", "rewrite"):
        recorded.run(f"--record-mode={mode}").assert_outcomes(passed=6)
    assert recorded.cassettes() == before


def test_a_failure_of_an_old_recording_says_what_has_changed_since(recorded: Project):
    """Beside what is wrong stands what is known to have changed in the API since the day of the cassette."""
    name = "cassettes/development/tracks/get-track/track.yaml"
    recorded.edit(name, '"explicit": false', '"explicit": 1, "popularity": 5')
    text = (recorded.path / name).read_text("utf-8")
    day = text.partition('recorded_at: "')[2][:10]
    recorded.edit(name, f'recorded_at: "{day}', 'recorded_at: "2024-05-01')
    recorded.run().stdout.fnmatch_lines(["*since then */popularity: not sent any more since 2026-02-11"])
