"""What a run says before its first test: what cannot work, and what to type instead."""

import pytest

from tests.support.project import Project, no_traceback

ME = "def test_it(spotify_session):\n    spotify_session.get('/me')"
CREDENTIALS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN")


def refused(project: Project, *arguments: str) -> pytest.RunResult:
    """Run pytest; return its result, which is a usage error without a traceback."""
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    return result


@pytest.mark.parametrize("live", ["--spotify-sandbox", "--spotify-live"])
def test_a_blocked_network(project: Project, live: str):
    """A live run ends before its first test if an option of another plugin keeps it from its target."""
    project.file("test_it.py", ME)
    refused(project, live, "--block-network").stderr.fnmatch_lines([f"ERROR: --block-network * {live} *"])


def test_hosts_that_a_blocked_network_allows(project: Project):
    """A live run goes on if the other plugin lets it through."""
    project.file("test_it.py", ME)
    allowed = ("--block-network", "--allowed-hosts=127.0.0.1")
    project.run("--spotify-sandbox", *allowed).assert_outcomes(passed=1)
    project.run("--block-network").assert_outcomes(failed=1)  # has no recording: replay needs no network


def test_a_plugin_that_pytest_recording_refuses(project: Project):
    """pytest-vcr ends the run with a sentence that says what to do."""
    project.file("test_it.py", "def test_it(): pass")
    # A plugin of pytest-vcr's name: VCR.py itself, which has no hooks.
    refused(project, "-p", "vcr").stderr.fnmatch_lines(["ERROR: pytest-vcr *: uninstall pytest-vcr *"])


@pytest.mark.parametrize(
    ("test", "commands"),
    [
        (ME, ["  pytest test_it.py --spotify-sandbox"]),
        ("", ["  pytest contracts --spotify-live -k no-token", "  pytest contracts --spotify-sandbox"]),
    ],
    ids=["test", "contracts"],
)
def test_a_live_run_without_credentials(
    project: Project, monkeypatch: pytest.MonkeyPatch, test: str, commands: list[str]
):
    """The error names what works without them, as commands that select what this run selected."""
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    project.bundled("get-current-users-profile")
    project.file("test_it.py", test or "def test_it(): pass")
    result = refused(
        project, "test_it.py" if test else "contracts", "--spotify-live", "--record-mode", "once"
    )
    commands = [command.replace("pytest ", "pytest * ", 1) for command in commands]
    result.stderr.fnmatch_lines(["*`pytest-spotify doctor`*", *commands])


def test_a_run_without_any_recording(project: Project):
    """The error repeats the options that select the cases, so that its commands record and try the same."""
    result = refused(project, "--spotify-suite", "--spotify-access=extended", "-k", "get-track")
    selected = "* --spotify-suite --spotify-access=extended -k get-track"
    result.stderr.fnmatch_lines(
        [f"  pytest {selected} --spotify-live --record-mode=once", f"  pytest {selected} --spotify-sandbox"]
    )


@pytest.mark.parametrize("scope", ["user-libary-read", "playlist-modify", "streamin"])
def test_a_misspelt_scope(project: Project, scope: str):
    """A scope that is nearly a known one is refused with the known one, live or not."""
    project.file(
        "test_it.py", f"import pytest\n\n@pytest.mark.spotify(scopes=['{scope}'])\ndef test_it(): pass"
    )
    refused(project).stderr.fnmatch_lines([f"*scopes names the unknown scope '{scope}'; did you mean '*'?"])


@pytest.mark.parametrize("scope", ["user-library-read", "streaming", "soa-manage-partner"])
def test_scopes_that_are_taken(project: Project, scope: str):
    """Known scopes are taken, those of no operation too, and one that is like none: it may be new."""
    project.file(
        "test_it.py", f"import pytest\n\n@pytest.mark.spotify(scopes=['{scope}'])\ndef test_it(): pass"
    )
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["once", "rewrite", "all", "new_episodes"])
def test_a_record_mode_in_replay(project: Project, mode: str):
    """The header says that nothing of Spotify is recorded; not so with `none`, or no option."""
    project.file("test_it.py", "import pytest\n\n@pytest.mark.spotify\ndef test_it(): pass")
    told = f"spotify: replay, *--record-mode={mode} records nothing of Spotify without --spotify-live"
    project.run(f"--record-mode={mode}").stdout.fnmatch_lines([told])
    for arguments in ([], ["--record-mode=none"]):
        project.run(*arguments).stdout.no_fnmatch_line("*records nothing*")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("arguments", [("--spotify-write",), ("--spotify-suite",), ("--spotify-live",)])
def test_errors_fit_the_terminal(
    project: Project, monkeypatch: pytest.MonkeyPatch, width: int, arguments: tuple[str, ...]
):
    """No line of an error is wider than the terminal, save a single word."""
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    project.file("test_it.py", ME)
    lines = refused(project, *arguments).stderr.lines
    assert [line for line in lines if len(line) > width and " " in line.strip()] == []
