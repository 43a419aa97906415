"""A user of the sandbox over real HTTP: signs in through the forms, gets tokens, calls the Web API."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from pytest_spotify.sandbox import Sandbox

ALBUM = "4aawyAB9vmqN3uQ7FjRGTy"
ARTIST = "0TnOYISbd1XYRBk9myaseg"
TRACK = "11dFghVXANMlKmJXsNCbNl"
TRACKS = ("7ouMYWpwJ422jRcDASZB7P", "4VqPOruhp5EdPBeR92t6lQ", "2takcwOaAZWiXQijPHIx7B")
SHOW = "38bS44xjbVVZ3No3ByF1dJ"
EPISODE = "512ojhOuo1ktJprKbVcKyQ"
AUDIOBOOK = "7iHfbu1YPACw6oZPAFJtqe"
CHAPTER = "0D5wENdkdwbqlrHoaJ9g29"
PLAYLIST = "3cEYpjA9oz9GiPac4AsH4n"
CATEGORY = "0JQ5DAqbMKFRY5ok2pxXJ0"
UNKNOWN = "0000000000000000000000"
VERIFIER = "v" * 64


class Browser:
    """Walks through the pages of the accounts service and stops at the redirect to the app."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.pages: list[str] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def authorize(self, *, name: str = "Ada", answer: str = "agree", **query: str) -> requests.Response:
        """Open the authorize page, sign in where asked, answer where asked; return the last response."""
        asked = {
            "client_id": self.sandbox.client_id,
            "response_type": "code",
            "redirect_uri": self.sandbox.redirect_uri,
        } | query
        asked = {key: value for key, value in asked.items() if value}
        response = self.get(f"{self.sandbox.accounts_url}/authorize", asked)
        if 'name="username"' in response.text:
            response = self.submit(response, username=name, password="any")
        if 'name="answer"' in response.text:
            response = self.submit(response, answer=answer)
        return response

    def get(self, url: str, query: dict[str, str] | None = None) -> requests.Response:
        """Open a page."""
        return self._follow(self.session.get(url, params=query, allow_redirects=False))

    def submit(self, page: requests.Response, **values: str) -> requests.Response:
        """Fill in and send the form of a page."""
        action = re.search(r'action="([^"]*)"', page.text)
        hidden = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text)
        assert action is not None, page.text
        form = {name: html.unescape(value) for name, value in hidden} | values
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
        return self._follow(
            self.session.post(origin + html.unescape(action[1]), data=form, allow_redirects=False)
        )

    def _follow(self, response: requests.Response) -> requests.Response:
        while response.is_redirect:
            target = response.headers["location"]
            if urlsplit(target).netloc not in ("", urlsplit(self.sandbox.accounts_url).netloc):
                return response
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(response.url))
            target = target if urlsplit(target).netloc else origin + target
            response = self.session.get(target, allow_redirects=False)
        if "html" in response.headers.get("content-type", ""):
            self.pages.append(response.text)
        return response


def callback(response: requests.Response) -> dict[str, str]:
    """Return what the browser brings back to the app."""
    assert response.is_redirect, response.text
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


def challenge(verifier: str = VERIFIER) -> str:
    """Return the S256 code challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_call(sandbox: Sandbox, *, basic: bool = True, **form: str) -> requests.Response:
    """Ask the token endpoint."""
    return requests.post(
        f"{sandbox.accounts_url}/api/token",
        data=form,
        auth=(sandbox.client_id, sandbox.client_secret) if basic else None,
        timeout=10,
    )


class Api:
    """Calls the Web API with a token, of the bundled account unless told otherwise."""

    def __init__(self, sandbox: Sandbox, token: str | None = None) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False  # else each request looks for proxies, which takes a tenth of its time
        if token is None:
            answer = token_call(sandbox, grant_type="refresh_token", refresh_token=sandbox.refresh_token)
            token = answer.json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    @classmethod
    def app(cls, sandbox: Sandbox) -> Api:
        """Return one with an app token."""
        return cls(sandbox, token_call(sandbox, grant_type="client_credentials").json()["access_token"])

    @classmethod
    def user(cls, sandbox: Sandbox, name: str, scope: str) -> Api:
        """Return one for somebody who signs in with a name and agrees to scopes."""
        with Browser(sandbox) as browser:
            code = callback(browser.authorize(name=name, scope=scope))["code"]
        answer = token_call(
            sandbox, grant_type="authorization_code", code=code, redirect_uri=sandbox.redirect_uri
        )
        return cls(sandbox, answer.json()["access_token"])

    def call(
        self, method: str, path: str, *, json: Any = None, data: Any = None, **query: Any
    ) -> requests.Response:
        """Send a request; the path is below the API's address, or a whole link."""
        url = path if path.startswith("http") else self.sandbox.api_url + path
        return self.session.request(method, url, params=query, json=json, data=data, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        """Return the body of a 200."""
        response = self.call("GET", path, **query)
        assert response.status_code == 200, (response.status_code, path, response.text)
        return response.json()

    def refusal(self, method: str, path: str, **rest: Any) -> tuple[int, Any]:
        """Return status and message (or reason, or None for no body) of a refusal."""
        response = self.call(method, path, **rest)
        error = response.json()["error"] if response.content else {}
        return response.status_code, error.get("reason", error.get("message"))
