"""The fixtures and the hooks, each used as somebody's conftest and tests would."""

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import SANDBOX, Project, live_at, no_traceback


def test_the_sessions(project: Project):
    """Each is a `requests.Session` on the Web API with the token that its name says, live and in replay."""
    project.file(
        "test_it.py",
        """
        import requests

        def test_user(spotify_session):
            assert isinstance(spotify_session, requests.Session)
            for path in ("/me", "me", "https://api.spotify.com/v1/me"):
                assert spotify_session.get(path).json()["type"] == "user"

        def test_app(spotify_app_session):
            assert spotify_app_session.get("/albums/4aawyAB9vmqN3uQ7FjRGTy").ok
            assert spotify_app_session.get("/me").status_code in (401, 403)

        def test_nobody(spotify_anonymous_session):
            assert spotify_anonymous_session.get("/me").status_code == 401

        def test_links(spotify_session):
            first = spotify_session.get("/me/tracks", params={"limit": 1}).json()
            assert first["next"].startswith("https://api.spotify.com/v1/me/tracks?")
            assert spotify_session.get(first["next"]).json()["offset"] == 1
        """,
    )
    project.run(*SANDBOX).assert_outcomes(passed=4)
    project.run().assert_outcomes(passed=4)


def test_a_session_goes_nowhere_else(project: Project):
    """The token of a session does not leave the Web API: the refusal says so, and where it was asked."""
    project.file(
        "test_it.py", "def test_it(spotify_session):\n    spotify_session.get('https://example.org/me')"
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=1)
    no_traceback(result)
    result.stdout.fnmatch_lines(
        ["'https://example.org/me': expected a path such as /me*", "at * test_it.py:2"]
    )


def test_the_token(project: Project):
    """`spotify_token` is one for the whole run, does not show itself, and is a dummy in replay."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.fixture(scope="session")
        def header(spotify_token):
            assert spotify_token.reveal() not in repr(spotify_token) + str(spotify_token)
            return {"Authorization": f"Bearer {spotify_token.reveal()}"}

        @pytest.mark.spotify
        def test_it(header, pytestconfig):
            assert requests.get("https://api.spotify.com/v1/me", headers=header).ok
            live = pytestconfig.getoption("--spotify-sandbox")
            assert ("dummy" in header["Authorization"]) is not live
        """,
    )
    project.run(*SANDBOX).assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_the_credentials(project: Project, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    """`spotify_credentials` are the environment's in a live run, the sandbox's there, dummies in replay."""
    project.file(
        "test_it.py",
        """
        import os

        def test_it(spotify_credentials):
            ours = spotify_credentials
            found = [ours.client_id, ours.client_secret.reveal(), ours.refresh_token.reveal()]
            assert " ".join(found) == os.environ["EXPECTED"]
            assert "client_secret=***" in repr(ours)
        """,
    )
    names = ("client_id", "client_secret", "refresh_token")
    monkeypatch.setenv("EXPECTED", " ".join(["pytest-spotify-dummy"] * 3))
    project.run().assert_outcomes(passed=1)
    monkeypatch.setenv("EXPECTED", " ".join(getattr(sandbox, name) for name in names))
    project.run("--spotify-sandbox").assert_outcomes(passed=1)
    monkeypatch.setenv("EXPECTED", "an-id a-secret a-refresh-token")
    for name, value in zip(names, ("an-id", "a-secret", "a-refresh-token"), strict=True):
        monkeypatch.setenv(f"SPOTIFY_{name.upper()}", value)
    project.run(*live_at(sandbox)).assert_outcomes(passed=1)


def test_the_target(project: Project, sandbox: Sandbox):
    """`spotify_target` has the run's addresses, and Spotify's own in replay."""
    project.file(
        "test_it.py",
        """
        import os

        def test_it(spotify_target):
            assert f"{spotify_target.api_url} {spotify_target.accounts_url}" == os.environ["EXPECTED"]
        """,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPECTED", "https://api.spotify.com/v1 https://accounts.spotify.com")
        project.run().assert_outcomes(passed=1)
        patch.setenv("EXPECTED", f"{sandbox.api_url} {sandbox.accounts_url}")
        project.run(*live_at(sandbox)).assert_outcomes(passed=1)


def test_the_contracts(project: Project):
    """`spotify_contracts` are the run's: of its access, with the project's own in place of the bundled."""
    project.contract()
    project.file(
        "test_it.py",
        """
        def test_bundled(spotify_contracts):
            assert spotify_contracts.access == "extended"
            assert spotify_contracts.check_body("get-track", 200, "{}")
            thing = '{"id": "abc", "kind": "red", "rank": 1}'
            assert spotify_contracts.check_body("get-thing", 200, thing) == []
        """,
    )
    project.run("test_it.py", "--spotify-access=extended").assert_outcomes(passed=1)


def test_the_sandbox(project: Project):
    """`spotify_sandbox` is a server of the run's access, also in replay, and a sandbox run's target."""
    project.file(
        "test_it.py",
        """
        import pytest, requests

        def test_it(spotify_sandbox, spotify_target, pytestconfig):
            assert requests.get(f"{spotify_sandbox.api_url}/me").status_code == 401
            assert spotify_sandbox.access == "extended"
            if pytestconfig.getoption("--spotify-sandbox"):
                assert spotify_target.api_url == spotify_sandbox.api_url

        def test_arranged(spotify_session, spotify_sandbox):
            spotify_sandbox.arrange(["idle-player"])
            assert spotify_session.get("/me/player").status_code == 204
        """,
    )
    access = "--spotify-access=extended"
    project.run(*SANDBOX, access).assert_outcomes(passed=2)
    project.run(access).assert_outcomes(passed=2)


def test_credentials_from_elsewhere(project: Project, sandbox: Sandbox):
    """`pytest_spotify_credentials` brings them from a vault, say; they serve items and fixtures alike."""
    project.bundled("get-current-users-profile")
    project.file(
        "conftest.py",
        f"""
        from pytest_spotify.auth.credentials import Credentials
        from pytest_spotify.redaction import Secret

        def pytest_spotify_credentials(config):
            return Credentials(
                client_id={sandbox.client_id!r},
                client_secret=Secret({sandbox.client_secret!r}),
                refresh_token=Secret({sandbox.refresh_token!r}),
            )
        """,
    )
    project.file("test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me').ok")
    project.run(*live_at(sandbox)).assert_outcomes(passed=5)
    project.run("--spotify-sandbox").assert_outcomes(passed=5)
    (project.path / "conftest.py").unlink()
    assert project.run(*live_at(sandbox)).ret == pytest.ExitCode.USAGE_ERROR


def test_a_session_that_is_changed(project: Project):
    """`pytest_spotify_session` is called for items and for fixtures, live and in replay."""
    project.bundled("get-current-users-profile")
    project.file(
        "conftest.py",
        """
        def pytest_spotify_session(config, session):
            session.headers["Accept-Language"] = "sv"
        """,
    )
    project.file(
        "test_it.py",
        """
        def test_it(spotify_session):
            assert spotify_session.headers["Accept-Language"] == "sv"
            spotify_session.get("/me")
        """,
    )
    project.record()
    written = [text for name, text in project.cassettes().items() if name.endswith(".yaml")]
    assert len(written) == 5
    assert all(b"Accept-Language: [sv]" in text for text in written)
    project.run().assert_outcomes(passed=5)


def test_a_contract_of_the_projects_own_judges_marked_tests(project: Project):
    """It takes the bundled one's place in the guard, also when only the test's module is collected."""
    project.file("test_it.py", "def test_it(spotify_session):\n    assert spotify_session.get('/me').ok")
    project.record()
    project.bundled("get-current-users-profile")
    path = project.path / "contracts/users/get-current-users-profile.contract.json"
    path.write_text(
        path.read_text().replace(
            '{"$ref": "pytest-spotify:private-user.schema.json"}',
            '{"type": "object", "additionalProperties": true, "properties": {}, "required": ["shoe_size"]}',
        )
    )
    result = project.run("test_it.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["/shoe_size: required property is missing"])
