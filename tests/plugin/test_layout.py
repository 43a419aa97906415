"""What a run prints fits the terminal, in its colours, and is the same text in a pipe."""

import re

import pytest

from tests.support.project import Project

TRACK = "11dFghVXANMlKmJXsNCbNl"
RECORDED = f"""
    def test_changed(spotify_session):
        spotify_session.get("/tracks/{TRACK}")

    def test_limit(spotify_session):
        spotify_session.get("/search?q=love&type=track&limit=2")
"""
FAILING = (
    RECORDED.replace("limit=2", "limit=3")
    + f"""
    def test_request(spotify_session):
        spotify_session.get("/search?q=love&type=song&limit=50")

    def test_removed(spotify_session):
        spotify_session.get("/albums?ids={TRACK}")

    def test_assertion(spotify_session):
        spotify_session.get("/albums?ids={TRACK}")
        assert False

    def test_no_recording(spotify_session):
        spotify_session.get("/me")

    def test_misspelt(spotify_session):
        spotify_session.get("/trakcs/{TRACK}")

    def test_write(spotify_session):
        spotify_session.put("/me/library?uris=spotify:track:{TRACK}")

    def test_field(spotify_session):
        spotify_session.get("/tracks/{TRACK}").json()["popularity"]

    def test_token(spotify_anonymous_session):
        spotify_anonymous_session.get("/me").raise_for_status()
"""
)
LIVE = ("--spotify-sandbox",)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def failing(project: Project) -> Project:
    """A project with a test for each kind of failure."""
    project.file("test_it.py", RECORDED)
    project.record()
    path = "cassettes/development/test_it/test_changed.spotify.yaml"
    project.edit(path, '"explicit": false', '"explicit": "no"')
    project.edit(path, '"disc_number": 1', '"disc_no": 1')
    project.file("test_it.py", FAILING)
    return project


def own_part(result: pytest.RunResult) -> str:
    """Return the part of the output that is ours: failures, and the section of the run."""
    return COLOUR.sub("", result.stdout.str()).partition("FAILURES")[2].partition("short test summary")[0]


def words(text: str) -> list[str]:
    return [word for word in text.split() if not re.fullmatch(r"[-=_]+|\\|0x\w+>", word)]


@pytest.mark.parametrize("arguments", [(), LIVE], ids=["replay", "live"])
def test_no_line_of_a_failure_is_wider_than_the_terminal(
    failing: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
):
    """At 80 and 120 columns all words of every failure are there, whole, and a line too long is one word."""
    monkeypatch.setenv("COLUMNS", "1000")
    whole = words(own_part(failing.run(*arguments)))
    for width in (80, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        text = own_part(failing.run(*arguments))
        # Lines of the test's own source and of its error are pytest's.
        ours = [line for line in text.splitlines() if not re.match(r"[E>] |    |\w+ = <", line)]
        too_long = [line for line in ours if len(line) > width]
        assert [line for line in too_long if not re.fullmatch(r"(\w+ {2,})?\S+( \\)?", line.strip())] == []
        assert words(text) == whole


@pytest.mark.parametrize(
    ("colour", "environment"),
    [("yes", {}), ("no", {}), ("auto", {"NO_COLOR": "1"}), ("auto", {"FORCE_COLOR": "1"})],
)
def test_colour_is_what_pytest_has(
    failing: Project, monkeypatch: pytest.MonkeyPatch, colour: str, environment: dict[str, str]
):
    """The same text with colour and without: `--color`, `NO_COLOR` and `FORCE_COLOR` are obeyed."""
    for name in ("NO_COLOR", "FORCE_COLOR", "PY_COLORS"):
        monkeypatch.delenv(name, raising=False)
    plain = failing.run("--color=no", "-k", "changed")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = failing.run(f"--color={colour}", "-k", "changed")
    assert words(own_part(result)) == words(own_part(plain))
    coloured = colour == "yes" or "FORCE_COLOR" in environment
    (headline, *_) = [line for line in result.outlines if "/disc_number: required property" in line]
    assert (COLOUR.match(headline) is not None) == coloured
    assert (COLOUR.search(result.stdout.str()) is not None) == coloured


@pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n1",), marks=pytest.mark.slow)], ids=["here", "worker"]
)
def test_junit_has_the_headline_and_the_text(failing: Project, workers: tuple[str, ...]):
    """The message of junit is the headline; its text is what the terminal shows, without colour."""
    failing.run("--color=yes", "--junitxml=junit.xml", "-k", "changed", *workers)
    xml = (failing.path / "junit.xml").read_text()
    assert 'message="/disc_number: required property is missing (and 1 more)"' in xml
    assert "record     pytest test_it.py::test_changed" in xml
    assert "\x1b" not in xml
    assert "#x1B" not in xml


QUIET = {"": (True, True), "-q": (False, True), "-qq": (False, False)}


@pytest.mark.parametrize("option", QUIET)
def test_a_quiet_run(project: Project, option: str):
    """With `-q` a run lists what is to be done, with `-qq` nothing; there are no counts of nothing."""
    header, section = QUIET[option]
    project.file("test_it.py", RECORDED)
    project.record()
    arguments = [option] if option else []
    result = project.run(*arguments).stdout.str()
    assert ("\nspotify: replay" in result) == header
    assert ("2 operations answered" in result) == header
    assert "0 " not in re.sub(r"100%|in 0\.\d+s", "", result.partition("= spotify =")[2])
    project.file("test_it.py", FAILING)
    result = project.run(*arguments).stdout.str()
    assert ("failed: the exchange violates its contract" in result) == section


def test_a_list_of_tests(project: Project):
    """`--collect-only -q` prints the ids of the tests, for programs."""
    project.file("test_it.py", RECORDED)
    lines = [line for line in project.run("--collect-only", "-q").outlines if line]
    assert lines[:-1] == ["test_it.py::test_changed", "test_it.py::test_limit"]


COMMANDS = {
    "once": ("", [], "pytest test_it.py::test_it --spotify-live --record-mode=once"),
    "write": (
        "@pytest.mark.spotify_write\n",
        [],
        "pytest * --spotify-live --spotify-write *",
    ),
    "access": ("", ["--spotify-access=extended"], "pytest * --spotify-live --spotify-access=extended *"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_that_records(project: Project, name: str):
    """It has the options that the test needs, and it records: the next run replays."""
    mark, arguments, command = COMMANDS[name]
    method = "put" if mark else "get"
    path = f"/me/library?uris=spotify:track:{TRACK}" if mark else "/me"
    project.file(
        "test_it.py",
        f"import pytest\n\n{mark}def test_it(spotify_session):\n    spotify_session.{method}('{path}')",
    )
    result = project.run(*arguments)
    result.stdout.fnmatch_lines([f"record     {command}", "*--spotify-sandbox for --spotify-live)"])
    (line,) = [line for line in result.outlines if line.startswith("record ")]
    command = line.removeprefix("record     pytest ").replace("--spotify-live", "--spotify-sandbox")
    project.run(*command.split()).assert_outcomes(passed=1)
    project.run(*arguments).assert_outcomes(passed=1)


def test_the_command_works_in_a_folder_of_the_project(project: Project, monkeypatch: pytest.MonkeyPatch):
    """The test is named from the folder in which pytest was started, as pytest names it."""
    project.file("tests/test_it.py", "def test_it(spotify_session):\n    spotify_session.get('/me')")
    project.file("pytest.ini", "[pytest]")
    monkeypatch.chdir(project.path / "tests")
    project.run().stdout.fnmatch_lines(["record     pytest test_it.py::test_it --spotify-live *"])


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            f"/trakcs/{TRACK}",
            "GET /trakcs/* is no operation of the contracts (status 404); did you mean GET /tracks/{id}?",
        ),
        ("/me/playlist", "GET /me/playlist is no operation *; did you mean GET /me/playlists?"),
        ("/nothing/like/it", "GET /nothing/like/it is no operation of the contracts (status 404)"),
    ],
)
def test_a_path_that_no_contract_knows(project: Project, path: str, told: str):
    """A path that is refused fails, names the nearest operation if there is one, and no other access."""
    project.file("test_it.py", f"def test_it(spotify_session):\n    spotify_session.get('{path}')")
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([told, "1 failed: the exchange violates its contract"])
    result.stdout.no_fnmatch_line("hint *")


@pytest.mark.parametrize(
    ("fixture", "token", "fault"),
    [
        ("spotify_anonymous_session", "", "the request has no token"),
        ("spotify_target", "Bearer BQDnobodys", "the token is not valid"),
    ],
)
def test_a_token_that_is_refused(project: Project, fixture: str, token: str, fault: str):
    """Live, a client that raises over a 401 fails for its token, which counts among the credentials."""
    headers = {"Authorization": token} if token else {}
    project.file(
        "test_it.py",
        f"""
        import pytest, requests

        @pytest.mark.spotify
        def test_it({fixture}):
            requests.get("https://api.spotify.com/v1/me", headers={headers}).raise_for_status()
        """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    counted = "1 request sent, 1 with a token, of which 1 was refused (401)" if token else "1 request sent"
    result.stdout.fnmatch_lines(
        [
            f"GET https://api.spotify.com/v1/me: 401, {fault}",
            "*`pytest-spotify doctor`*",
            "*HTTPError: 401*",
            counted,
            "1 failed: credentials are missing or refused*",
            f"FAILED * - GET https://api.spotify.com/v1/me: 401, {fault}",
        ]
    )


def test_a_value_that_was_not_recorded(project: Project):
    """A request that differs in a value says both, once, with one command."""
    project.file("test_it.py", RECORDED)
    project.record()
    project.file("test_it.py", RECORDED.replace("limit=2", "limit=3"))
    result = project.run("-k", "limit")
    result.stdout.fnmatch_lines(["*the parameter 'limit' (recorded 2, sent 3)", "record     pytest *"])
    assert sum(line.startswith("record ") for line in result.outlines) == 1
