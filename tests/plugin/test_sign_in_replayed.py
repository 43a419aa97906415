"""Clients sign in by themselves: in replay every grant is answered with a dummy, and none of it is kept."""

import json
import time

from tests.support.project import SANDBOX, Project, no_traceback

SPOTIPY = """
    import pytest, spotipy
    from spotipy.cache_handler import MemoryCacheHandler
    from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth, SpotifyPKCE

    SCOPES = "user-library-read playlist-modify-private"

    def refreshed():
        return {"refresh_token": "AQ-of-before", "expires_at": 0, "scope": SCOPES}

    def app():
        return SpotifyClientCredentials()

    def code():
        auth = SpotifyOAuth(scope=SCOPES, cache_handler=MemoryCacheHandler(), open_browser=False)
        assert auth.get_access_token("a-code-of-any-value", as_dict=False)
        assert auth.validate_token(auth.cache_handler.get_cached_token())["refresh_token"]
        return auth

    def refresh():
        return SpotifyOAuth(scope=SCOPES, cache_handler=MemoryCacheHandler(refreshed()))

    def pkce():
        auth = SpotifyPKCE(scope=SCOPES, cache_handler=MemoryCacheHandler(), open_browser=False)
        assert auth.get_access_token("a-code-of-any-value")
        return auth

    def pkce_refresh():
        return SpotifyPKCE(scope=SCOPES, cache_handler=MemoryCacheHandler(refreshed()))

    @pytest.mark.spotify
    @pytest.mark.parametrize("sign_in", [app, code, refresh, pkce, pkce_refresh])
    def test_it(sign_in):
        album = spotipy.Spotify(auth_manager=sign_in()).album("4aawyAB9vmqN3uQ7FjRGTy")
        assert album["name"] == "Global Warming"
"""
TEKORE = """
    import pytest, tekore

    @pytest.fixture(scope="session")
    def app():
        return tekore.Credentials("an-id", "a-secret", "http://127.0.0.1:8888/callback")

    @pytest.mark.spotify
    @pytest.mark.parametrize("grant", ["client", "code", "refresh", "pkce", "pkce-refresh"])
    def test_it(app, grant):
        token = {
            "client": lambda: app.request_client_token(),
            "code": lambda: app.request_user_token("a-code"),
            "refresh": lambda: app.refresh_user_token("AQ-of-before"),
            "pkce": lambda: app.request_pkce_token("a-code", "a-verifier" * 5),
            "pkce-refresh": lambda: app.refresh_pkce_token("AQ-of-before"),
        }[grant]()
        assert not token.is_expiring
        assert grant == "client" or token.refresh_token
"""


def test_spotipy_by_every_grant(project: Project):
    """Client credentials, a code, a refresh token, with and without a secret (PKCE): all replay offline."""
    sessions = """
        def test_it(spotify_session):
            assert spotify_session.get("/albums/4aawyAB9vmqN3uQ7FjRGTy").ok
    """
    project.file("test_once.py", sessions)
    project.record()
    recording = next((project.path / "cassettes").rglob("test_it.spotify.yaml"))
    project.file("test_it.py", SPOTIPY)
    # Each case says in its failure where it expects its recording.
    result = project.run("test_it.py")
    result.assert_outcomes(failed=5)
    expected = {line.split()[1] for line in result.outlines if line.startswith("expected   cassettes/")}
    assert len(expected) == 5
    for name in expected:
        cassette = project.path / name
        cassette.parent.mkdir(parents=True, exist_ok=True)
        cassette.write_bytes(recording.read_bytes())
    before = project.cassettes()
    project.run("test_it.py").assert_outcomes(passed=5)
    assert project.cassettes() == before


def test_tekore_by_every_grant(project: Project):
    """Its own `Credentials` get tokens from every grant, offline."""
    project.file("test_it.py", TEKORE)
    project.run().assert_outcomes(passed=5)
    assert not (project.path / "cassettes").exists()


def test_tokens_are_never_written(project: Project):
    """A test that signs in and asks is recorded without the sign-in: no secret, no accounts host."""
    project.file(
        "test_it.py",
        """
        import os, pytest, requests

        @pytest.mark.spotify
        def test_it():
            answer = requests.post(
                "https://accounts.spotify.com/api/token",
                data={"grant_type": "refresh_token", "refresh_token": os.environ["SPOTIFY_REFRESH_TOKEN"]},
                auth=(os.environ["SPOTIFY_CLIENT_ID"], os.environ["SPOTIFY_CLIENT_SECRET"]),
            ).json()
            assert "user-library-read" in answer["scope"].split()
            header = {"Authorization": f"Bearer {answer['access_token']}"}
            assert requests.get("https://api.spotify.com/v1/me/albums?limit=1", headers=header).ok
        """,
    )
    project.run(*SANDBOX).assert_outcomes(passed=1)
    (recorded,) = project.cassettes().values()
    for word in (b"accounts", b"token", b"Basic", b"client"):
        assert word not in recorded
    project.run().assert_outcomes(passed=1)


def test_the_scopes_of_the_mark_are_granted(project: Project):
    """A client that looks at its scopes finds those that the mark names, and no others."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.mark.spotify(scopes=["user-top-read", "user-library-read"])
        def test_it():
            asked = {"grant_type": "refresh_token", "refresh_token": "any"}
            answer = requests.post("https://accounts.spotify.com/api/token", data=asked).json()
            assert answer["scope"] == "user-library-read user-top-read"
        """,
    )
    project.run().assert_outcomes(passed=1)


def test_a_page_of_the_accounts_service(project: Project):
    """Nobody agrees to anything in replay: the failure says what is answered, and what to give the client."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.mark.spotify
        def test_it():
            requests.get("https://accounts.spotify.com/authorize?client_id=an-id&state=a-state")
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(["GET https://accounts.spotify.com/authorize: nobody signs in *"])
    result.stdout.no_fnmatch_line("*a-state*")


def test_a_sign_in_that_a_client_keeps_in_a_file(project: Project):
    """The `.cache` of spotipy keeps its refresh token, and its dummy is not taken for a token for long."""
    kept = {
        "access_token": "old",
        "refresh_token": "AQ-of-the-developer",
        "expires_at": 0,
        "scope": "streaming",
    }
    project.file(".cache", json.dumps(kept))
    project.file(
        "test_it.py",
        """
        import pytest
        from spotipy.oauth2 import SpotifyPKCE

        @pytest.mark.spotify
        def test_it():
            assert SpotifyPKCE(scope="streaming").get_access_token(check_cache=True)
        """,
    )
    project.run().assert_outcomes(passed=1)
    now = json.loads((project.path / ".cache").read_text())
    assert now["refresh_token"] == "AQ-of-the-developer"
    assert now["expires_at"] <= time.time() + 120
