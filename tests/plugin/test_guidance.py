"""What a failure says to do: the replacement, the likelier access, the missed field, the request's fault."""

from urllib.parse import quote

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.project import Project, live_at, no_traceback

OLDER = "hint       an older app? set `spotify_access = development-older`; an app with extended quota? set *"
TRACK, ALBUM = "11dFghVXANMlKmJXsNCbNl", "4aawyAB9vmqN3uQ7FjRGTy"


@pytest.fixture
def removed(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose test uses an operation that development mode lost, and credentials."""
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", Sandbox.client_id)
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", Sandbox.client_secret)
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", Sandbox.refresh_token)
    project.file(
        "test_it.py", f"def test_it(spotify_session):\n    spotify_session.get('/albums?ids={ALBUM}')"
    )
    return project


def test_an_answer_that_another_access_would_get(removed: Project):
    """The app got what its access has not: the failure asks whether it is an older app, and what to set."""
    with Sandbox("development-older") as sandbox:
        result = removed.run(*live_at(sandbox))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*use GET /albums/{id} (yet it answered 200: *", OLDER])
    with Sandbox("development-older") as sandbox:
        removed.run(*live_at(sandbox), "--spotify-access=development-older").assert_outcomes(passed=1)


def test_a_refusal_says_that_the_access_is_right(removed: Project):
    """Spotify refused, as it does to apps of this access: no question is left."""
    with Sandbox("development") as sandbox:
        result = removed.run(*live_at(sandbox))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*was removed for development apps on 2026-02-11; use GET /albums/{id}"])
    result.stdout.no_fnmatch_line("hint *")


def test_a_field_that_the_access_is_always_sent(removed: Project):
    """An app that says it has extended quota and is not sent its fields: development mode is the question."""
    removed.file("test_it.py", f"def test_it(spotify_session):\n    spotify_session.get('/albums/{ALBUM}')")
    with Sandbox("development") as sandbox:
        result = removed.run(*live_at(sandbox), "--spotify-access=extended")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["/label: *", "hint       an app in development mode? set `spotify_access = development`"]
    )


def test_a_field_that_the_code_misses(project: Project):
    """The failure says that the access is not sent the field, then which line reads it."""
    project.file(
        "test_it.py",
        f"""
        def track(session):
            return session.get("/tracks/{TRACK}").json()

        def test_field(spotify_session):
            assert track(spotify_session)["popularity"]

        def test_renamed(spotify_session):
            assert spotify_session.get("/playlists/1iWsP6nWfzh0pIOIyttQwB").json()["tracks"]

        def test_other(spotify_session):
            assert track(spotify_session)["nonsense"]
        """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "/popularity: development apps are not sent it (the test reads it)",
            f"request    GET https://api.spotify.com/v1/tracks/{TRACK}",
            "response   200, live: sandbox",
            "sent by    test_it.py:2",
            "meaning    the code reads a field that its access is not sent",
            OLDER,
            'reproduce  curl -H "Authorization: Bearer $(pytest-spotify token --app)" *',
            "docs       https://developer.spotify.com/documentation/web-api/reference/get-track",
            "E       KeyError: 'popularity'",
            "/tracks: development apps are not sent it: use items (the test reads it)",
            "*KeyError: 'nonsense'",
            "2 failed: the exchange violates its contract",
            "1 failed: an error of the test's own",
        ]
    )


def test_a_wrong_request_without_a_recording(project: Project):
    """Written offline: what is wrong with the request is said, and no command that could not record it."""
    project.file(
        "test_it.py",
        f"""
        def test_raised(spotify_session):
            spotify_session.get("/albums?ids={ALBUM}")

        def test_swallowed(spotify_session):
            try:
                spotify_session.get("/albums?ids={ALBUM}")
            except Exception:
                pass
        """,
    )
    result = project.run()
    result.assert_outcomes(failed=2)
    no_traceback(result)
    for _ in range(2):
        result.stdout.fnmatch_lines(
            [
                "GET /albums was removed for development apps on 2026-02-11; use GET /albums/{id}",
                f"request    GET https://api.spotify.com/v1/albums?ids={ALBUM}",
                "response   none is recorded: a test is recorded once it passes",
                "sent by    test_it.py:*",
                OLDER,
                "reproduce  curl *",
            ]
        )
    result.stdout.fnmatch_lines(["2 failed: the exchange violates its contract"])
    result.stdout.no_fnmatch_line("*record-mode*")  # only a test that passes is recorded


URIS = ",".join([f"spotify:track:{TRACK}"] * 41)
REQUESTS = {
    "limit-over": ("GET", "/search?q=love&type=track&limit=11", None, "limit: expected at most 10, got 11"),
    "limit-zero": ("GET", "/me/tracks?limit=0", None, "limit: expected at least 1, got 0"),
    "offset": ("GET", "/me/albums?offset=-1", None, "offset: expected at least 0, got -1"),
    "no-number": ("GET", "/me/albums?limit=all", None, "limit: expected integer, got text*"),
    "nothing-asked": ("GET", "/search?type=track", None, "/query/q: expected a value, got none"),
    "kind": ("GET", "/search?q=a&type=song", None, 'type/0: expected one of album, *, got "song"'),
    "uri-for-id": (
        "GET",
        f"/tracks/spotify:track:{TRACK}",
        None,
        '/path/id: expected a string matching *, got "sp*',
    ),
    "link-for-id": (
        "GET",
        "/tracks/open.spotify.com",
        None,
        '/path/id: expected a string matching *, got "open*',
    ),
    "other-uri": (
        "PUT",
        f"/me/library?uris=spotify:chapter:{TRACK}",
        None,
        "uris/0: expected a string matching *",
    ),
    "id-for-uri": (
        "PUT",
        f"/me/library?uris={TRACK}",
        None,
        f'uris/0: expected a string matching *, got "{TRACK}"',
    ),
    "batch": ("PUT", f"/me/library?uris={quote(URIS)}", None, "uris: expected at most 40 items, *41*"),
    "body-for-query": ("PUT", "/me/library", {"uris": [URIS]}, "/query/uris: expected a value, got none"),
    "body-shape": ("POST", "/me/playlists", ["name"], "/body: expected object, got an array"),
    "body-field": ("POST", "/me/playlists", {"public": True}, "/body/name: required property is missing"),
    "body-batch": (
        "POST",
        f"/playlists/{TRACK}/items",
        {"uris": URIS.split(",") * 3},
        "/body/uris: expected at most 100 items, got an array of 123",
    ),
    "no-body": ("PUT", "/me/player", None, "/body: expected application/json, got no body"),
    "volume": ("PUT", "/me/player/volume?volume_percent=101", None, "expected at most 100, got 101"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_request_side(project: Project, name: str):
    """Out of range, too many at once, of another kind, of another shape: named, with its place and value."""
    method, path, body, told = REQUESTS[name]
    project.file(
        "test_it.py",
        f"def test_it(spotify_session):\n    spotify_session.request({method!r}, {path!r}, json={body!r})",
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"*{told}", f"request    {method} https://api.spotify.com/v1{path.split('?')[0]}*"]
    )


def test_parameters_that_real_clients_send(project: Project):
    """`locale` and `country=from_token` stand in no documentation, and fail no test: they are listed."""
    project.file(
        "test_it.py",
        f"""
        def test_it(spotify_session):
            spotify_session.get("/albums/{ALBUM}?locale=sv&country=from_token")
        """,
    )
    result = project.run("--spotify-sandbox")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["unknown to the contracts:", '  get-an-album  /query/locale  *"locale"'])
