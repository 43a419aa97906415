"""Whatever asks Spotify in a marked test, and when, is the guard's: no other cassette, no plain http."""

from tests.support.loopback_server import LoopbackServer, Reply
from tests.support.project import Project


def test_fixtures_that_are_set_up_within_another_cassette(project: Project):
    """What a fixture asks after pytest-recording has opened its cassette is still kept in ours alone."""
    with LoopbackServer(lambda received: Reply(body=b"of another host")) as server:
        project.file(
            "test_it.py",
            f"""
            import pytest, requests

            @pytest.fixture
            def profile(vcr, spotify_session):
                assert requests.get("{server.url}/set-up").ok
                yield requests.get("https://api.spotify.com/v1/me").status_code
                assert requests.get("https://api.spotify.com/v1/me/playlists").status_code == 401

            @pytest.mark.vcr
            @pytest.mark.spotify
            def test_it(profile):
                assert profile == 401
            """,
        )
        project.run("--spotify-sandbox", "--record-mode=once").assert_outcomes(passed=1)
    theirs, ours = sorted(project.cassettes().items(), key=lambda each: each[0].endswith(".spotify.yaml"))
    assert b"/set-up" in theirs[1]
    assert b"spotify.com" not in theirs[1]
    assert ours[1].count(b"uri: https://api.spotify.com/v1/m") == 2
    project.run().assert_outcomes(passed=1)


def test_later_tests_have_their_client_back(project: Project):
    """pytest-recording's cassette closes before ours: a later test can send what no cassette could copy."""
    with LoopbackServer(lambda _: Reply(body=b"received")) as server:
        project.file(
            "test_it.py",
            f"""
            import asyncio, aiohttp, pytest, requests

            @pytest.mark.vcr
            @pytest.mark.spotify
            def test_both():
                assert requests.get("https://api.spotify.com/v1/me").status_code == 401

            async def upload():
                form = aiohttp.FormData()
                form.add_field("file", open(__file__, "rb"), filename="f")
                async with aiohttp.ClientSession() as session, session.post("{server.url}", data=form) as r:
                    return await r.text()

            def test_later():
                assert asyncio.run(upload()) == "received"
            """,
        )
        project.run("--spotify-sandbox", "--record-mode=once").assert_outcomes(passed=2)
        project.run().assert_outcomes(passed=2)


def test_other_schemes_and_ports_of_spotifys_hosts(project: Project):
    """They do not get past us: such a request has no recording, and says so."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.mark.spotify
        @pytest.mark.parametrize("url", ["http://api.spotify.com/v1/me", "https://api.spotify.com:8443/v1/me"])
        def test_it(url):
            requests.get(url, timeout=5)
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*has no recording*", "*has no recording*"])
    result.stdout.no_fnmatch_line("*NetworkBlocked*")


def test_threads_that_ask_first(project: Project):
    """Eight threads that ask for the recording at once load it once, and get an answer each."""
    project.file(
        "test_it.py",
        """
        from concurrent.futures import ThreadPoolExecutor

        import pytest, requests

        @pytest.mark.spotify
        def test_it():
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(requests.get, ["https://api.spotify.com/v1/me"] * 8))
            assert [answer.status_code for answer in answers] == [401] * 8
        """,
    )
    project.record()
    for _ in range(5):
        project.run("--spotify-strict").assert_outcomes(passed=1)
