"""What a `spotify` mark may say: which access, which scopes, which known faults, how strict."""

import pytest

from pytest_spotify.errors import MissingScope
from pytest_spotify.plugin.flow.live_traffic import require_scopes
from tests.support.project import SANDBOX, Project, no_traceback

ALBUMS = "https://api.spotify.com/v1/albums?ids=4aawyAB9vmqN3uQ7FjRGTy"


def asking(url: str, *, mark: str = "", name: str = "test_it") -> str:
    """Return a test that asks for a URL and looks at nothing."""
    return (
        "import pytest, requests\n\n"
        f"@pytest.mark.spotify({mark})\n"
        f"def {name}(spotify_token):\n"
        "    header = {'Authorization': f'Bearer {spotify_token.reveal()}'}\n"
        f"    requests.get({url!r}, headers=header)\n"
    )


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        (
            "'development'",
            "takes no positional argument, got 1; "
            "there are access=, allow=, needs=, processes=, retries=, scopes=, strict=",
        ),
        ("acess='extended'", "has no argument acess=; did you mean access=? There are access=, allow=, *"),
        ("colour=3", "has no argument colour= There are access=, allow=, needs=, processes=, *"),
        ("retries=3", 'retries=3: expected "client": it waits after a 429, and not the run'),
        ("processes='yes'", "processes='yes': expected True or False"),
        ("access='older'", "access='older': expected one of development, development-older, extended"),
        ("strict='yes'", "strict='yes': expected True or False"),
        ("allow=['get-track']", "allow=['get-track']: expected a reason for each operation, as {*}"),
        ("allow={'get-track': ''}", "allow={'get-track': ''}: expected a reason for each operation, *"),
        (
            "allow={'get-trak': 'slow'}",
            "allow names the unknown operation 'get-trak'; did you mean 'get-track'?",
        ),
        ("scopes='user-library-read'", "scopes='user-library-read': expected a list of scopes, as *"),
        ("scopes=['a b']", "scopes=['a b']: expected a list of scopes, as *"),
        ("needs=['luck']", "needs=['luck']: expected a list of what the account must have; there are *"),
    ],
)
def test_a_mark_that_cannot_be_read(project: Project, mark: str, told: str):
    """The run ends before any test with a line that names the test, the argument and what there is."""
    project.file("test_it.py", asking(ALBUMS, mark=mark))
    project.file("test_other.py", "def test_other(): pass")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    no_traceback(result)
    pattern = f"*test_it.py::test_it: @pytest.mark.spotify {told}"
    result.stderr.fnmatch_lines([pattern.replace("[", "[[]")])


def test_the_access_of_one_test(project: Project):
    """It is recorded, replayed and checked under that access, and the sandbox answers as to such an app."""
    project.file(
        "test_it.py",
        asking(ALBUMS, mark="access='extended'") + asking(ALBUMS, name="test_other"),
    )
    result = project.run(*SANDBOX)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*test_it.py::test_other*"])
    assert list(project.cassettes()) == ["extended/test_it/test_it.spotify.yaml"]
    recorded = (project.path / "cassettes/extended/test_it/test_it.spotify.yaml").read_text()
    assert 'access: "extended"' in recorded or "access: extended" in recorded
    project.run("-k", "not other").assert_outcomes(passed=1)


def test_nearer_marks_count(project: Project):
    """The test's own argument beats its class's, which beats its module's; allowed faults add up."""
    head, body = asking(ALBUMS).split("@pytest.mark.spotify()\n")
    function = "    " + body.replace("\n", "\n    ").replace("(spotify_token)", "(self, spotify_token)")
    project.file(
        "test_it.py",
        f"{head}"
        "pytestmark = pytest.mark.spotify(access='extended', allow={'get-track': 'slow'})\n\n"
        "@pytest.mark.spotify(access='development', allow={'get-multiple-albums': 'older apps'})\n"
        "class TestIt:\n"
        f"{function}\n"
        "    @pytest.mark.spotify(access='development-older')\n"
        f"{function.replace('test_it', 'test_own')}",
    )
    result = project.run(*SANDBOX)
    result.assert_outcomes(passed=2)
    accesses = {name.partition("/")[0] for name in project.cassettes()}
    assert accesses == {"development", "development-older"}
    result.stdout.fnmatch_lines(
        [
            "known faults, allowed by a mark:",
            "  get-multiple-albums  GET /albums was removed *  (older apps)",
            "unused `allow` entries, remove them:",
            "  get-track  (slow)  (2 times)",
            "  get-multiple-albums  (older apps)",
        ]
    )


def test_strict_for_one_test(project: Project):
    """What the contract does not know fails a test that is marked strict, and spares one that is not."""
    url = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy?locale=sv"
    project.file(
        "test_it.py",
        asking(url, mark="strict=True", name="test_strict")
        + asking(url, mark="strict=False", name="test_mild"),
    )
    for arguments in ((), ("--spotify-strict",)):
        result = project.run("--spotify-sandbox", *arguments)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["/query/locale: *", "*test_it.py::test_strict*"])


def test_a_known_fault_does_not_hide_another(project: Project):
    """Only the operation that the mark names is let pass; the reason is said at the end."""
    bad = "https://api.spotify.com/v1/search?q=love&type=track&limit=20"
    mark = "allow={'get-multiple-albums': 'the replacement is not ready'}"
    project.file("test_it.py", asking(ALBUMS, mark=mark) + f"    requests.get({bad!r}, headers=header)\n")
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "/query/limit: expected at most 10, got 20",
            "  get-multiple-albums  GET /albums was removed *  (the replacement is not ready)",
        ]
    )
    result.stdout.no_fnmatch_line("*use GET /albums/{id}")


def test_a_call_beyond_the_named_scopes(project: Project):
    """With `scopes`, a request that needs another fails in replay too, where no server would refuse it."""
    url = "https://api.spotify.com/v1/me/tracks"
    project.file("test_it.py", asking(url))
    project.record()
    project.file("test_it.py", asking(url, mark="scopes=['user-library-read', 'user-top-read']"))
    project.run().assert_outcomes(passed=1)
    project.file("test_it.py", asking(url, mark="scopes=['user-top-read']"))
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "expected a token granted user-library-read, got one granted user-top-read",
            "sent by    test_it.py:6",
        ]
    )


@pytest.mark.parametrize("granted", [None, frozenset(["user-library-read"])])
def test_scopes_that_are_not_known_are_not_missing(granted):
    """A token whose scopes the accounts service did not name may have those of a mark: the test runs."""
    require_scopes(frozenset(["user-library-read"]), granted)
    with pytest.raises(MissingScope):
        require_scopes(frozenset(["user-library-read"]), frozenset())


def test_a_scope_that_was_not_granted(project: Project):
    """Live, a scope that the mark names and the sign-in did not bring is named before the test begins."""
    project.file("test_it.py", asking(ALBUMS, mark="scopes=['user-library-read', 'soa-manage-partner']"))
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "the test's mark names soa-manage-partner, which the user's token was not granted; it has *",
            "*Sign in again: `pytest-spotify login`",
        ]
    )
