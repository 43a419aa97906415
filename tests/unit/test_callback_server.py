"""The listener of a sign-in: what reaches it, what it answers, and what it never does."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from pytest_spotify.auth.sign_in import AuthorizationResponse, pages
from pytest_spotify.auth.sign_in.callback_server import CallbackServer
from pytest_spotify.errors import AuthorizationError, SignInTimedOut
from pytest_spotify.redaction import Secret

STATE = Secret("state-of-this-sign-in")
GOOD = urlencode({"state": STATE.reveal(), "code": "AQcode"})
MARK = "<script>alert(4711)</script>"


@contextmanager
def listening(uri: str = "http://127.0.0.1/callback") -> Iterator[CallbackServer]:
    with CallbackServer(uri, STATE) as callback:
        yield callback


def ask(
    callback: CallbackServer, target: str, *, method: str = "GET", host: str | None = None
) -> tuple[int, str]:
    """Return status and body; the request line is written as it stands."""
    return answered(callback, f"{method} {target} HTTP/1.1\r\nHost: {host or netloc(callback)}\r\n\r\n")


def answered(callback: CallbackServer, request: str) -> tuple[int, str]:
    parts = urlsplit(callback.redirect_uri)
    with closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)) as sent:
        sent.sendall(request.encode("latin-1"))
        response = http.client.HTTPResponse(sent)
        response.begin()
        return response.status, response.read().decode()


def netloc(callback: CallbackServer) -> str:
    return urlsplit(callback.redirect_uri).netloc


def waiting(callback: CallbackServer) -> bool:
    """Say whether nobody's answer has been taken yet."""
    try:
        callback.wait(0.0)
    except SignInTimedOut:
        return True
    return False


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/callback", "http://[::1]/a-b/c?from=spotify", "http://127.0.0.1"]
)
def test_the_answer_is_taken_on_a_free_port(uri: str):
    """A redirect URI without a port gets one; path and query stay as they are."""
    if "[" in uri and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listening(uri) as callback:
        parts = urlsplit(callback.redirect_uri)
        assert parts.port
        assert parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl() == uri
        callback.finish(pages.SIGNED_IN)
        target = f"{parts.path or '/'}?{'&'.join(filter(None, (parts.query, GOOD)))}"

        assert ask(callback, target) == (200, pages.SIGNED_IN.content.decode())
        assert callback.wait(5) == AuthorizationResponse(code=Secret("AQcode"))


def test_a_port_that_is_named_is_used_and_one_in_use_is_told():
    """The variable, the port and the way out are named; no traceback of the socket's hangs on it."""
    with listening() as callback, pytest.raises(AuthorizationError) as failure:
        CallbackServer(callback.redirect_uri, STATE)

    port = urlsplit(callback.redirect_uri).port
    assert str(failure.value).startswith(f"SPOTIFY_REDIRECT_URI: cannot listen on 127.0.0.1, port {port}: ")
    assert "http://127.0.0.1/callback" in str(failure.value)
    assert failure.value.__context__ is None


def test_the_page_waits_for_how_it_ended():
    """The browser is told of success only after the exchange, which happens meanwhile."""
    with listening() as callback:
        told: list[tuple[int, str]] = []
        browser = threading.Thread(target=lambda: told.append(ask(callback, f"/callback?{GOOD}")))
        browser.start()
        assert callback.wait(5).code == Secret("AQcode")
        assert told == []
        callback.finish(pages.FAILED)
        browser.join(5)

    assert told == [(200, pages.FAILED.content.decode())]


def test_one_answer_is_taken():
    """The same answer again, however right, finds the sign-in over: its state served once."""
    with listening() as callback:
        callback.finish(pages.SIGNED_IN)
        ask(callback, f"/callback?{GOOD}")

        assert ask(callback, f"/callback?{GOOD}") == (400, pages.OVER.content.decode())
        assert ask(callback, f"/callback?{GOOD.replace('AQcode', 'AQother')}")[0] == 400
        assert callback.wait(0) == AuthorizationResponse(code=Secret("AQcode"))


STRANGERS = {
    "wrong-state": ("GET", f"/callback?code=AQ&state={MARK}", None, 400),
    "no-query": ("GET", "/callback", None, 400),
    "reflected-everywhere": (
        "GET",
        f"/callback?code={MARK}&state={MARK}&error={MARK}&{MARK}={MARK}",
        None,
        400,
    ),
    "doubled-code": ("GET", f"/callback?{GOOD}&code=AQother", None, 400),
    "64-kilobytes": ("GET", f"/callback?{GOOD}&filler={'x' * 65536}", None, 400),
    "long-but-read": ("GET", f"/callback?{GOOD}&filler={'x' * 60000}", None, 400),
    "another-path": ("GET", f"/other{MARK}?{GOOD}", None, 404),
    "path-with-a-slash": ("GET", f"/callback/?{GOOD}", None, 404),
    "path-in-other-case": ("GET", f"/CALLBACK?{GOOD}", None, 404),
    "absolute-form": ("GET", f"http://evil.example/callback?{GOOD}", None, 404),
    "favicon": ("GET", "/favicon.ico", None, 404),
    "post": ("POST", f"/callback?{GOOD}", None, 400),
    "put": ("PUT", f"/callback?{GOOD}", None, 400),
    "options": ("OPTIONS", f"/callback?{GOOD}", None, 400),
    "unheard-of-method": (f"{MARK}", f"/callback?{GOOD}", None, 400),
    "dns-rebinding": ("GET", f"/callback?{GOOD}", "evil.example", 400),
    "localhost": ("GET", f"/callback?{GOOD}", "localhost:{port}", 400),
    "host-without-its-port": ("GET", f"/callback?{GOOD}", "127.0.0.1", 400),
    "another-loopback-address": ("GET", f"/callback?{GOOD}", "127.0.0.2:{port}", 400),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_stranger_ends_the_wait_or_sees_his_words_again(stranger: str):
    """Whoever is not the answer gets a static page, and the sign-in goes on waiting."""
    method, target, host, status = STRANGERS[stranger]
    with listening() as callback:
        named = host.format(port=urlsplit(callback.redirect_uri).port) if host else None

        answered_with, body = ask(callback, target, method=method, host=named)

        assert answered_with == status
        assert "4711" not in body
        assert "AQ" not in body
        assert waiting(callback)


@pytest.mark.parametrize(
    "request_text",
    [
        "GET /callback?{good} HTTP/1.1\r\n\r\n",
        "GET /callback?{good} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n",
        "<script>4711</script>\r\n\r\n",
        "GET /callback?{good} HTTP/4711\r\n\r\n",
        "GET /callback?{good} HTTP/1.1\r\nHost: {host}\r\n" + "X: 4711\r\n" * 200 + "\r\n",
        "GET /callback?{good} HTTP/1.1\r\nHost: {host}\r\nX: " + "4711" * 20000 + "\r\n\r\n",
    ],
    ids=["no-host", "two-hosts", "no-http", "wrong-version", "many-fields", "long-field"],
)
def test_what_is_no_such_request_is_refused_without_repeating_it(request_text: str):
    """The standard library's own error pages would show the request line."""
    with listening() as callback:
        status, body = answered(callback, request_text.format(good=GOOD, host=netloc(callback)))

        assert (status, body) == (400, pages.REFUSED.content.decode())
        assert waiting(callback)


def test_a_head_request_ends_nothing():
    """Browsers and scanners may ask ahead; only a GET is the answer."""
    with listening() as callback:
        connection = http.client.HTTPConnection(netloc(callback), timeout=5)
        connection.request("HEAD", f"/callback?{GOOD}")
        assert connection.getresponse().status == 400
        connection.close()
        assert waiting(callback)


def test_idle_connections_hold_nobody_up():
    """Browsers connect ahead of time and say nothing; answer and end come through all the same."""
    with listening() as callback:
        parts = urlsplit(callback.redirect_uri)
        idle = [socket.create_connection((parts.hostname or "", parts.port or 0)) for _ in range(8)]
        callback.finish(pages.SIGNED_IN)
        assert ask(callback, f"/callback?{GOOD}")[0] == 200
        started = time.monotonic()
    assert time.monotonic() - started < 3
    for connection in idle:
        connection.close()


def test_it_listens_on_its_own_address_alone_and_not_for_longer():
    """No other address of this machine reaches it, and nothing does once the sign-in is over."""
    with listening() as callback:
        port = urlsplit(callback.redirect_uri).port or 0
        for address in ("127.0.0.2", _outward_address()):
            if address:
                with pytest.raises(OSError):  # noqa: PT011 - each system refuses in its own way
                    socket.create_connection((address, port), timeout=2)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)


def _outward_address() -> str:
    """Return this machine's address on a network, if it has one; nothing is sent for it."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def test_a_browser_that_is_gone_is_not_waited_for():
    """Whoever closes the tab after agreeing gets the terminal back at once."""
    with listening() as callback:
        parts = urlsplit(callback.redirect_uri)
        with closing(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)) as sent:
            sent.sendall(f"GET /callback?{GOOD} HTTP/1.1\r\nHost: {netloc(callback)}\r\n\r\n".encode())
            callback.wait(5)
            # Closed by a reset, so that writing to it fails.
            sent.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        callback.finish(pages.SIGNED_IN)
        started = time.monotonic()

    assert time.monotonic() - started < 3


def test_a_page_that_never_comes_is_the_end_all_the_same():
    """A browser that waits for how it ended is told that it is over when the listener ends."""
    told: list[tuple[int, str]] = []
    with listening() as callback:
        browser = threading.Thread(target=lambda: told.append(ask(callback, f"/callback?{GOOD}")))
        browser.start()
        callback.wait(5)
    browser.join(5)

    assert told == [(400, pages.OVER.content.decode())]


def test_nothing_is_written(capfd: pytest.CaptureFixture[str]):
    """No access log: addresses hold codes."""
    with listening() as callback:
        callback.finish(pages.SIGNED_IN)
        ask(callback, f"/callback?{GOOD}")
        ask(callback, "/other")
        answered(callback, "nonsense\r\n\r\n")

    assert capfd.readouterr() == ("", "")


def test_every_page_is_static_and_keeps_the_address_to_itself():
    """Nothing is loaded, stored, framed or told to others; light and dark are both there."""
    everything = [page for page in vars(pages).values() if isinstance(page, pages.Page)]
    assert len(everything) == 7
    assert pages.HEADERS["Cache-Control"] == "no-store"
    assert pages.HEADERS["Referrer-Policy"] == "no-referrer"
    assert pages.HEADERS["Content-Security-Policy"].startswith("default-src 'none';")
    for page in everything:
        text = page.content.decode()
        assert "<script" not in text
        assert "http" not in text.replace("http-equiv", "")
        assert "prefers-color-scheme: dark" in text
    with listening() as callback:
        callback.finish(pages.SIGNED_IN)
        connection = http.client.HTTPConnection(netloc(callback), timeout=5)
        connection.request("GET", "/elsewhere")
        response = connection.getresponse()
        fields = dict(response.getheaders())
        connection.close()
    assert {name: fields[name] for name in pages.HEADERS} == dict(pages.HEADERS)
    assert fields["Server"] == "pytest-spotify"


def test_a_page_says_how_long_it_is() -> None:
    """A browser that keeps the connection knows where it ends."""
    with listening() as callback:
        parts = urlsplit(callback.redirect_uri)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        with closing(connection):
            connection.request("GET", "/elsewhere")
            response = connection.getresponse()
            assert int(response.headers["Content-Length"]) == len(response.read())
