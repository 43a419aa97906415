"""Who may pass, and how the Web API refuses: tokens, accesses, scopes, parameters, routes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from pytest_spotify.sandbox import Sandbox
from tests.support.sandbox_client import ALBUM, ARTIST, PLAYLIST, TRACK, UNKNOWN, Api


@pytest.fixture(scope="module")
def development() -> Iterator[Sandbox]:
    with Sandbox("development") as running:
        yield running


@pytest.fixture(scope="module")
def extended() -> Iterator[Sandbox]:
    with Sandbox("extended") as running:
        yield running


@pytest.fixture(scope="module")
def api(extended: Sandbox) -> Iterator[Api]:
    with Api(extended) as opened:
        yield opened


@pytest.fixture(scope="module")
def new_api(development: Sandbox) -> Iterator[Api]:
    with Api(development) as opened:
        yield opened


def _get(sandbox: Sandbox, path: str, authorization: str | None) -> requests.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return requests.get(sandbox.api_url + path, headers=headers, timeout=10)


@pytest.mark.parametrize(
    "path", ["/me", f"/tracks/{TRACK}", "/recommendations", "/nonsense", "/tracks/not-an-id"]
)
@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, 'Bearer realm="spotify", error="missing_token", error_description="No token provided"'),
        (
            "Bearer wrong",
            'Bearer realm="spotify", error="invalid_token", error_description="Invalid access token"',
        ),
    ],
)
def test_401_comes_before_everything(
    development: Sandbox, path: str, authorization: str | None, challenge: str
) -> None:
    """Without a good token every path is 401, with one body; only WWW-Authenticate tells why."""
    response = _get(development, path, authorization)

    assert response.status_code == 401
    assert response.headers["www-authenticate"] == challenge
    assert response.json() == {"error": {"status": 401, "message": "Missing/invalid/expired access token"}}


@pytest.mark.parametrize("authorization", ["Basic abc", "Bearer", "Bearer ", "token"])
def test_other_schemes_are_400(development: Sandbox, authorization: str) -> None:
    """An Authorization header that is no bearer token is 400, not 401."""
    response = _get(development, "/me", authorization)

    assert response.status_code == 400
    assert response.json() == {
        "error": {"status": 400, "message": "Only valid bearer authentication supported"}
    }


def test_an_expired_token_is_401() -> None:
    """Past its hour a token is as bad as a wrong one, and a new one is good again."""
    with Sandbox() as sandbox, Api(sandbox) as api:
        before = api.call("GET", "/me").status_code
        sandbox.expire_tokens()
        after = api.call("GET", "/me")
        with Api(sandbox) as fresh:
            again = fresh.call("GET", "/me").status_code

    assert (before, after.status_code, again) == (200, 401, 200)
    assert 'error="invalid_token"' in after.headers["www-authenticate"]


def test_token_lifetime_can_be_set() -> None:
    """Tests of early refresh need tokens that are over at once."""
    with Sandbox() as sandbox:
        sandbox.token_lifetime = 0
        with Api(sandbox) as api:
            assert api.call("GET", "/me").status_code == 401


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/markets", 403, {"error": {"status": 403, "message": "Forbidden"}}),
        (f"/artists/{ARTIST}/top-tracks", 403, {"error": {"status": 403, "message": "Forbidden"}}),
        (f"/artists/{ARTIST}/related-artists", 403, {"error": {"status": 403, "message": "Forbidden"}}),
        ("/users/smedjan", 403, {"error": {"status": 403, "message": "Forbidden"}}),
        (f"/audio-features/{TRACK}", 403, {"error": {"status": 403}}),
        (f"/audio-analysis/{TRACK}", 403, {"error": {"status": 403}}),
        ("/recommendations", 404, None),
        ("/recommendations/available-genre-seeds", 404, None),
        ("/me/apps", 410, {"error": {"status": 410, "message": ""}}),
        ("/me/chapters", 410, {"error": {"status": 410, "message": ""}}),
        ("/me/notifications", 404, None),
        ("/me/player/next", 405, None),
        ("/me/player/volume", 405, None),
    ],
)
def test_refusals_are_those_that_were_observed(new_api: Api, path: str, status: int, body: object) -> None:
    """Closed operations, wrong methods and unknown routes answer as a development app saw it in 2026-08."""
    response = new_api.call("GET", path)

    assert response.status_code == status
    assert (response.json() if response.content else None) == body


def test_removal_comes_before_scope_and_parameters(development: Sandbox) -> None:
    """What is closed is `Forbidden`, whatever the token may and the parameters say."""
    with Api.app(development) as app:
        assert app.refusal("GET", "/me/tracks/contains", ids="not-an-id") == (403, "Forbidden")


@pytest.mark.parametrize("path", ["/me", "/me/player", "/me/playlists", "/me/following?type=artist"])
def test_an_app_token_stands_for_nobody(development: Sandbox, path: str) -> None:
    """What belongs to a user takes a user's token."""
    with Api.app(development) as app:
        assert app.refusal("GET", path) == (403, "This request requires user authentication.")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        ("", "GET", "/me", 200),
        ("", "GET", "/me/tracks", 403),
        ("user-library-read", "GET", "/me/tracks", 200),
        ("user-read-currently-playing", "GET", "/me/player/queue", 403),
        # "user-read-currently-playing and/or user-read-playback-state": the reference in 2018.
        ("user-read-currently-playing", "GET", "/me/player/currently-playing", 200),
        ("user-read-playback-state", "GET", "/me/player/currently-playing", 200),
        ("user-library-read", "GET", "/me/player/currently-playing", 403),
        ("user-read-currently-playing user-read-playback-state", "GET", "/me/player/queue", 200),
        ("user-library-read", "GET", f"/me/library/contains?uris=spotify:track:{TRACK}", 200),
        ("user-library-read", "GET", f"/me/library/contains?uris=spotify:artist:{ARTIST}", 403),
        ("user-follow-read", "GET", f"/me/library/contains?uris=spotify:artist:{ARTIST}", 200),
        ("playlist-modify-public", "POST", "/me/playlists", 201),
        ("user-library-read", "POST", "/me/playlists", 403),
    ],
)
def test_scopes_open_operations(
    development: Sandbox, scope: str, method: str, path: str, status: int
) -> None:
    """Each operation takes its scopes: all of them, or one of several, or one for each kind of URI."""
    with Api.user(development, "Scoped", scope) as api:
        response = api.call(method, path, json={"name": "New"} if method == "POST" else None)

    assert response.status_code == status
    if status == 403:
        assert response.json()["error"]["message"] == "Insufficient client scope"


def test_scopes_widen_answers(extended: Sandbox) -> None:
    """Country and subscription, address, resume points and private playlists each take a scope."""
    with (
        Api.user(extended, "Poor", "") as poor,
        Api.user(extended, "Poor", "user-read-private user-read-email user-read-playback-position") as rich,
        Api.user(extended, "Poor", "playlist-read-private") as reader,
    ):
        show = "/shows/38bS44xjbVVZ3No3ByF1dJ/episodes?limit=1"

        assert not {"country", "product", "explicit_content", "email"} & set(poor.get("/me"))
        assert {"country", "product", "explicit_content", "email"} <= set(rich.get("/me"))
        assert "resume_point" not in poor.get(show)["items"][0]
        assert "resume_point" in rich.get(show)["items"][0]
        assert poor.get("/me/playlists")["total"] < reader.get("/me/playlists")["total"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/albums/{ALBUM}/tracks?limit=0", (400, "Invalid limit")),
        (f"/albums/{ALBUM}/tracks?limit=51", (400, "Invalid limit")),
        (f"/albums/{ALBUM}/tracks?limit=ten", (400, "Invalid limit")),
        (f"/albums/{ALBUM}/tracks?limit=", (400, "Invalid limit")),
        (f"/albums/{ALBUM}/tracks?offset=-1", (400, "Invalid offset")),
        ("/me/player/recently-played?limit=51", (400, "Invalid limit")),
        ("/me/player/recently-played?after=1&before=2", (400, "Only one of after and before may be given")),
        ("/me/following?limit=51&type=artist", (400, "Invalid limit")),
        ("/me/following?type=user", (400, "Invalid type")),
        ("/me/following", (400, "Missing required field: type")),
        (f"/playlists/{PLAYLIST}/items?limit=51", (400, "Invalid limit")),
        (f"/playlists/{PLAYLIST}/tracks?limit=101", (400, "Invalid limit")),
        ("/tracks/not-an-id", (400, "Invalid base62 id")),
        (f"/tracks/{UNKNOWN}", (404, "non existing id")),
        (f"/albums/{UNKNOWN}", (404, "non existing id")),
        (f"/artists/{UNKNOWN}/albums", (404, "non existing id")),
        (f"/shows/{UNKNOWN}", (404, "non existing id")),
        (f"/playlists/{UNKNOWN}", (404, "Resource not found")),
        ("/playlists/not-an-id/items", (400, "Invalid base62 id")),
        ("/users/nobody-at-all", (404, "No such user")),
        ("/browse/categories/nothing", (404, "Specified id doesn't exist")),
        ("/albums?ids=not-an-id", (400, "Invalid base62 id")),
        ("/albums", (400, "Missing required field: ids")),
        ("/search?type=track", (400, "No search query")),
        ("/search?q=x", (400, "Missing parameter type")),
        ("/search?q=x&type=song", (400, "Bad search type field song")),
        ("/search?q=x&type=track&limit=51", (400, "Invalid limit")),
        ("/search?q=x&type=track&offset=1001", (400, "Invalid offset")),
        (f"/tracks/{TRACK}?market=SPAIN", (400, "Invalid market code")),
        (f"/albums/{ALBUM}?market=es", (400, "Invalid market code")),
        ("/me/top/songs", (404, "Resource not found")),
        ("/me/top/tracks?time_range=ever", (400, "Invalid time_range")),
        (f"/artists/{ARTIST}/albums?include_groups=live", (400, "Invalid album type")),
        (f"/playlists/{PLAYLIST}?fields=a(b", (400, "Invalid fields param")),
        ("/recommendations", (400, "invalid request")),
        ("/me/player?additional_types=song", (400, "Invalid additional_types")),
    ],
)
def test_bad_parameters_are_refused(api: Api, path: str, expected: tuple[int, str | None]) -> None:
    """Limits, ids, markets and words outside of what is allowed have their status and message."""
    assert api.refusal("GET", path) == expected


@pytest.mark.parametrize("path", ["/search?q=love&type=track&limit=11", f"/artists/{ARTIST}/albums?limit=11"])
def test_limits_are_lower_in_development(api: Api, new_api: Api, path: str) -> None:
    """Search and artist albums give 10 at most, 5 usually, to new apps; 50 and 20 to others."""
    usual = path.rpartition("&limit")[0] or path.rpartition("?limit")[0]
    page = new_api.get(usual)
    wide = api.get(usual)

    assert new_api.refusal("GET", path) == (400, "Invalid limit")
    assert api.call("GET", path).status_code == 200
    assert page.get("tracks", page)["limit"] == 5
    assert wide.get("tracks", wide)["limit"] == 20


def test_batches_hold_null_for_what_is_not_there(api: Api) -> None:
    """An unknown id leaves its place in a batch empty; too many ids are refused."""
    assert [
        None if each is None else each["id"]
        for each in api.get("/tracks", ids=f"{TRACK},{UNKNOWN}")["tracks"]
    ] == [
        TRACK,
        None,
    ]
    assert api.refusal("GET", "/albums", ids=",".join([ALBUM] * 21)) == (400, "Too many ids requested")


def test_a_trailing_slash_is_accepted(api: Api) -> None:
    """Clients such as spotipy end paths with one."""
    assert api.get("/me/") == api.get("/me")


def test_answers_carry_spotifys_headers(api: Api) -> None:
    """JSON in UTF-8, compressed when asked, private with no age, open to any origin."""
    squeezed = api.call("GET", "/me")
    plain = api.session.get(api.sandbox.api_url + "/me", headers={"Accept-Encoding": "identity"}, timeout=10)

    assert squeezed.headers["content-type"] == "application/json; charset=utf-8"
    assert squeezed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.headers["cache-control"] == "private, max-age=0"
    assert plain.headers["access-control-allow-origin"] == "*"
    assert "date" in plain.headers
    assert "Vetenskapsradion" in api.call("GET", "/shows/38bS44xjbVVZ3No3ByF1dJ").content.decode("utf-8")


def test_content_is_unavailable_to_an_app_without_a_market(extended: Sandbox) -> None:
    """An app token needs a market for shows, episodes and audiobooks; audiobooks have six markets."""
    show, book = "/shows/38bS44xjbVVZ3No3ByF1dJ", "/audiobooks/7iHfbu1YPACw6oZPAFJtqe"
    with Api.app(extended) as app:
        assert app.refusal("GET", show) == (404, "non existing id")
        assert app.get(show, market="SE")["name"] == "Vetenskapsradion Historia"
        assert app.refusal("GET", book, market="SE") == (404, "non existing id")
        assert app.get(book, market="US")["total_chapters"] == 51
        assert app.get("/audiobooks", ids="7iHfbu1YPACw6oZPAFJtqe", market="SE") == {"audiobooks": [None]}
