import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from pytest_spotify.auth.credentials import Credentials
from pytest_spotify.auth.fake_tokens import BAD_TOKEN, DUMMY_TOKEN
from pytest_spotify.auth.grants import AccountsService
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.store import TokenStore
from pytest_spotify.errors import HostNotAllowed, InvalidGrant, InvalidRequest, MissingRecording, ServiceError
from pytest_spotify.exchange import API_URL, Exchange, Headers, Request, Response
from pytest_spotify.redaction import Secret
from pytest_spotify.transport.client import HttpClient
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.session import SpotifySession
from pytest_spotify.transport.target import Target
from tests.support.loopback_server import FakeTime, LoopbackServer, Received, Reply, as_json, leaks, shown
from tests.support.project import Project

ROOT = Path(__file__).parents[2]
TOKEN, REFRESH = "BQDk4Gs8Jf-2Vw6_Xc1Zt9Qh5Mb3Ny", "AQCx9zKq81-Lm2_Wt5Rv7Yp3Bn6Hd"


class FakeSpotify:
    """A target, Web API and accounts service in one, that takes the tokens it granted last."""

    def __init__(self, folder: Path) -> None:
        self.server = LoopbackServer(self.answer)
        self.folder, self.time = folder, FakeTime()
        self.grants = 0
        self.valid = ""
        self.reply = lambda received: as_json({"path": received.path})
        self.refused: Reply | None = None
        self.exchanges: list[Exchange] = []
        self.http_client = HttpClient()
        self.open: list[LiveTransport] = []

    def answer(self, received: Received) -> Reply:
        if received.path == "/accounts/api/token":
            if self.refused:
                return self.refused
            self.grants += 1
            self.valid = f"{TOKEN}{self.grants}"
            return as_json({"access_token": self.valid, "token_type": "Bearer", "expires_in": 3600})
        if received.all("Authorization") not in ([], [f"Bearer {self.valid}"]):
            return as_json({"error": {"status": 401, "message": "x"}}, 401, WWW_Authenticate="Bearer")
        return self.reply(received)

    @property
    def target(self) -> Target:
        return Target(api_url=f"{self.server.url}/v1", accounts_url=f"{self.server.url}/accounts")

    @property
    def source(self) -> TokenSource:
        url = self.target.accounts_url
        return TokenSource.stored(
            "user",
            Credentials(client_id="app-of-tests", refresh_token=Secret(REFRESH)),
            service=AccountsService(
                url, client_id="app-of-tests", http_client=self.http_client, clock=self.time.clock
            ),
            store=TokenStore(self.folder / "store", accounts_url=url, client_id="app-of-tests"),
            clock=self.time.clock,
        )

    def session(self, authorization, *, writes: bool = False) -> SpotifySession:
        transport = LiveTransport(self.target, clock=self.time.clock, writes=writes)
        self.open.append(transport)
        return SpotifySession(
            transport,
            authorization=authorization,
            target=self.target,
            on_exchange=self.exchanges.append,
        )

    @property
    def api_requests(self) -> list[Received]:
        return [received for received in self.server.received if received.path != "/accounts/api/token"]


@pytest.fixture
def spotify(tmp_path):
    spotify = FakeSpotify(tmp_path)
    with spotify.server:
        yield spotify
        spotify.http_client.close()
        for transport in spotify.open:
            transport.close()


# Addresses


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/me", "/v1/me"),
        ("me", "/v1/me"),
        ("/", "/v1/"),
        ("//example.com/me", "/v1/example.com/me"),
        ("/search?q=http://example.com/", "/v1/search?q=http://example.com/"),
        (f"{API_URL}/me?limit=2", "/v1/me?limit=2"),
        ("https://API.spotify.com:443/v1/me", "/v1/me"),
    ],
)
def test_a_path_and_a_link_of_the_api_go_to_the_target(spotify, url, path):
    """Relative or canonical, the request arrives at the run's target, and the answer's URL is Spotify's."""
    response = spotify.session(None).get(url)

    assert [received.path for received in spotify.api_requests] == [path]
    assert response.json() == {"path": path}
    assert response.url.startswith(API_URL)


def test_a_link_of_the_target_can_be_followed(spotify):
    """A live URL means the same as the canonical one."""
    response = spotify.session(None).get(f"{spotify.server.url}/v1/me")

    assert response.url == f"{API_URL}/me"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/me",
        "http://api.spotify.com/v1/me",
        "https://api.spotify.com/v2/me",
        "https://api.spotify.com/",
        "https://api.spotify.com.example.com/v1/me",
        "https://api.spotify.com@example.com/v1/me",
        "https://accounts.spotify.com/api/token",
        "/../v2/me",
        "/me/../../../x",
        "/%2e%2e/x",
        b"https://example.com/me",
        "http://127.0.0.1:1/v1/me",
    ],
)
def test_the_token_goes_nowhere_else(spotify, url):
    """Other hosts, services, versions and ways out of the path are refused before anything is sent."""
    with pytest.raises(HostNotAllowed) as failure:
        spotify.session(spotify.source).get(url)

    assert spotify.server.received == []
    assert failure.value.__context__ is None


def test_prepared_requests_are_held_to_the_same(spotify):
    """`prepare_request` and `send` know relative URLs and refuse foreign ones too."""
    session = spotify.session(spotify.source)

    prepared = session.prepare_request(requests.Request("GET", "/me"))
    assert session.send(prepared).json() == {"path": "/v1/me"}
    with pytest.raises(HostNotAllowed):
        session.send(requests.Request("GET", "https://example.com/").prepare())


def test_a_redirect_is_not_followed(spotify):
    """Not even when the caller asks for it: the token would travel."""
    with LoopbackServer(lambda _: as_json({})) as other:
        spotify.reply = lambda _: Reply(302, {"Location": f"{other.url}/x"})
        response = spotify.session(spotify.source).get("/me", allow_redirects=True)

    assert response.status_code == 302
    assert response.history == []
    assert other.received == []


# Authorization


def test_a_sources_token_is_the_only_authorization(spotify):
    """Exactly one field with the token, whatever a caller sets."""
    session = spotify.session(spotify.source)
    session.auth = ("me", "word")
    session.headers["authorization"] = "Bearer mine"

    session.get("/me", headers={"AUTHORIZATION": "Bearer mine-too"}, auth=("a", "b"))

    assert [received.all("Authorization") for received in spotify.api_requests] == [
        [f"Bearer {spotify.valid}"]
    ]


def test_an_anonymous_session_sends_no_authorization(spotify):
    """None, whatever a caller sets."""
    session = spotify.session(None)
    session.auth = ("me", "word")

    session.get("/me", headers={"Authorization": f"Bearer {TOKEN}"})

    assert [received.all("Authorization") for received in spotify.api_requests] == [[]]
    assert spotify.grants == 0


@pytest.mark.parametrize("value", [f"Bearer {BAD_TOKEN}", "Token x", "Bearer", "garbage"])
def test_a_given_header_is_sent_as_it_stands(spotify, value):
    """A `bad-token` case sends exactly what it says, and is not mended."""
    assert spotify.session(value).get("/me").status_code == 401

    assert [received.all("Authorization") for received in spotify.api_requests] == [[value]]
    assert spotify.grants == 0


PROGRAM = """
import sys
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.transport.session import SpotifySession
from pytest_spotify.transport.target import Target
from pytest_spotify.auth.fake_tokens import BAD_TOKEN
from pytest_spotify.transport.live import LiveTransport

target = Target(api_url=sys.argv[1] + "/v1", accounts_url=sys.argv[1] + "/accounts")
transport = LiveTransport(target)
for authorization in (TokenSource.dummy(), None, f"Bearer {BAD_TOKEN}"):
    response = SpotifySession(transport, authorization=authorization, target=target).get("/me")
    assert "Authorization" not in response.request.headers
transport.close()
"""


def test_neither_netrc_nor_proxies_of_the_environment_interfere(tmp_path):
    """Entries for the host, also as default, and a proxy for http change nothing that is sent."""
    netrc = tmp_path / "netrc"
    netrc.write_text(
        "machine 127.0.0.1 login a password b\nmachine api.spotify.com login a password b\n"
        "default login a password b\n"
    )
    netrc.chmod(0o600)
    (tmp_path / ".netrc").write_bytes(netrc.read_bytes())
    with LoopbackServer(lambda _: as_json({})) as proxy, LoopbackServer(lambda _: as_json({})) as server:
        environ = {
            "NETRC": str(netrc),
            "HOME": str(tmp_path),
            "HTTP_PROXY": proxy.url,
            "http_proxy": proxy.url,
        }
        subprocess.run(
            [sys.executable, "-c", PROGRAM, server.url],
            env=os.environ | environ | {"PYTHONPATH": str(ROOT), "ALL_PROXY": proxy.url},
            check=True,
        )

    sent = [received.all("Authorization") for received in server.received]
    assert sent == [[f"Bearer {DUMMY_TOKEN}"], [], [f"Bearer {BAD_TOKEN}"]]
    assert proxy.received == []


def test_a_token_is_renewed_ahead_of_its_end(spotify):
    """No request is sent with a token that is about to end."""
    session = spotify.session(spotify.source)
    session.get("/me")

    spotify.time.pass_by(3540)
    session.get("/me")

    assert [received.all("Authorization") for received in spotify.api_requests] == [
        [f"Bearer {TOKEN}1"],
        [f"Bearer {TOKEN}2"],
    ]


def test_a_read_is_repeated_once_with_a_new_token(spotify):
    """A 401 once: one refresh, one repetition, and the caller sees the answer to it."""
    session = spotify.session(spotify.source)
    session.get("/me")
    spotify.valid = "withdrawn"

    assert session.get("/me").status_code == 200

    assert spotify.grants == 2
    assert [received.all("Authorization") for received in spotify.api_requests[1:]] == [
        [f"Bearer {TOKEN}1"],
        [f"Bearer {TOKEN}2"],
    ]
    assert [exchange.response.status for exchange in spotify.exchanges] == [200, 200]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_a_write_is_not_repeated_after_a_401(spotify, method):
    """Its caller sees the 401."""
    session = spotify.session(spotify.source, writes=True)
    session.get("/me")
    spotify.valid = "withdrawn"

    assert session.request(method, "/me").status_code == 401

    assert spotify.grants == 1
    assert len(spotify.api_requests) == 2


def test_a_target_that_refuses_every_token_is_asked_twice(spotify):
    """After one refresh and one repetition the 401 is the answer; the next request does not refresh again."""
    spotify.reply = lambda _: as_json({"error": {"status": 401, "message": "x"}}, 401)
    session = spotify.session(spotify.source)

    assert [session.get("/me").status_code for _ in range(3)] == [401] * 3
    assert spotify.grants == 2
    assert len(spotify.api_requests) == 4


def test_a_refused_refresh_is_the_error_that_is_told(spotify):
    """When the token has ended and so has the grant, the sign-in is to blame, not the 401."""
    session = spotify.session(spotify.source)
    session.get("/me")
    spotify.valid = "withdrawn"
    spotify.refused = as_json({"error": "invalid_grant", "error_description": "Refresh token expired"}, 400)

    with pytest.raises(InvalidGrant, match="pytest-spotify login") as failure:
        session.get("/me")

    assert leaks(shown(failure.value), [TOKEN, REFRESH]) == []


def test_replay_needs_no_credentials(monkeypatch):
    """With a transport that plays and the dummy token, a session reads and sends nothing."""
    played: list[Request] = []

    def play(request: Request) -> Response:
        played.append(request)
        return Response(status=401, body=b"{}")

    session = SpotifySession(play, authorization=TokenSource.dummy())

    assert session.get("/me", params={"limit": 2}).status_code == 401
    assert [request.url for request in played] == [f"{API_URL}/me?limit=2"]
    assert played[0].headers.all("Authorization") == [f"Bearer {DUMMY_TOKEN}"]


# Bodies


@pytest.mark.parametrize(
    ("keywords", "body", "content_type"),
    [
        ({"json": {"ids": ["\u00e9"]}}, b'{"ids": ["\\u00e9"]}', "application/json"),
        ({"data": {"a": "b c"}}, b"a=b+c", "application/x-www-form-urlencoded"),
        ({"data": "caf\u00e9"}, "caf\u00e9".encode(), ""),
        ({"data": b"\xff\xd8"}, b"\xff\xd8", ""),
        ({"data": io.BytesIO(b"from a file")}, b"from a file", ""),
        ({"data": iter([b"in ", b"chunks"])}, b"in chunks", ""),
        ({}, b"", ""),
    ],
    ids=["json", "form", "text", "bytes", "file", "chunks", "none"],
)
def test_every_kind_of_body_arrives(spotify, keywords, body, content_type):
    """Whatever requests allows as a body is sent, and told, as bytes."""
    spotify.session(spotify.source, writes=True).put("/me/x", **keywords)

    (received,) = spotify.api_requests
    assert received.body == body
    assert received.all("Content-Type") == ([content_type] if content_type else [])
    assert received.all("Content-Length") == [str(len(body))]
    assert spotify.exchanges[0].request.body == body


def test_a_response_is_one_of_requests(spotify):
    """Everything that a test reads off a response of requests is there."""
    body = '{"name": "caf\u00e9"}'.encode()
    spotify.reply = lambda _: Reply(
        200, {"Content-Type": "application/json", "Cache-Control": "private", "X-Twice": "a"}, body
    )

    response = spotify.session(spotify.source).get("/me", params={"a": ["b", "c"]})

    assert isinstance(response, requests.Response)
    assert response.url == f"{API_URL}/me?a=b&a=c"
    assert (response.status_code, response.reason, response.ok) == (200, "OK", True)
    assert response.headers["content-type"] == "application/json"
    assert (response.content, response.text) == (body, body.decode())
    assert response.json() == {"name": "caf\u00e9"}
    assert response.elapsed.total_seconds() > 0
    assert response.request.method == "GET"
    response.raise_for_status()


def test_a_response_can_be_read_in_pieces(spotify):
    """`stream=True`, `raw` and `iter_content` work, on a body that was compressed too."""
    import gzip

    body = b"0123456789" * 1000
    spotify.reply = lambda _: Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(body))
    session = spotify.session(None)

    assert b"".join(session.get("/me", stream=True).iter_content(7)) == body
    assert session.get("/me", stream=True).raw.read() == body
    with session.get("/me", stream=True) as response:
        assert response.raw.read(4) == b"0123"


@pytest.mark.parametrize(
    "fields", [{"Content-Length": "5"}, {"Transfer-Encoding": "chunked"}, {"Content-Encoding": "br"}]
)
def test_fields_of_a_recording_do_not_disturb_its_body(fields):
    """A recorded body is decoded and may differ in length from what once was on the wire."""
    session = SpotifySession(
        lambda _: Response(status=200, headers=Headers(fields), body=b"longer than five"), authorization=None
    )

    assert session.get("/me").content == b"longer than five"
    assert session.head("/me").status_code == 200


# What is told


def test_each_answer_is_told_under_spotifys_address_with_the_token_masked(spotify):
    """The guard, recordings and contracts see one address, and never the token."""
    spotify.reply = lambda _: as_json({"next": f"{spotify.server.url}/v1/me?page=2"})

    spotify.session(spotify.source).get("/me?page=1", headers={"X-Mine": "yes"})
    spotify.session(None).get("/me")
    spotify.session(f"Bearer {BAD_TOKEN}").get("/me")
    spotify.session("no-scheme-at-all").get("/me")

    told = [
        (exchange.request.url, exchange.request.headers.all("Authorization"))
        for exchange in spotify.exchanges
    ]
    assert told == [
        (f"{API_URL}/me?page=1", ["Bearer ***"]),
        (f"{API_URL}/me", []),
        (f"{API_URL}/me", ["Bearer ***"]),
        (f"{API_URL}/me", ["***"]),
    ]
    assert spotify.exchanges[0].response.body == b'{"next": "https://api.spotify.com/v1/me?page=2"}'
    assert spotify.exchanges[0].request.headers.get("X-Mine") == "yes"


def test_the_token_is_in_nothing_that_a_caller_holds(spotify):
    """Neither the response nor its request nor the session has it."""
    session = spotify.session(spotify.source)
    response = session.get("/me")

    held = [response.headers, response.request.headers, vars(response.request), vars(response), vars(session)]
    assert leaks(repr(held), [TOKEN, REFRESH]) == []
    assert "Authorization" not in response.request.headers


@pytest.mark.parametrize("trouble", ["gone", "lost", "header", "miss"])
def test_a_failing_request_shows_no_token(spotify, trouble):
    """Text, chain and the locals of every frame of ours and requests' are free of it."""
    session = spotify.session(spotify.source)
    session.get("/me")
    spotify.reply = lambda _: Reply(raw=[])
    kind, headers = ServiceError, {}
    if trouble == "header":
        kind, headers = InvalidRequest, {"X-Mine": "caf\u2026"}
    if trouble == "gone":
        session = SpotifySession(
            LiveTransport(Target(api_url="http://127.0.0.1:1/v1"), clock=spotify.time.clock),
            authorization=spotify.source,
        )
    if trouble == "miss":
        kind = MissingRecording

        def miss(request: Request) -> Response:
            raise MissingRecording("no recording")

        session = SpotifySession(miss, authorization=spotify.source)

    with pytest.raises(kind) as failure:
        session.get("/me", headers=headers)

    assert leaks(shown(failure.value), [TOKEN, REFRESH]) == []
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


FAILING = """
import pytest
from pytest_spotify.redaction import Secret
from pytest_spotify.auth.source import TokenSource
from pytest_spotify.auth.token import Token
from pytest_spotify.clock import Clock
from pytest_spotify.transport.session import SpotifySession
from pytest_spotify.transport.target import Target
from pytest_spotify.transport.live import LiveTransport
from pytest_spotify.transport.client import HttpClient
from pathlib import Path

def source():
    token = Token(access_token=Secret(Path("seed").read_text()))
    return TokenSource(lambda _: token)

def session():
    target = Target(api_url="http://127.0.0.1:1/v1", accounts_url="http://127.0.0.1:1/accounts")
    clock = Clock(sleep=lambda seconds: None)
    transport = LiveTransport(target, clock=clock)
    return SpotifySession(transport, authorization=source(), target=target)

def test_write():
    s = session()
    s.put("/me/player/play", json={"a": 1})

def test_unreachable():
    session().get("/me")

def test_header():
    session().get("/me", headers={"X-Bad": "\\u2026"})

def test_asserted():
    token = source().token()
    assert token == "Bearer x" or token.access_token == "x"

def test_foreign():
    session().get("https://example.com/")
"""


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--showlocals"],
        ["--showlocals", "-vv", "--tb=long"],
        pytest.param(["--showlocals", "--full-trace", "-vv", "--tb=long"], marks=pytest.mark.slow),
    ],
)
def test_a_failing_run_shows_no_token(project: Project, options):
    """Terminal and junit.xml of failing tests, at every verbosity, hold no piece of the token."""
    (project.path / "test_it.py").write_text(FAILING)
    (project.path / "seed").write_text(TOKEN)
    result = project.run("-rA", "--log-level=DEBUG", *options, "--junitxml=junit.xml", "test_it.py")

    output = result.stdout.str()
    result.assert_outcomes(failed=5)
    for name in ("WriteRefused", "ConnectionFailed", "InvalidRequest", "HostNotAllowed"):
        assert f"pytest_spotify.errors.{name}" in output
    junit = (project.path / "junit.xml").read_text()
    assert leaks(output + result.stderr.str() + junit, [TOKEN]) == []
