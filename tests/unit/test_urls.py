"""URLs are compared as values, not as text (RFC 3986 section 6.2)."""

from pathlib import Path

import pytest

from pytest_spotify.api import Contracts
from pytest_spotify.cassettes import load
from pytest_spotify.cassettes.player import CassettePlayer
from pytest_spotify.check import check_exchange, check_request
from pytest_spotify.check.response import Body
from pytest_spotify.contracts.registry import bundled
from pytest_spotify.exchange import Exchange, Headers, Request, Response, normalized_url
from tests.support.contract_files import exchange, registry

API = "https://api.spotify.com/v1"

# As Spotify writes a link, and as clients ask for it: yarl (aiohttp), httpx, Go's net/url, browsers.
EQUAL = [
    ("/search?query=track%3AAlright+artist%3AKendrick", "/search?query=track:Alright+artist:Kendrick"),
    ("/search?query=%28love%29", "/search?query=(love)"),
    ("/search?query=%28love%29", "/search?query=%28love)"),
    ("/search?query=a%2Fb%27c%2Cd", "/search?query=a/b'c,d"),
    ("/search?query=a+b", "/search?query=a%20b"),
    ("/search?query=k%C3%B6ln", "/search?query=k%c3%b6ln"),
    ("/search?query=%7Ex", "/search?query=~x"),
    ("/me/tracks?limit=1&offset=2", "/me/tracks?offset=2&limit=1"),
    ("/users/Zo%C3%AB%20x", "/users/Zo%c3%ab%20%78"),
    ("/me/tracks", "/me/tracks/"),
]
DIFFERENT = [
    ("/search?query=a%2Bb", "/search?query=a+b"),
    ("/search?query=a%26type=b", "/search?query=a&type=b"),
    ("/search?query=a", "/search?query=A"),
    ("/search?query=a", "/search?query=a&query=a"),
    ("/search?query=", "/search"),
    ("/users/a%2Fb", "/users/a/b"),
    ("/users/a", "/users/A"),
]


@pytest.mark.parametrize(("written", "sent"), EQUAL)
def test_equal_urls_are_one(written: str, sent: str) -> None:
    """Two spellings of one URL are the same URL, whatever the client makes of Spotify's."""
    assert normalized_url(API + written) == normalized_url(API + sent)
    assert normalized_url(API + written) == normalized_url(normalized_url(API + written))
    assert normalized_url(API + sent) == normalized_url(f"HTTPS://API.Spotify.com:443/v1{sent}")


@pytest.mark.parametrize(("written", "sent"), DIFFERENT)
def test_different_urls_stay_different(written: str, sent: str) -> None:
    """What means something else to the API is another URL."""
    assert normalized_url(API + written) != normalized_url(API + sent)


def test_what_is_no_url_is_itself() -> None:
    """A text that cannot be read as a URL is compared as it stands, and stops nobody."""
    assert normalized_url("https://[::1") == "https://[::1"
    assert normalized_url(f"{API}/me:80:x") == f"{API}/me:80:x"


@pytest.mark.parametrize(("written", "sent"), [pair for pair in EQUAL if "?" in pair[0]])
def test_a_link_is_lawful_however_the_client_writes_it(written: str, sent: str, tmp_path: Path) -> None:
    """A client that follows `next`, or a page that names the request as its own address, proves it lawful."""
    made, query = registry(tmp_path), written.partition("?")[2]
    link, url = f"{API}/things/abc?{query}", f"/things/abc?{sent.partition('?')[2]}&limit=99"
    link += "&limit=99"
    page = {"id": "abc", "kind": "red", "href": link, "next": link}
    request = exchange(url).request

    assert [v.kind for v in check_request(request, made)][:1] == ["request"]
    links = Body(exchange(body=page).response.body).page_links()
    assert check_request(request, made, links=links) == []
    assert {v.pointer for v in check_exchange(exchange(url, body=page), made)} == {"/href", "/next"}


def test_links_may_be_given_as_spotify_wrote_them() -> None:
    """The Python interface takes the text of a `next` link."""
    path = "/search?query=%28love%29&type=track&offset=1&limit=1"
    request = Request(method="GET", url=f"{API}/search?offset=1&limit=1&query=(love)&type=track")
    refused = Exchange(request=request, response=Response(status=429, headers=Headers({"Retry-After": "1"})))

    assert "request" in {v.kind for v in Contracts.bundled().check_exchange(refused)}
    assert Contracts.bundled().check_exchange(refused, links=[API + path]) == []


@pytest.mark.parametrize("path", ["/%6De", "/me/", "/m%65", "/me"])
def test_equal_urls_are_one_operation(path: str) -> None:
    """A letter that is percent-encoded without need leads to the same contract."""
    contract = bundled("development").contract_for("GET", API + path)

    assert contract is not None
    assert contract.operation == "get-current-users-profile"


def test_replay_finds_the_recording_of_an_equal_url() -> None:
    """A recorded answer is played to every spelling of its URL."""
    cassettes = Path(__file__).parents[2] / "cassettes"
    cassette = load(cassettes / "extended/artists/get-an-artist/artist.yaml")
    recorded = cassette.exchanges[0]
    url = recorded.request.url.replace("https://api", "HTTPS://API").replace("artists", "%61rtists")

    response = CassettePlayer(cassette).respond(
        Request(method="GET", url=url, headers=recorded.request.headers)
    )

    assert response.body == recorded.response.body
