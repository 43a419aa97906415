"""What the clients of PyPI send and Spotify does not take: the sandbox refuses it, the contracts say why.

Where a client works, `tests/flows/clients` shows that it does; both halves use the clients as they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import requests
import spotifyaio
import spotipy
import tekore

from pytest_spotify.access import Access
from pytest_spotify.check import check_exchange
from pytest_spotify.check.violation import Violation
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import Exchange, Request, Response
from pytest_spotify.intercept.interception import intercept
from pytest_spotify.sandbox import Sandbox
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.target import Target

TRACK, ALBUM, ARTIST = "11dFghVXANMlKmJXsNCbNl", "4aawyAB9vmqN3uQ7FjRGTy", "6sFIWsNpZYqfjUpaCgueju"
LOCAL_TRACK_LIST = "3cEYpjA9oz9GiPac4AsH4n"


@dataclass
class Api:
    """The Web API as clients find it at Spotify's own address: a sandbox, with all traffic checked."""

    access: Access
    sandbox: Sandbox
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def token(self) -> str:
        """Return an access token of the sandbox's account."""
        answer = requests.post(
            f"{self.sandbox.accounts_url}/api/token",
            data={"grant_type": "refresh_token", "refresh_token": self.sandbox.refresh_token},
            auth=(self.sandbox.client_id, self.sandbox.client_secret),
            timeout=10,
        )
        return str(answer.json()["access_token"])

    @property
    def last(self) -> tuple[str, int, list[Violation]]:
        """Return the operation, the status and the violations of the last exchange."""
        exchange, registry = self.exchanges[-1], bundled(self.access)
        routed = registry.route(exchange.request.method, exchange.request.url)
        operation = routed[0].operation if routed else "(no contract)"
        return operation, exchange.response.status, check_exchange(exchange, registry)

    def spotipy(self) -> spotipy.Spotify:
        return spotipy.Spotify(auth=self.token, retries=0)

    def tekore(self) -> tekore.Spotify:
        return tekore.Spotify(self.token, sender=tekore.SyncSender())

    def spotifyaio(self, call: Callable[[spotifyaio.SpotifyClient], object]) -> object:
        """Return what a call of the asynchronous client gives."""

        async def run() -> object:
            async with spotifyaio.SpotifyClient() as client:
                client.authenticate(self.token)
                return await call(client)  # type: ignore[misc]

        return asyncio.run(run())


@pytest.fixture
def development() -> Iterator[Api]:
    yield from _api("development")


@pytest.fixture
def extended() -> Iterator[Api]:
    yield from _api("extended")


def _api(access: Access) -> Iterator[Api]:
    with Sandbox(access=access) as sandbox:
        target = Target(api_url=sandbox.api_url, accounts_url=sandbox.accounts_url)
        transport = LiveTransport(target, writes=True)
        api = Api(access, sandbox)

        def answer(request: Request) -> Response:
            response = transport(request)
            api.exchanges.append(Exchange(request=request, response=response))
            return response

        with intercept(answer, hosts=["https://api.spotify.com"]):
            yield api
        transport.close()


def _told(api: Api) -> tuple[str, int, list[str]]:
    """Return the last exchange with the sentences of what is wrong with its request."""
    operation, status, violations = api.last
    assert {violation.kind for violation in violations} <= {"request", "unknown"}
    return operation, status, [violation.message for violation in violations]


def test_spotipy_removes_playlists_by_a_removed_operation(development: Api) -> None:
    """In spotipy 2.26 everything is written through /me/library, save that a playlist is unfollowed."""
    client = development.spotipy()
    playlist = client.current_user_playlist_create("A playlist")["id"]
    with pytest.raises(spotipy.SpotifyException, match="403"):
        client.current_user_unfollow_playlist(playlist)

    operation, status, (sentence,) = _told(development)
    assert (operation, status) == ("unfollow-playlist", 403)
    assert "removed for development apps on 2026-02-11; use DELETE /me/library" in sentence


def test_spotipy_asks_for_longer_pages_than_development_mode_gives(development: Api) -> None:
    """The limit of a search is the caller's to say, and many callers still say 50."""
    with pytest.raises(spotipy.SpotifyException, match="400"):
        development.spotipy().search("love", limit=50)

    operation, status, (sentence,) = _told(development)
    assert (operation, status) == ("search", 400)
    assert "50" in sentence
    assert "10" in sentence


@pytest.mark.parametrize(
    ("call", "operation", "instead"),
    [
        (lambda client: client.saved_tracks_add([TRACK]), "save-tracks-user", "PUT /me/library"),
        (
            lambda client: client.saved_albums_contains([ALBUM]),
            "check-users-saved-albums",
            "GET /me/library/contains",
        ),
        (lambda client: client.artists_unfollow([ARTIST]), "unfollow-artists-users", "DELETE /me/library"),
        (lambda client: client.playlist_create("me", "A"), "create-playlist-for-user", "POST /me/playlists"),
        (lambda client: client.playlist_add("0" * 22, []), "add-tracks-to-playlist", "/items"),
        (lambda client: client.tracks([TRACK]), "get-several-tracks", "GET /tracks/{id}"),
        (lambda client: client.recommendations([ARTIST]), "get-recommendations", "nothing replaces it"),
    ],
)
def test_tekore_writes_by_removed_operations(
    development: Api, call: Callable[[tekore.Spotify], object], operation: str, instead: str
) -> None:
    """All that tekore 6.2 knows is the operations of before 2026, refused by 403 or 404 since."""
    with pytest.raises((tekore.Forbidden, tekore.NotFound)):
        call(development.tekore())

    told, status, sentences = _told(development)
    assert (told, status in (403, 404)) == (operation, True)
    assert "was removed for development apps" in sentences[0]
    assert instead in sentences[0]


def test_tekore_cannot_read_what_development_mode_answers(development: Api) -> None:
    """The answer fits the contract; it is tekore's model that requires `popularity` and `label`."""
    with pytest.raises(ValueError, match="popularity"):
        development.tekore().album(ALBUM)

    assert development.last == ("get-an-album", 200, [])


def test_tekore_cannot_read_a_playlist_with_a_local_track(extended: Api) -> None:
    """`album_type` is null there (spotify/web-api#1206), which tekore's model takes for a text."""
    with pytest.raises(AttributeError):
        extended.tekore().playlist(LOCAL_TRACK_LIST)

    assert extended.last == ("get-playlist", 200, [])


def test_spotifyaio_writes_by_removed_operations(development: Api) -> None:
    """So does spotifyaio 0.9, which takes the refusal for success, as it looks for a 404 alone."""
    development.spotifyaio(lambda client: client.save_tracks([TRACK]))

    operation, status, (sentence,) = _told(development)
    assert (operation, status) == ("save-tracks-user", 403)
    assert "use PUT /me/library" in sentence


def test_spotifyaio_asks_for_longer_pages_than_development_mode_gives(development: Api) -> None:
    """With spotifyaio a search asks for 48 results a page; what is refused looks like nothing found."""
    kinds = [spotifyaio.models.SearchType.TRACK]
    found = development.spotifyaio(lambda client: client.search("love", kinds))
    assert isinstance(found, spotifyaio.models.SearchResult)
    assert found.tracks == []

    operation, status, (sentence,) = _told(development)
    assert (operation, status) == ("search", 400)
    assert "48" in sentence


@pytest.mark.parametrize("api", ["development", "extended"])
def test_spotifyaio_queues_with_a_body(api: str, request: pytest.FixtureRequest) -> None:
    """The URI to be queued goes as JSON from spotifyaio; the API wants it in the query."""
    served: Api = request.getfixturevalue(api)
    served.spotifyaio(lambda client: client.add_to_queue(f"spotify:track:{TRACK}"))

    operation, status, violations = served.last
    assert (operation, status) == ("add-to-queue", 400)
    assert [violation.pointer for violation in violations if violation.kind == "request"] == ["/query/uri"]


def test_spotifyaio_lists_playlists_at_a_path_that_never_was(extended: Api) -> None:
    """Where spotifyaio asks /user/{id}/playlists, the contracts know no such operation."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it makes of the 404
        extended.spotifyaio(lambda client: client.get_playlists_for_user("smedjan"))

    operation, status, (violation,) = extended.last
    assert (operation, status, violation.kind) == ("(no contract)", 404, "unknown")


def test_trailing_slashes_are_taken(development: Api) -> None:
    """Some paths of spotipy end with a slash; API and contracts take it as the path without."""
    client = development.spotipy()
    client.me()
    assert development.exchanges[-1].request.url.endswith("/me/")
    assert development.last == ("get-current-users-profile", 200, [])
    client.album_tracks(ALBUM, limit=2)
    assert "/tracks/?" in development.exchanges[-1].request.url
    assert development.last == ("get-an-albums-tracks", 200, [])
