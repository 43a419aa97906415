"""Marked tests: their traffic is recorded, replayed and checked, and a failure is theirs and in our words."""

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest

from pytest_spotify.cassettes import cassette_name
from tests.support.project import SANDBOX, Project, no_traceback

ME = "def test_it(spotify_session):\n    spotify_session.get('/me')"
RECORDING = "cassettes/development/test_it/test_it.spotify.yaml"


def test_the_mark_on_function_class_and_module(project: Project):
    """Wherever it stands, the test is recorded beside its module, by module, class and function."""
    project.file("tests/test_one.py", f"import pytest\n\n@pytest.mark.spotify\n{ME}")
    project.file(
        "tests/test_two.py",
        """
        import pytest

        @pytest.mark.spotify
        class TestClass:
            def test_it(self, spotify_token, request):
                import requests
                header = {"Authorization": f"Bearer {spotify_token.reveal()}"}
                assert requests.get("https://api.spotify.com/v1/me", headers=header).ok
        """,
    )
    project.file(
        "tests/test_three.py",
        """
        import pytest, requests

        pytestmark = pytest.mark.spotify

        def test_it():
            assert requests.get("https://api.spotify.com/v1/me").status_code == 401
        """,
    )
    project.run(*SANDBOX).assert_outcomes(passed=3)
    recorded = project.cassettes("tests/cassettes")
    assert len(recorded) == 3
    for name in ("test_one/test_it", "test_two/TestClass.test_it", "test_three/test_it"):
        assert any(path.startswith(f"development/{name}") for path in recorded), recorded.keys()
    project.run().assert_outcomes(passed=3)
    project.run("-m", "not spotify").assert_outcomes(deselected=3)


CLASSES = """
    import pytest

    class TestLibrary:
        @pytest.mark.parametrize("number", [1, 2])
        def test_saved(self, spotify_session, number):
            spotify_session.get("/me")

        @pytest.mark.parametrize("market", ["ES"])
        def test_market(self, spotify_session, market):
            spotify_session.get("/me")
"""
FOLDER = "cassettes/development/test_it"


def test_recordings_of_classes_and_parameters(project: Project):
    """Their files are named as the tests are; a name that file systems might confuse has a digest too."""
    project.file("test_it.py", CLASSES)
    project.record()
    *readable, with_digest = sorted(project.cassettes(FOLDER))
    assert readable == [f"TestLibrary.test_saved-{number}.spotify.yaml" for number in (1, 2)]
    assert re.fullmatch(r"testlibrary-test_market-es-[0-9a-f]{8}\.spotify\.yaml", with_digest)


def test_recordings_under_the_older_names(project: Project):
    """A recording of a class that has its older name is replayed, recorded anew, and not called unused."""
    project.file("test_it.py", CLASSES)
    project.record()
    for number in (1, 2):
        old = f"{FOLDER}/{cassette_name(f'TestLibrary::test_saved[{number}]')}.spotify.yaml"
        (project.path / f"{FOLDER}/TestLibrary.test_saved-{number}.spotify.yaml").rename(project.path / old)
    before = sorted(project.cassettes(FOLDER))
    for arguments in ((), SANDBOX):
        result = project.run(*arguments)
        result.assert_outcomes(passed=3)
        result.stdout.no_fnmatch_line("unused cassettes*")
        assert sorted(project.cassettes(FOLDER)) == before


@pytest.mark.parametrize("fixture", ["spotify_session", "spotify_app_session", "spotify_anonymous_session"])
def test_a_session_of_ours_marks_its_test(project: Project, fixture: str):
    """Requesting one is enough, also from within another fixture."""
    project.file(
        "test_it.py",
        f"import pytest\n\n@pytest.fixture\ndef own({fixture}): return {fixture}\n\ndef test_it(own): pass",
    )
    project.run("-m", "spotify").assert_outcomes(passed=1)


def test_getfixturevalue_in_an_unmarked_test(project: Project):
    """`getfixturevalue('spotify_session')` in an unmarked test fails and names the mark."""
    project.file("test_it.py", "def test_it(request):\n    request.getfixturevalue('spotify_session')")
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["*mark the test with @pytest.mark.spotify*"])


def test_no_recording(project: Project):
    """It fails with the path, the command and the line that asked; and the command it names works."""
    project.file("test_it.py", ME)
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "test_it has no recording of its traffic with Spotify",
            "expected   cassettes/development/test_it/test_it.spotify.yaml",
            "record     pytest test_it.py::test_it --spotify-live --record-mode=once",
            "at         test_it.py:2",
            "*test_it.py::test_it*test_it has no recording of its traffic with Spotify",
        ]
    )
    project.run("test_it.py::test_it", "--spotify-sandbox", "--record-mode=rewrite").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_a_failure_of_ours_takes_no_traceback(project: Project, monkeypatch: pytest.MonkeyPatch):
    """Where our text takes its place, pytest does not read the source of each frame for nothing."""
    project.file("test_it.py", ME)
    getrepr, styles = pytest.ExceptionInfo.getrepr, []

    def noted(error: pytest.ExceptionInfo[BaseException], *arguments: object, **options: Any) -> object:
        styles.append(options["style"])
        return getrepr(error, *arguments, **options)

    monkeypatch.setattr(pytest.ExceptionInfo, "getrepr", noted)
    project.run().assert_outcomes(failed=1)
    assert set(styles) == {"value"}


def test_a_swallowed_miss(project: Project):
    """Code that catches everything does not turn a request without an answer into a pass."""
    project.file("test_it.py", ME)
    project.record()
    project.file(
        "test_it.py",
        """
        from contextlib import suppress

        def test_it(spotify_session):
            spotify_session.get("/me")
            with suppress(Exception):
                spotify_session.get("/me/playlists")
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["no recorded response to GET https://api.spotify.com/v1/me/playlists*", "at * test_it.py:6"]
    )


def test_a_miss_that_made_the_test_fail_in_another_way(project: Project):
    """The test's own error is shown, and ours below it: it is the reason."""
    project.file(
        "test_it.py",
        """
        def test_it(spotify_session):
            try:
                answer = spotify_session.get("/me")
            except Exception:
                answer = None
            assert answer is not None
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert * is not None*", "* spotify call *", "test_it has no recording *"])


def test_a_recording_that_is_not_used_up(project: Project):
    """Requests that are no longer sent are listed at the end; under --spotify-strict they fail."""
    project.file(
        "test_it.py",
        f"{ME}\n    spotify_session.get('/me/playlists')",
    )
    project.record()
    project.file("test_it.py", ME)
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "recorded, but not sent any more: record it again:",
            "  cassettes/*.yaml  1 of 2 recorded requests was not sent; first: GET */me/playlists",
        ]
    )
    result = project.run("--spotify-strict")
    result.assert_outcomes(passed=1, errors=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            "1 of 2 recorded requests was not sent; first: GET */me/playlists",
            "record * test_it.py::test_it *",
        ]
    )


def test_a_violation_is_a_failure_of_the_test(project: Project):
    """F, not E: verdict first, then the exchange, the user's line, the place in the body, what to do next."""
    project.file("test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me').ok")
    project.record()
    project.edit(RECORDING, '"type": "user"', '"type": "robot"')
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        [
            '/type: expected *"user"*, got "robot"',
            "request    GET https://api.spotify.com/v1/me",
            f"response   200, replayed: {RECORDING}",
            "contract   get-current-users-profile (GET /me), access development",
            "sent by    test_it.py:2",
            'reproduce  curl -H "Authorization: Bearer $(pytest-spotify token)" https://api.spotify.com/v1/me',
            "record     pytest test_it.py::test_it --spotify-live --record-mode=rewrite",
            "docs       https://developer.spotify.com/documentation/web-api/reference/get-current-users-profile",
            "1 failed: the exchange violates its contract",
            'FAILED test_it.py::test_it - /type: expected *, got "robot"',
        ]
    )


def test_an_audiobook_that_a_test_meets_as_a_show(project: Project):
    """Its episodes may be chapters: the test passes, and nothing is reported as unknown."""
    episodes = "/shows/38bS44xjbVVZ3No3ByF1dJ/episodes?limit=1"
    project.file(
        "test_it.py", f"def test_it(spotify_session):\n    assert spotify_session.get('{episodes}').ok"
    )
    project.record()
    project.edit(RECORDING, '"type": "episode"', '"type": "chapter"')
    result = project.run("--spotify-strict")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("unknown to the contracts:")


@pytest.mark.parametrize("workers", [(), pytest.param(("-n1",), marks=pytest.mark.slow)])
def test_the_verdict_is_the_message(
    project: Project, monkeypatch: pytest.MonkeyPatch, workers: tuple[str, ...]
):
    """One line where a service shows no more: the summary, which CI does not cut, junit, and `--tb=line`."""
    monkeypatch.setenv("CI", "true")
    project.file("test_it.py", ME)
    verdict = "test_it has no recording of its traffic with Spotify"
    result = project.run("--junitxml=report.xml", "--tb=line", *workers)
    named = [re.search(rf"test_it\.py::test_it\b.*{verdict}$", line) is not None for line in result.outlines]
    summary = result.outlines[named.index(True) + 1 :]
    assert [line for line in summary if not line.startswith("=")] == []
    result.stdout.fnmatch_lines([f"test_it.py:2: {verdict}"])
    (failure,) = ElementTree.parse(project.path / "report.xml").iter("failure")
    assert failure.get("message") == verdict
    assert "record     pytest test_it.py::test_it" in (failure.text or "")


def test_a_removed_operation(project: Project):
    """The request is what is wrong: the failure names what takes the operation's place."""
    project.file(
        "test_it.py", "def test_it(spotify_session):\n    spotify_session.get('/browse/new-releases')"
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["*2026-02-11*", "sent by    test_it.py:2"])
    project.run("--spotify-sandbox", "--spotify-access=extended").assert_outcomes(passed=1)


def test_a_failure_has_the_violations(project: Project):
    """Whoever catches `ContractViolated`, as a conftest's report hook does, finds what is wrong in it."""
    project.file(
        "test_it.py",
        "def test_it(spotify_session):\n    spotify_session.get('/browse/new-releases')",
    )
    project.file(
        "conftest.py",
        """
        def pytest_runtest_makereport(item, call):
            if call.excinfo:
                print("found", [each.kind for each in call.excinfo.value.violations])
        """,
    )
    for arguments in ((), ("--spotify-sandbox",)):
        result = project.run("-s", *arguments)
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["*found ['request'*"])


def test_many_violations(project: Project):
    """Ten are shown, all of them with `-vv`."""
    project.file(
        "test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me/playlists').ok"
    )
    project.record()
    path = RECORDING
    text = (project.path / path).read_text()
    assert text.count('"collaborative": false') > 10
    project.edit(path, '"collaborative": false', '"collaborative": 0')
    few, all_ = project.run(), project.run("-vv")
    few.stdout.fnmatch_lines(["*and * more, shown with -vv*"])
    few_lines, all_lines = (r.stdout.str().count("  breaking  ") for r in (few, all_))
    assert few_lines == 10
    assert all_lines > 10


def test_what_the_contract_does_not_know(project: Project):
    """An unknown field passes and is listed at the end; under --spotify-strict it fails."""
    project.file("test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me').ok")
    project.record()
    project.edit(
        RECORDING,
        '"type": "user"',
        '"type": "user", "mood": "fine"',
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["unknown to the contracts:", "  get-current-users-profile  /mood  *"])
    strict = project.run("--spotify-strict")
    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines(["/mood: *"])


def test_the_line_that_sends(project: Project):
    """A failure names the line of the app that sent the request, and the line of the test that called it."""
    project.file("musicbox.py", "def profile(session):\n    return session.get('/me').json()")
    project.file(
        "tests/test_it.py",
        "from musicbox import profile\n\ndef test_it(spotify_session):\n    profile(spotify_session)",
    )
    project.file("pytest.ini", "[pytest]\npythonpath = .")
    project.record()
    project.edit(f"tests/{RECORDING}", '"type": "user"', '"type": "robot"')
    project.run().stdout.fnmatch_lines(["sent by    musicbox.py:2, from tests/test_it.py:4"])


def test_a_test_that_fails_by_itself(project: Project):
    """It shows its own traceback and, where its traffic does not fit either, our text in a section."""
    project.file(
        "test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me').json()['type']"
    )
    project.record()
    project.file(
        "test_it.py",
        "def test_it(spotify_session):\n    assert spotify_session.get('/me').json()['type'] == 'person'",
    )
    plain = project.run()
    plain.assert_outcomes(failed=1)
    plain.stdout.fnmatch_lines(["*== 'person'*", "*test_it.py:2*", "1 failed: an error of the test's own"])
    plain.stdout.no_fnmatch_line("* spotify call *")
    project.edit(RECORDING, '"type": "user"', '"type": "robot"')
    both = project.run()
    both.stdout.fnmatch_lines(["*test_it.py:2*", "* spotify call *", '/type: expected *, got "robot"'])


def test_a_failed_test_leaves_its_recording(project: Project):
    """Fails, is skipped, fails as expected, or fails in its tear-down: the recording stays byte for byte."""
    head = "import pytest\n\ndef test_it(spotify_session, late):\n    spotify_session.get('/me')\n"
    late = "\n@pytest.fixture\ndef late():\n    yield\n    {}\n"
    project.file("test_it.py", head + late.format("pass"))
    project.record()
    before = project.cassettes()
    for end, after in (
        ("    assert False\n", "pass"),
        ("    pytest.skip()\n", "pass"),
        ("    pytest.xfail()\n", "pass"),
        ("", "assert False"),
    ):
        project.file("test_it.py", head + end + late.format(after))
        project.run(*SANDBOX)
        assert project.cassettes() == before, (end, after)


def test_an_item_that_is_no_function(project: Project):
    """What another plugin collects and marks is guarded as a function is."""
    project.file(
        "conftest.py",
        """
        import pytest, requests

        class Item(pytest.Item):
            def runtest(self):
                assert requests.get("https://api.spotify.com/v1/me").status_code == 401

        class File(pytest.File):
            def collect(self):
                item = Item.from_parent(self, name="check")
                item.add_marker("spotify")
                yield item

        def pytest_collect_file(file_path, parent):
            return File.from_parent(parent, path=file_path) if file_path.suffix == ".check" else None
        """,
    )
    project.file("one.check")
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["check has no recording of its traffic with Spotify"])
    project.record()
    assert list(project.cassettes()) == ["development/one/check.spotify.yaml"]
    project.run().assert_outcomes(passed=1)


def test_a_skipped_test_is_asked_for_nothing(project: Project):
    """Live, a test that is skipped anyhow does not fail for what its marks say of the account."""
    project.file(
        "test_it.py",
        """
        import pytest

        @pytest.mark.skip(reason="not today")
        @pytest.mark.spotify(scopes=["no-such-scope"])
        def test_it(): pass
        """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["1 skipped: not today"])


def test_a_test_with_both_marks(project: Project):
    """pytest-recording keeps its hosts and its file, and we ours."""
    from tests.support.loopback_server import LoopbackServer, Reply

    with LoopbackServer(lambda received: Reply(body=b"of another host")) as server:
        project.file(
            "test_it.py",
            f"""
            import pytest, requests

            @pytest.mark.vcr
            def test_it(spotify_session):
                assert requests.get("{server.url}/other").text == "of another host"
                assert requests.get("https://api.spotify.com/v1/me").status_code == 401
                assert spotify_session.get("/me").ok
            """,
        )
        result = project.run("--spotify-sandbox", "--record-mode=once")
        result.assert_outcomes(passed=1)
    theirs, ours = sorted(project.cassettes().items(), key=lambda each: each[0].endswith(".spotify.yaml"))
    assert b"/other" in theirs[1]
    assert b"spotify.com" not in theirs[1]
    assert b"/other" not in ours[1]
    project.run().assert_outcomes(passed=1)


def test_variables_that_clients_want(project: Project, monkeypatch: pytest.MonkeyPatch):
    """In replay a marked test sees dummies, whatever is set; afterwards all is as it was."""
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "of the developer")
    project.file(
        "test_it.py",
        """
        import os, pytest

        NAMES = ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN", "SPOTIPY_CLIENT_ID"]

        @pytest.mark.spotify
        def test_marked():
            assert {os.environ[name] for name in NAMES} == {"pytest-spotify-dummy"}

        def test_other():
            assert [os.environ.get(name) for name in NAMES] == [None, "of the developer", None, None]
        """,
    )
    project.run().assert_outcomes(passed=2)


def test_other_hosts_are_out_of_reach_in_replay(project: Project):
    """A marked test that replays reaches this machine only; the failure names the host."""
    project.file(
        "test_it.py",
        """
        import pytest, socket

        @pytest.mark.spotify
        def test_it():
            socket.create_connection(("spotify-test.invalid", 80))
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*network access to spotify-test.invalid blocked: * (test: *test_it)*"])


def test_what_is_recorded_is_readable(project: Project):
    """A recording is one interaction a request, in order, with where it comes from."""
    project.file(
        "test_it.py",
        f"{ME}\n    spotify_session.get('/me')",
    )
    project.record()
    from pytest_spotify.cassettes import load

    cassette = load(project.path / RECORDING)
    assert [exchange.request.url for exchange in cassette.exchanges] == ["https://api.spotify.com/v1/me"] * 2
    assert cassette.provenance["target"] == "sandbox"
    assert json.loads(cassette.exchanges[0].response.body)["type"] == "user"
