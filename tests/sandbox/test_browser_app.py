"""A page in Debian's Chromium uses the sandbox across origins: it signs in by PKCE and lists playlists.

Twice: with `fetch` alone, and with Spotify's own TypeScript SDK where npm has put it
(`npm install @spotify/web-api-ts-sdk` in a folder, and `SPOTIFY_TS_SDK` naming that folder).
"""

from __future__ import annotations

import mimetypes
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pytest_spotify.sandbox import Sandbox

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium import webdriver
from selenium.webdriver.support import wait as support

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SDK = Path(os.environ.get("SPOTIFY_TS_SDK", "."), "node_modules/@spotify/web-api-ts-sdk/dist/mjs")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium is missing: apt-get install chromium chromium-driver"
)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--no-proxy-server")

_BY_FETCH = """
const encode = bytes => btoa(String.fromCharCode(...bytes))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
async function signIn() {
  const verifier = encode(crypto.getRandomValues(new Uint8Array(48)));
  sessionStorage.verifier = verifier;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  location = "ACCOUNTS/authorize?" + new URLSearchParams({client_id: "CLIENT", response_type: "code",
    redirect_uri: "CALLBACK", scope: "playlist-read-private", code_challenge_method: "S256",
    code_challenge: encode(new Uint8Array(digest))});
}
async function list(code) {
  const answer = await fetch("ACCOUNTS/api/token", {method: "POST", body: new URLSearchParams({
    grant_type: "authorization_code", code, redirect_uri: "CALLBACK", client_id: "CLIENT",
    code_verifier: sessionStorage.verifier})});
  const token = (await answer.json()).access_token;
  const headers = {Authorization: "Bearer " + token};
  return (await (await fetch("API/me/playlists", {headers})).json()).items;
}
const code = new URLSearchParams(location.search).get("code");
const items = code ? await list(code) : await signIn();
"""
_BY_SDK = """
import { SpotifyApi } from "/sdk/index.js";
const api = SpotifyApi.withUserAuthorization("CLIENT", "CALLBACK", ["playlist-read-private"]);
const signedIn = await api.authenticate();
const items = signedIn.authenticated ? (await api.currentUser.playlists.playlists()).items : null;
"""
_SHOW = """
if (items) {
  document.querySelector("main").textContent = items.map(each => each.name).join("; ");
  document.title = "done";
}
"""


class _App(ThreadingHTTPServer):
    """Serves a page whose script is given, and the SDK's modules with the sandbox's addresses in them."""

    daemon_threads = True

    def __init__(self, sandbox: Sandbox, script: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.callback = f"http://127.0.0.1:{self.server_port}/callback"
        self._sandbox = sandbox
        self.page = (
            f"<title>app</title><main></main><script type=module>{self.adapt(script + _SHOW)}</script>"
        )

    def adapt(self, text: str) -> str:
        """Put the sandbox in Spotify's place, and this app's names into the script."""
        for old, new in {
            "https://accounts.spotify.com": self._sandbox.accounts_url,
            "https://api.spotify.com/v1": self._sandbox.api_url,
            "ACCOUNTS": self._sandbox.accounts_url,
            "API/": self._sandbox.api_url + "/",
            "CLIENT": self._sandbox.client_id,
            "CALLBACK": self.callback,
        }.items():
            text = text.replace(old, new)
        return text


class _Handler(BaseHTTPRequestHandler):
    server: _App

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        module = SDK / path.removeprefix("/sdk/")
        if path.startswith("/sdk/") and module.is_file():
            self._send(self.server.adapt(module.read_text("utf-8")), mimetypes.types_map[".js"])
        else:
            self._send(self.server.page, "text/html; charset=utf-8")

    def _send(self, text: str, kind: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    service = webdriver.ChromeService(executable_path=DRIVER, log_output=os.devnull)
    driver = webdriver.Chrome(options=options, service=service)
    driver.implicitly_wait(20)
    yield driver
    driver.quit()


def _playlists(chromium: webdriver.Chrome, sandbox: Sandbox, script: str) -> str:
    """Open an app, sign in as Ada, agree, and return what the app then shows."""
    with _App(sandbox, script) as app:
        thread = threading.Thread(target=app.serve_forever)
        thread.start()
        try:
            chromium.get(app.callback.removesuffix("callback"))
            chromium.find_element("name", "username").send_keys("Ada")
            chromium.find_element("name", "password").send_keys("any")
            chromium.find_element("css selector", "button.main").click()
            chromium.find_element("css selector", "button[value=agree]").click()
            support.WebDriverWait(chromium, 30).until(lambda page: page.title == "done")
            return chromium.find_element("tag name", "main").text
        finally:
            app.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(_BY_FETCH, id="fetch"),
        pytest.param(
            _BY_SDK,
            id="sdk",
            marks=pytest.mark.skipif(
                not SDK.is_dir(),
                reason="npm install @spotify/web-api-ts-sdk in a folder that SPOTIFY_TS_SDK names",
            ),
        ),
    ],
)
def test_a_page_signs_in_by_pkce_and_lists_playlists(chromium: webdriver.Chrome, script: str) -> None:
    """A browser app without a server needs nothing but the sandbox's addresses in place of Spotify's."""
    with Sandbox() as sandbox:
        shown = _playlists(chromium, sandbox, script)

        assert shown.startswith("Short list; Long list; Private list")
        assert ("GET", "/v1/me/playlists", True) in [
            (each.method, each.path, each.authorized) for each in sandbox.exchanges
        ]
